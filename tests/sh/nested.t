#!/bin/sh
# Maps inside filtered volumes, filters inside partitions inside filters: what
# is on them is published, written, and there after a remount.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup jq mkfs.ext4 debugfs sfdisk
plan 29

key="--key-file $tmp/key" dir=$tmp/v

# fill VOLUME...: ext4 with a file on each, made through a loop device.
mkdir "$tmp/mnt"
fill() {
	for volume in "$@"; do
		loop=$(losetup -f --show "$volume") &&
		mkfs.ext4 -q "$loop" && mount "$loop" "$tmp/mnt" &&
		echo "this is $volume" >"$tmp/mnt/file" && umount "$tmp/mnt" ||
			return 1
		detach "$loop" || return 1
	done
}

filled() {
	for volume in "$@"; do
		fsck.ext4 -fn "$volume" &&
		[ "$(debugfs -R 'cat file' "$volume" 2>/dev/null)" = \
			"this is $volume" ] || return 1
	done
}

volumes() {	# their names, as one line
	(cd "$dir" && ls -d ./*[0-9]* | sed 's|./||' | tr '\n' ' ')
}

# A whole GPT disk in a LUKS volume, its second partition LUKS again.
luks "$tmp/inmost" 20M --type luks2 --sector-size 512
filterctl image create --size 32M --scheme gpt --partition 6M:linux-data:Plain \
	--partition rest:luks:Secret "$tmp/gpt" 2>/dev/null
filterctl copy --in "$tmp/inmost" "$tmp/gpt:2" 2>/dev/null
luks "$tmp/luks" 50M --type luks2 --sector-size 512
filterctl copy $key --in "$tmp/gpt" "$tmp/luks" 2>/dev/null
filterctl image create --size 56M --scheme gpt --partition rest:luks \
	"$tmp/disk.img" 2>/dev/null
filterctl copy --in "$tmp/luks" "$tmp/disk.img:1" 2>/dev/null
check "LUKS in a partition in LUKS in a partition" \
	mounted "$tmp/disk.img" "$dir" $key --json
same "has two volumes" "$(volumes)" "disk1.crypt1 disk1.crypt2.crypt "
check "told with hint, partition, base and depth" jq -e '
	[.. | objects | select(.path? and .parent?)] | unique_by(.name) |
	map([.name, .parent, .class, .content_hint, .location, .partition,
	     .base, .depth, .label, .whole, .leaf, .live]) ==
	[["disk1.crypt1", "disk1.crypt", "partition",
	  "0FC63DAF-8483-4772-8E79-3D69D8477DE4", "1", 1, 1048576, 1, "Plain",
	  false, true, true],
	 ["disk1.crypt2.crypt", "disk1.crypt2", "filter", "", "", 0, 0, 2, "",
	  true, true, true]]' "$tmp/out"
check "both take a file system" \
	fill "$dir/disk1.crypt1" "$dir/disk1.crypt2.crypt"
check "umount" filterd umount "$dir"
check "mounted again" mounted "$tmp/disk.img" "$dir" $key
check "both are there" filled "$dir/disk1.crypt1" "$dir/disk1.crypt2.crypt"
filterd umount "$dir" >/dev/null 2>&1

# An MBR with logical partitions, made as a person makes it: on a loop device,
# with sectors of 512, though those of the cipher are larger.
for sector in 512 4096; do
	luks "$tmp/mbr" 60M --type luks2 --sector-size $sector
	mounted "$tmp/mbr" "$dir" $key >/dev/null
	attach "$dir/mbr.crypt"
	check "$sector: sfdisk in the volume" sh -c "printf '%s\n' 'label: dos' \
		'size=4M,type=83' 'size=5M,type=c' 'type=f' 'size=6M,type=83' \
		'size=7M,type=e8' 'type=82' | sfdisk -q --no-reread '$loop'"
	sfdisk -d "$loop" | sed -n 's/.*start= *\([0-9]*\).*/\1/p' |
		grep -vx 20480 >"$tmp/starts"
	detach "$loop"
	filterd umount "$dir" >/dev/null 2>&1
	check "$sector: mounted" mounted "$tmp/mbr" "$dir" $key --json
	same "$sector: logical partitions count from 5" "$(volumes)" \
		"mbr.crypt1 mbr.crypt2 mbr.crypt5 mbr.crypt6 mbr.crypt7 "
	same "$sector: they begin where sfdisk put them" \
		"$(jq '.media[0].children[0].children[].base / 512' "$tmp/out")" \
		"$(cat "$tmp/starts")"
	check "$sector: they take file systems" \
		fill "$dir/mbr.crypt1" "$dir/mbr.crypt5" "$dir/mbr.crypt7"
	filterd umount "$dir" >/dev/null 2>&1
	mounted "$tmp/mbr" "$dir" $key >/dev/null
	check "$sector: which are there after a remount" \
		filled "$dir/mbr.crypt1" "$dir/mbr.crypt5" "$dir/mbr.crypt7"
	filterd umount "$dir" >/dev/null 2>&1
done

# Partitions of odd numbers of 512 bytes in a volume of 4096: neighbours that
# meet inside a sector of the cipher keep to their own bytes.
truncate -s 20M "$tmp/odd"
printf '%s\n' 'label: gpt' 'start=2048,size=10001' 'start=12049,size=10003' \
	'start=22052,size=9999' | sfdisk -q "$tmp/odd"
luks "$tmp/odds" 40M --type luks2 --sector-size 4096
filterctl copy $key --in "$tmp/odd" "$tmp/odds" 2>/dev/null
check "a map off the granule" mounted "$tmp/odds" "$dir" $key
same "every partition has its size to the byte" \
	"$(cd "$dir" && stat -c %s odds.crypt? | tr '\n' ' ')" \
	"5120512 5121536 5119488 "
for i in 1 2 3; do
	head -c "$(stat -c %s "$dir/odds.crypt$i")" /dev/urandom >"$tmp/bytes$i"
	dd if="$tmp/bytes$i" of="$dir/odds.crypt$i" bs=64K conv=notrunc,fsync \
		status=none &
	eval "writer$i=$!"
done
wait $writer1 && wait $writer2 && wait $writer3
result $? "all are written at once"
filterd umount "$dir" >/dev/null 2>&1
check "mounted again" mounted "$tmp/odds" "$dir" -r $key
for i in 1 2 3; do
	check "partition $i holds what was written" \
		cmp "$tmp/bytes$i" "$dir/odds.crypt$i"
done
filterd umount "$dir" >/dev/null 2>&1

# What a filter uncovers is matched again until 8 stand on each other.
type=7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E13
filterctl image create --size 8M --scheme gpt --partition rest:$type \
	"$tmp/deep.img" 2>/dev/null
mkdir "$tmp/p"
printf '[Personality]\nModule=passthrough\n[Match]\nContentHint=%s\n' $type \
	>"$tmp/p/self.personality"
printf '[Module]\nProperty.hint=%s\n' $type >>"$tmp/p/self.personality"
check "a filter that publishes its own hint" \
	mounted "$tmp/deep.img" "$dir" -p "$tmp/p"
says "stops, with a reason" '8 filters stand on each other already'
same "at depth 8" "$(volumes | tr . '\n' | grep -c passthrough)" 8
filterd umount "$dir" >/dev/null 2>&1
