#!/bin/sh
# Block devices: the kernel's own partition nodes, sectors of 4096 bytes,
# write-protected ones, symbolic links to them; and what is said of each medium.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup jq sfdisk addpart mkfs.ext4 perl
plan 39

key="--key-file $tmp/key" dir=$tmp/v
uuid=11111111-2222-3333-4444-555555555555

filterctl image create --size 64M --scheme gpt --partition 20M:luks:Secret \
	--partition 8M:esp:Boot --partition rest:linux-data:Plain \
	"$tmp/disk.img" 2>/dev/null
luks "$tmp/luks" 20M --type luks2 --uuid $uuid
filterctl copy --in "$tmp/luks" "$tmp/disk.img:1" 2>/dev/null
attach "$tmp/disk.img"
disk=$loop name=${loop#/dev/}

# excl NODE: whether it can be opened alone.
excl() {
	perl -e 'use Fcntl; exit !sysopen(F, $ARGV[0], O_RDONLY | O_EXCL)' "$1"
}

# With the kernel's partition nodes.
sfdisk -d "$disk" | sed -n 's/.*start= *\([0-9]*\), size= *\([0-9]*\).*/\1 \2/p' |
for n in 1 2 3; do
	read -r start sectors
	addpart "$disk" $n "$start" "$sectors"
done
on_exit "delpart $disk 1; delpart $disk 2; delpart $disk 3"
check "the kernel has its nodes" test -b "${disk}p1" -a -b "${disk}p3"
mkfs.ext4 -q "${disk}p3"
mkdir "$tmp/mnt" && mount "${disk}p3" "$tmp/mnt"
on_exit "umount '$tmp/mnt'"
exits 5 "the whole disk, while a partition of it is mounted" \
	filterd mount --background $key "$disk" "$dir"
says "is told by whom" "${disk}p3 is mounted on $tmp/mnt"
check "another partition by number" mounted "$disk:1" "$dir" $key
check "has its volume" test -f "$dir/${name}p1.crypt"
exits 1 "its node is claimed" excl "${disk}p1"
check "not that of its neighbour" excl "${disk}p2"
check "which others go on using" sh -c "echo kept >'$tmp/mnt/file' &&
	sync -f '$tmp/mnt/file'"
filterd umount "$dir" >/dev/null 2>&1
check "released, it is free" excl "${disk}p1"

check "another partition by its node" mounted "${disk}p1" "$dir" $key --json
check "is what the map of its disk says" jq -e --arg name "${name}p1" '
	.media[0] | [.name, .class, .content_hint, .partition, .location,
	.label, .base, .whole] == [$name, "partition",
	"CA7D7CCB-63ED-4C53-861C-1742536059CC", 1, "1", "Secret", 1048576,
	false]' "$tmp/out"
exits 1 "is claimed" excl "${disk}p1"
exits 5 "not beside its whole disk" \
	filterd mount --background $key "$disk" "$tmp/w"
filterd umount "$dir" >/dev/null 2>&1
umount "$tmp/mnt"
mkdir "$tmp/p"
printf '[Personality]\nModule=passthrough\n[Match]\nContentHint=%s\n' \
	C12A7328-F81F-11D2-BA4B-00A0C93EC93B >"$tmp/p/esp.personality"
check "a personality finds the hint of a node" \
	mounted "${disk}p2" "$dir" -p "$tmp/p"
check "and its filter stands" test -f "$dir/${name}p2.passthrough"
filterd umount "$dir" >/dev/null 2>&1
delpart "$disk" 2
addpart "$disk" 2 50000 1000
run filterctl list-media --json "${disk}p2"
check "a node that the map does not have there gets no hint" \
	jq -e '.media[0].content_hint == ""' "$tmp/out"
check "the whole disk" mounted "$disk" "$dir" $key
for node in "$disk" "${disk}p1" "${disk}p3"; do
	exits 1 "claims $(basename "$node")" excl "$node"
done
filterd umount "$dir" >/dev/null 2>&1
for n in 1 2 3; do delpart "$disk" $n; done

# By a link.
ln -s "$disk" "$tmp/by-id"
check "a symbolic link to a device" mounted "$tmp/by-id" "$dir" $key
check "keeps the device's name" test -f "$dir/${name}p1.crypt"
check "a link by UUID" test "$dir/by-uuid/$uuid" -ef "$dir/${name}p1.crypt"
filterd umount "$dir" >/dev/null 2>&1
detach "$disk"

# Write-protected.
attach "$tmp/disk.img" -r
exits 8 "a write-protected device" \
	filterd mount --background $key "$loop" "$dir"
says "with the next step" 'add -r'
check "with -r" mounted "$loop" "$dir" $key -r --json
check "nothing of it is writable" jq -e \
	'[.. | objects | .writable? | select(. == true)] | length == 0' \
	"$tmp/out"
filterd umount "$dir" >/dev/null 2>&1
detach "$loop"

# What is known of a medium, of each map, from the image.
truncate -s 16M "$tmp/fs" && mkfs.ext4 -q -F -L Volume -U $uuid "$tmp/fs"
filterctl copy --in "$tmp/fs" "$tmp/disk.img:3" 2>/dev/null
sfdisk -J "$tmp/disk.img" >"$tmp/sfdisk"
run filterctl list-media --json "$tmp/disk.img"
check "GPT: base, size, UUID, hint and label as sfdisk has them" \
	jq -e --slurpfile want "$tmp/sfdisk" '
	[.media[1:][] | {start: (.base / 512), size: (.size / 512),
	 type: .content_hint, uuid, name: .title}] ==
	[$want[0].partitiontable.partitions[] | del(.node)]' "$tmp/out"
check "the whole: its map is its content, it has no hint" jq -e '.media[0] |
	[.name, .class, .content_hint, .content, .size, .granule, .whole,
	 .leaf, .partition, .base, .removable, .live, .writable] ==
	["disk", "whole", "", "GUID_partition_scheme", 67108864, 512, true,
	 false, 0, 0, false, true, true]' "$tmp/out"
check "signature, its label and UUID" jq -e --arg uuid $uuid '.media[3] |
	[.signature.type, .signature.label, .signature.uuid, .label] ==
	["ext4", "Volume", $uuid, "Volume"]' "$tmp/out"
check "mounted, what a filter publishes is open and a leaf" sh -c "
	filterd mount --background --json $key '$tmp/disk.img' '$dir' |
	jq -e '[.volumes[0] | .class, .whole, .leaf, .uuid, .depth, .filter] ==
	[\"filter\", true, true, \"$uuid\", 1, \"crypt\"] '"
filterd umount "$dir" >/dev/null 2>&1
filterctl image create --size 32M --scheme mbr --partition 8M:luks \
	--partition 4M:0x0C --partition 4M:0x83 --partition 4M:0xA8 \
	--partition rest:0x82 "$tmp/mbr.img" 2>/dev/null
check "MBR: hints by name or number, logical ones from 5" sh -c "
	filterctl list-media --json '$tmp/mbr.img' | jq -e '
	[.media[1:][] | [.partition, .content_hint]] == [[1, \"0xE8\"],
	[2, \"Windows_FAT_32\"], [3, \"Linux\"], [5, \"Apple_UFS\"],
	[6, \"Linux_Swap\"]]'"
filterctl image create --size 16M --scheme apple --partition 4M:My_Type:Mine \
	--partition rest:luks "$tmp/apple.img" 2>/dev/null
check "Apple: its own entry is there, read-only" sh -c "
	filterctl list-media --json '$tmp/apple.img' | jq -e '
	[.media[1:][] | [.partition, .content_hint, .title, .writable]] ==
	[[1, \"Apple_partition_map\", \"Apple\", false],
	[2, \"My_Type\", \"Mine\", true], [3, \"Linux_LUKS\", \"\", true]]'"

# Sectors of 4096 bytes, GPT and MBR, made on the device.
luks "$tmp/luks" 20M --type luks2 --sector-size 4096
for label in gpt dos; do
	type=e8
	[ $label = dos ] || type=CA7D7CCB-63ED-4C53-861C-1742536059CC
	truncate -s 0 "$tmp/large"; truncate -s 64M "$tmp/large"
	attach "$tmp/large" -b 4096
	printf '%s\n' "label: $label" "start=256,size=5120,type=$type" \
		"start=5376,size=5120" |
		sfdisk -q --no-reread "$loop" >/dev/null 2>&1
	dd if="$tmp/luks" of="$loop" bs=1M seek=1 conv=fsync status=none
	check "$label on sectors of 4096" mounted "$loop" "$dir" $key
	volume=$(echo "$dir"/*.crypt)
	check "$label: takes a file system" mkfs.ext4 -q -F "$volume"
	check "$label: and keeps it" fsck.ext4 -fn "$volume"
	filterd umount "$dir" >/dev/null 2>&1
	detach "$loop"
done
