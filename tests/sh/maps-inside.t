#!/bin/sh
# Maps inside partitions and inside volumes: a BSD label in its slice, a GPT in
# an Apple partition, an Apple map in a LUKS volume; and no false alarm.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup jq sfdisk fdisk partx perl mkfs.ext4
plan 43

dir=$tmp/v img=$tmp/disk.img key="--key-file $tmp/key"
export img

# inside MEDIUM: "number start sectors" of its partitions, in units of 512
# bytes from the beginning of the disk.
inside() {
	filterctl list-media -J "$img" 2>"$tmp/err" >"$tmp/json"
	jq -r --arg in "$1" '(.media[] | select(.name == $in) | .base) as $base |
		.media[] | select(.parent == $in) |
		"\(.partition) \((.base + $base) / 512) \(.size / 512)"' \
		"$tmp/json"
}

content() {	# content MEDIUM
	jq -r --arg in "$1" '.media[] | select(.name == $in) | .content' \
		"$tmp/json"
}

# nested: what libblkid finds inside partitions: it numbers those from 5.
nested() {
	partx -g -r -o NR,START,SECTORS "$img" | awk '$1 > 4 { print $2, $3 }'
}

blank() {
	rm -f "$img"; truncate -s "$1" "$img"
}

# mbr SLOT TYPE START SECTORS, with the boot signature.
mbr() {
	perl -e 'my ($slot, $type, $start, $n) = @ARGV;
		open(my $f, "+<", $ENV{img}) or die;
		seek($f, 446 + 16 * $slot, 0);
		print $f pack("x4Cx3VV", hex($type), $start, $n);
		seek($f, 510, 0); print $f "\x55\xaa";' "$@"
}

# bsd SECTOR START:SECTORS:TYPE...: a label in the sector after that one.
bsd() {
	perl -e '
	my $at = shift;
	open(my $f, "+<", $ENV{img}) or die;
	my $l = pack("Vx36Vx88Vx2v", 0x82564557, 512, 0x82564557,
		     scalar(@ARGV)) . "\0" x 8;
	for (@ARGV) {
		my ($start, $n, $type) = split(/:/);
		$l .= pack("VVx4Cx3", $n, $start, $type);
	}
	my $sum = 0; $sum ^= $_ for unpack("v*", $l);
	substr($l, 136, 2) = pack("v", $sum);
	seek($f, ($at + 1) * 512, 0); print $f $l;' "$@"
}

mark() {	# mark SECTOR TEXT
	printf '%s' "$2" | dd of="$img" bs=1 seek=$(($1 * 512)) conv=notrunc \
		status=none
}

# As fdisk makes them: it counts from the beginning of the disk, 'c' too.
for type in a5 a6 a9; do
	blank 64M
	printf 'label: dos\n2048,40960,%s\n45056,8192,83\n' $type |
		sfdisk -q "$img"
	printf '%s\n' b y n a '' +8M n b '' +4M t a 7 t b 1 w |
		fdisk "$img" >/dev/null 2>&1
	same "a BSD label of fdisk's in a slice $type" \
		"$(inside disk1 | cut -d' ' -f2-)" "$(nested)"
	same "has a and b" "$(inside disk1 | cut -d' ' -f1 | tr '\n' ' ')" \
		"1 2 "
done
same "it stands on the slice" "$(content disk1)" BSD_partition_scheme

# As FreeBSD makes them since 10: from the beginning of the slice.
blank 64M
mbr 0 a5 2048 40960
bsd 2048 16:20000:7 20016:1000:1 0:40960:0 30000:10960:27
mark $((2048 + 20016)) "b of FreeBSD"
same "one that counts from its slice" "$(inside disk1 | cut -d' ' -f2-)" \
	"$(nested)"
check "what is in it is read" sh -c "filterctl copy --volume disk1p2 '$img' - |
	head -c 12 | grep -qx 'b of FreeBSD'"
check "mounted" mounted "$img" "$dir"
same "each is a file" "$(cd "$dir" && echo disk*)" \
	"disk1p1 disk1p2 disk1p4"
printf 'written' | dd of="$dir/disk1p4" conv=notrunc,fsync status=none
filterd umount "$dir" >/dev/null 2>&1
same "what is written lies there" "$(dd if="$img" bs=1 count=7 \
	skip=$(((2048 + 30000) * 512)) status=none)" written
attach "$img"
name=${loop#/dev/}
check "on a device" mounted "$loop" "$dir"
same "they are published too" "$(cd "$dir" && ls)" "${name}p1p1
${name}p1p2
${name}p1p4"
filterd umount "$dir" >/dev/null 2>&1
detach "$loop"

# 'a' begins with the slice, and so with the slice's own label.
bsd 2048 0:40960:7 0:40960:7 0:40960:0
same "'a' as large as its slice" "$(inside disk1)" "1 2048 40960
2 2048 40960"
same "holds no label of its own" "$(inside disk1p1)" ""
run filterctl explain "$img" bsd
says "which is said" 'partitions of this map hold no maps'

# Solaris in a slice, counting from it; 0x82 is Linux swap too.
blank 64M
mbr 0 82 2048 40960
perl -e 'open(my $f, "+<", $ENV{img}) or die; seek($f, 2049 * 512, 0);
	print $f pack("x12VVx8vvx40", 0x600ddeee, 1, 512, 16),
		pack("vvVV", 2, 0, 3024, 8192), pack("vvVV", 3, 1, 11216, 64),
		pack("vvVV", 5, 0, 0, 40960), pack("vvVV", 8, 0, 12000, 99)'
same "a Solaris label in its slice" "$(inside disk1 | cut -d' ' -f2-)" \
	"$(nested)"
same "numbers count from s0" "$(inside disk1 | cut -d' ' -f1 | tr '\n' ' ')" \
	"1 2 4 "
mbr 0 82 2048 40960
dd if=/dev/zero of="$img" bs=512 seek=2049 count=1 conv=notrunc status=none
same "Linux swap has none" "$(inside disk1)" ""

# Minix: an MBR again, whose numbers count from the disk.
blank 64M
mbr 0 81 2048 40960
perl -e 'open(my $f, "+<", $ENV{img}) or die; seek($f, 2048 * 512 + 446, 0);
	print $f pack("x4Cx3VV", 0x81, 2049, 8192),
		pack("x4Cx3VV", 0x81, 10241, 64);
	seek($f, 2048 * 512 + 510, 0); print $f "\x55\xaa"'
same "Minix's subpartitions" "$(inside disk1 | cut -d' ' -f2-)" "$(nested)"

# UnixWare: its table is in the 30th sector and counts from the disk.
blank 64M
mbr 0 63 2048 40960
perl -e 'open(my $f, "+<", $ENV{img}) or die; seek($f, (2048 + 29) * 512, 0);
	print $f pack("VVx32Vx112Vx56", 0, 0xca5e600d, 2048, 0x600ddeee),
		pack("vvVV", 5, 0x200, 2048, 40960),
		pack("vvVV", 2, 0x200, 4096, 8192),
		pack("vvVV", 11, 0x200, 12288, 64)'
mark 12288 "on UnixWare"
same "a UnixWare label in its slice" "$(inside disk1)" "1 4096 8192
2 12288 64"
same "stands on it" "$(content disk1)" UnixWare_partition_scheme
check "what is in it is read" sh -c "filterctl copy --volume disk1p2 '$img' - |
	head -c 11 | grep -qx 'on UnixWare'"

# A GPT in an Apple partition, as a disk image put there.
rm -f "$img" "$tmp/guest"
filterctl image create --size 48M --scheme apple \
	--partition 32M:My_Disk:Guest --partition rest:linux-data "$img" \
	2>/dev/null
filterctl image create --size 32M --scheme gpt --partition 6M:linux-data \
	--partition rest:luks "$tmp/guest" 2>/dev/null
luks "$tmp/luks" 20M --type luks2
filterctl copy --in "$tmp/luks" "$tmp/guest:2" 2>/dev/null
filterctl copy --in "$tmp/guest" "$img:2" 2>/dev/null
same "a GPT in an Apple partition" "$(inside disk2)" \
	"$(partx -g -r -o NR,START,SECTORS "$tmp/guest" |
	awk '{ print $1, $2 + 64, $3 }')"
same "stands on it" "$(content disk2)" GUID_partition_scheme
check "mounted with a filter in it" mounted "$img" "$dir" $key
same "has its volumes" "$(cd "$dir" && echo disk*)" \
	"disk1 disk2p1 disk2p2.crypt disk3"
filterd umount "$dir" >/dev/null 2>&1

# A filter that somebody wants on the partition comes before the map.
mkdir "$tmp/p"
printf '[Personality]\nModule=passthrough\n[Match]\nContentHint=My_Disk\n' \
	>"$tmp/p/mine.personality"
run filterctl explain -p "$tmp/p" "$img" gpt
says "a personality for the partition wins" 'gpt \(map\), score 40$'
says "with a higher score" 'went to mine'

# An MBR in a partition of a GPT; a damaged guest is none.
rm -f "$img" "$tmp/guest"
filterctl image create --size 40M --scheme gpt --partition 20M:ms-data "$img" \
	2>/dev/null
filterctl image create --size 20M --scheme mbr --partition 6M:linux-data \
	--partition rest:fat32 "$tmp/guest" 2>/dev/null
filterctl copy --in "$tmp/guest" "$img:1" 2>/dev/null
same "an MBR in a partition of a GPT" "$(inside disk1 | wc -l)" 2
same "stands on it" "$(content disk1)" FDisk_partition_scheme
# Its first partition would lie past the end.
printf '\377' | dd of="$img" bs=1 seek=$((1048576 + 446 + 11)) conv=notrunc \
	status=none
same "one that makes no sense there is none" "$(inside disk1)" ""
filterctl image create --size 20M --scheme gpt --partition 6M:linux-data \
	"$tmp/guest2" 2>/dev/null
printf x | dd of="$tmp/guest2" bs=1 seek=$((512 + 16)) conv=notrunc status=none
printf x | dd of="$tmp/guest2" bs=1 seek=$((20 * 1048576 - 512 + 16)) \
	conv=notrunc status=none
filterctl copy --in "$tmp/guest2" "$img:1" 2>/dev/null
check "a damaged GPT in a partition harms nothing" mounted "$img" "$dir"
same "it is published as it is" "$(cd "$dir" && echo disk*)" disk1
filterd umount "$dir" >/dev/null 2>&1

# File systems have boot sectors of their own.
perl -e 'open(my $f, "+<", $ENV{img}) or die; seek($f, 1048576, 0);
	print $f pack("C3A8vCvCvvCvvvVVCCCVA11A8x448v", 0xeb, 0x3c, 0x90,
		"MSDOS5.0", 512, 4, 1, 2, 512, 40960, 0xf8, 40, 63, 255, 0, 0,
		0x80, 0, 0x29, 1, "NO NAME", "FAT16", 0xaa55)'
same "a FAT file system is no map" "$(inside disk1)" ""
run filterctl explain "$img" mbr
says "it says so" 'the partition holds vfat'

# A whole disk with an Apple map in a LUKS volume.
rm -f "$img" "$tmp/guest"
filterctl image create --size 20M --scheme apple --partition 8M:apple-hfs \
	--partition rest:linux-data "$tmp/guest" 2>/dev/null
luks "$img" 40M --type luks2
filterctl copy $key --in "$tmp/guest" "$img" 2>/dev/null
check "an Apple map in a LUKS volume" mounted "$img" "$dir" $key --json
same "has its volumes" "$(cd "$dir" && echo disk*)" \
	"disk.crypt1 disk.crypt2 disk.crypt3"
check "where the map says" jq -e '
	[.. | objects | select(.parent? == "disk.crypt") | [.partition, .base]]
	== [[1, 512], [2, 32768], [3, 8421376]]' "$tmp/out"
check "they take a file system" mkfs.ext4 -q -F "$dir/disk.crypt3"
filterd umount "$dir" >/dev/null 2>&1

# Maps in each other come to an end.
truncate -s 8M "$tmp/1"
for n in 1 2 3 4 5 6; do
	rm -f "$tmp/next"
	filterctl image create --size $((8 + 4 * n))M --scheme gpt \
		--partition $((4 + 4 * n))M:linux-data "$tmp/next" 2>/dev/null
	filterctl copy --in "$tmp/1" --volume next1 "$tmp/next" 2>/dev/null ||
		dd if="$tmp/1" of="$tmp/next" bs=1M seek=1 conv=notrunc status=none
	mv "$tmp/next" "$tmp/1"
done
mv "$tmp/1" "$img"
inside disk >/dev/null
same "six GPTs in each other: four are read" \
	"$(jq '[.media[] | select(.content == "GUID_partition_scheme")] |
	length' "$tmp/json")" 4
run filterctl explain "$img" gpt
says "and the rest is told" 'too many maps in each other'
