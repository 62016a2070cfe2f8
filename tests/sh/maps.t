#!/bin/sh
# Partition maps of all kinds on whole disks: what is listed lies where another
# tool says, which of several maps counts, and what is on them can be read.
. "$(dirname "$0")/lib.sh"
needs root fuse loop jq parted sfdisk sgdisk partx perl
plan 63

dir=$tmp/v img=$tmp/disk.img

# found IMAGE [OPTION...]: "number start sectors" of its partitions, in units
# of 512 bytes.
found() {
	image=$1; shift
	filterctl list-media -J "$@" "$image" 2>"$tmp/err" | tee "$tmp/json" |
	jq -r '.media[] | select(.class == "partition") |
		"\(.partition) \(.base / 512) \(.size / 512)"'
}

# listed IMAGE: the same by partx, which reads through libblkid.
listed() {
	partx -g -r -o NR,START,SECTORS "$1"
}

content() {
	jq -r '.media[0].content' "$tmp/json"
}

hints() {
	jq -r '.media[1:][].content_hint' "$tmp/json" | tr '\n' ' '
}

# blank SIZE: a new image with a pattern at every MiB that tells where it is.
blank() {
	rm -f "$img"; truncate -s "$1" "$img"
}

# mark SECTOR TEXT: what stands there can be looked for through the volume.
mark() {
	printf '%s' "$2" | dd of="$img" bs=1 seek=$(($1 * 512)) conv=notrunc \
		status=none
}

begins() {	# begins SOURCE TEXT: a copy of the volume begins so
	filterctl copy "$1" - 2>"$tmp/err" | head -c ${#2} | grep -qxF "$2"
}

# Apple maps, byte by byte: apple BLOCK(of the driver map) UNIT(from one entry
# to the next) [NAME:TYPE:START:BLOCKS]...; the map's own entry comes first.
apple() {
	perl -e '
	my ($block, $unit, @entries) = @ARGV;
	open(my $f, "+<", $ENV{img}) or die;
	if ($block) { print $f pack("nnN", 0x4552, $block, (-s $f) / $block); }
	unshift(@entries, "Apple:Apple_partition_map:1:" . 2 * @entries);
	for my $n (1 .. @entries) {
		my ($name, $type, $start, $blocks) =
			split(/:/, $entries[$n - 1]);
		seek($f, $n * $unit, 0);
		print $f pack("nxxNNNa32a32x8N", 0x504d, scalar(@entries),
			      $start, $blocks, $name, $type, 0x33);
	}' "$@"
}
export img

blank 64M
parted -s "$img" mklabel mac mkpart one hfs+ 1MiB 10MiB \
	mkpart two ext2 10MiB 20MiB
same "an Apple map of parted's" "$(found "$img")" \
	"$(parted -sm "$img" unit s print 2>/dev/null | tr -d s |
	awk -F: '/^[0-9]+:.*(Apple|one|two)/ { print $1, $2, $4 }')"

# A disc as it was made for Macs: 2048 in the driver map, entries at 512.
blank 16M
apple 2048 512 a:Apple_Free:0:0 b:Apple_HFS:400:1000 \
	c:Apple_Driver43:20:4 d:Apple_HFS:4096:8192
mark 400 "on the old disc"
same "an old disc of 2048 and 512: drivers alone count in 2048" \
	"$(found "$img" | tail -n 3)" "3 400 1000
4 80 16
5 4096 8192"
check "its volume is where it was put" begins "$img:3" "on the old disc"
check "it is mounted" mounted "$img" "$dir"
same "each partition is a file" "$(cd "$dir" && echo disk*)" \
	"disk1 disk3 disk4 disk5"
filterd umount "$dir" >/dev/null 2>&1

if blank 6T 2>/dev/null; then
	apple 4096 4096 a:Apple_HFS:1342177280:256 b:Apple_HFS:1400000000:9
	perl -e 'open(my $f, "+<", $ENV{img}) or die;
		seek($f, 1342177280 * 4096, 0); print $f "beyond"'
	same "an Apple map beyond 2 TiB" \
		"$(found "$img" --sector-size 4096 | tail -n 2)" \
		"2 10737418240 2048
3 11200000000 72"
	check "is read there" sh -c "filterctl copy --sector-size 4096 \
		'$img:2' - | head -c 6 | grep -qx beyond"
else
	skip 2 "no file can be so large here"
fi

blank 8M
apple 512 512 $(seq 1001 1269 | sed 's/.*/p:Apple_HFS:&:1/')
same "an Apple map of 270 entries" "$(found "$img" | tail -n 1)" "270 1269 1"
same "has them all" "$(found "$img" | wc -l)" 270

# Several maps on one disk.
hybrid_cd() {	# hybrid_cd BLOCK: Apple, MBR and ISO 9660
	blank 16M
	apple $1 512 b:Apple_HFS:4096:8192
	printf '\125\252' | dd of="$img" bs=1 seek=510 conv=notrunc status=none
	printf '\200\0\0\0\027\0\0\0\0\010\0\0\0\020\0\0' |
		dd of="$img" bs=1 seek=446 conv=notrunc status=none
	printf '\001CD001\001' | dd of="$img" bs=1 seek=32768 conv=notrunc \
		status=none
}
hybrid_cd 512
same "a hybrid disc: the Apple map" "$(found "$img")" "1 1 2
2 4096 8192"
same "with a driver map it counts" "$(content)" Apple_partition_scheme
run filterctl explain "$img" mbr
says "and the MBR lost to it" 'went to apple'
hybrid_cd 0
same "without one the MBR does" "$(found "$img")" "1 2048 4096"
same "by its score" "$(content)" FDisk_partition_scheme
run filterctl explain "$img" apple
says "and the Apple map lost to it" 'went to mbr'

blank 32M
sgdisk -n 1:2048:+8M -n 2:0:+4M -t 2:af00 -h 1:2 "$img" >/dev/null
same "a GPT with a hybrid MBR" "$(found "$img")" "$(listed "$img")"
same "is a GPT" "$(content)" GUID_partition_scheme
run filterctl explain "$img" mbr
says "whose MBR protects it" 'only protects a GPT'
printf '\203' | dd of="$img" bs=1 seek=$((446 + 4)) conv=notrunc status=none
printf '\0' | dd of="$img" bs=1 seek=$((446 + 16 + 4)) conv=notrunc status=none
printf '\0' | dd of="$img" bs=1 seek=$((446 + 32 + 4)) conv=notrunc status=none
found "$img" >/dev/null
same "without the protective entry it is an MBR" "$(content)" \
	FDisk_partition_scheme

# A GPT and an Apple map with a driver map have 4000 each.
blank 32M
sgdisk -n 1:2048:+8M "$img" >/dev/null
printf 'ER\020\000' | dd of="$img" bs=1 conv=notrunc status=none
perl -e 'open(my $f, "+<", $ENV{img}) or die; seek($f, 65536, 0);
	seek($f, 4096, 0); print $f pack("nxxNNNa32a32x8N", 0x504d, 1, 1, 1,
		"Apple", "Apple_partition_map", 3)'
found "$img" >/dev/null
same "GPT comes before Apple where both have 4000" "$(content)" \
	GUID_partition_scheme

# The labels of whole disks.
blank 64M
printf 'label: sun\n1: start=0,size=16065,type=2\n3: start=0,size=128520,type=5
4: start=16065,size=32130,type=83\n' | sfdisk -q "$img"
mark 16065 "on the Sun"
same "a Sun label" "$(found "$img")" "$(listed "$img")"
same "with hints" "$(hints)" "Sun_root Sun_linux "
check "what is on it is read" begins "$img:4" "on the Sun"
check "and mounted" mounted "$img" "$dir"
check "and written" dd if=/dev/urandom of="$dir/disk4" bs=4096 count=1 \
	conv=notrunc,fsync status=none
filterd umount "$dir" >/dev/null 2>&1

blank 64M
printf 'label: sgi\n1: start=16065,size=16065,type=83
2: start=32130,size=32130,type=a\n' | sfdisk -q "$img"
same "an SGI label" "$(found "$img")" "$(listed "$img")"
same "with hints" "$(hints)" "SGI_linux SGI_xfs "

# bsd START:SECTORS:TYPE...: a label in the second sector.
bsd() {
	perl -e '
	open(my $f, "+<", $ENV{img}) or die;
	my $l = pack("Vx36Vx88Vx2v", 0x82564557, 512, 0x82564557,
		     scalar(@ARGV)) . "\0" x 8;
	for (@ARGV) {
		my ($start, $n, $type) = split(/:/);
		$l .= pack("VVx4Cx3", $n, $start, $type);
	}
	my $sum = 0; $sum ^= $_ for unpack("v*", $l);
	substr($l, 136, 2) = pack("v", $sum);
	seek($f, 512, 0); print $f $l;' "$@"
}
blank 64M
bsd 16:20000:7 20016:1000:1 0:131072:0 30000:5000:27
mark 20016 "on the BSD"
same "a BSD label on the whole disk" "$(found "$img" | cut -d' ' -f2-)" \
	"$(listed "$img" | cut -d' ' -f2-)"
same "numbers count from a" "$(found "$img" | cut -d' ' -f1 | tr '\n' ' ')" \
	"1 2 4 "
same "with hints" "$(hints)" "BSD_FFS BSD_swap BSD_ZFS "
check "what is on it is read" begins "$img:2" "on the BSD"
printf '\125\252' | dd of="$img" bs=1 seek=510 conv=notrunc status=none
found "$img" >/dev/null
same "a boot signature alone takes nothing from it" "$(content)" \
	BSD_partition_scheme
printf '\200\0\0\0\245\0\0\0\0\0\0\0\120\303\0\0' |
	dd of="$img" bs=1 seek=494 conv=notrunc status=none
found "$img" >/dev/null
same "nor a slice that begins at 0" "$(content)" BSD_partition_scheme
printf '\0\0\0\0\203\0\0\0\0\010\0\0\0\020\0\0' |
	dd of="$img" bs=1 seek=446 conv=notrunc status=none
found "$img" >/dev/null
same "but an MBR with a partition wins" "$(content)" FDisk_partition_scheme

# parted's labels have a sum that is wrong.
blank 16M
parted -s "$img" mklabel bsd mkpart 1MiB 5MiB mkpart 5MiB 10MiB >/dev/null 2>&1
same "parted's BSD label" "$(found "$img" | cut -d' ' -f2-)" \
	"$(listed "$img" | cut -d' ' -f2-)"
same "which can be read alone" "$(jq -c '[.media[1:][].writable]' \
	"$tmp/json")" "[false,false]"

# The Atari's map, Ultrix's label, and what only says that it is AIX's.
blank 16M
perl -e 'open(my $f, "+<", $ENV{img}) or die; seek($f, 450, 0);
	print $f pack("N", 32768), pack("Ca3NN", 1, "GEM", 2, 8192),
		pack("x12"), pack("Ca3NN", 1, "LNX", 8194, 4096)'
same "an Atari map" "$(found "$img")" "$(listed "$img")"
same "with hints" "$(hints)" "Atari_GEM Atari_LNX "
blank 16M
perl -e 'open(my $f, "+<", $ENV{img}) or die; seek($f, 16384 - 72, 0);
	print $f pack("V*", 0x032957, 1, 8192, 0, 0, 0, 4096, 16384)'
same "an Ultrix label" "$(found "$img")" "$(listed "$img")"
blank 16M
printf '\311\302\324\301' | dd of="$img" conv=notrunc status=none
same "a disk of AIX has no partitions" "$(found "$img")" ""
run filterctl explain "$img"
says "and is told" "a disk of AIX's volume manager"
says "the maps that are not there are named in a line" \
	'no other map is here: not bsd, solaris, '

# One partition of several.
blank 16M
sgdisk -n 1:2048:+4M -n 2:0:+4M "$img" >/dev/null
check "one partition is asked for" mounted "$img:1" "$dir"
says "the other is not" 'disk2 .*not asked for'
filterd umount "$dir" >/dev/null 2>&1

# Sectors of 4096 bytes.
for scheme in gpt mbr; do
	rm -f "$img"
	filterctl image create --sector-size 4096 --size 64M --scheme $scheme \
		--partition 8M:linux-data --partition rest:luks "$img" \
		2>/dev/null
	attach "$img" -b 4096
	same "$scheme of 4096 bytes" "$(found "$img" --sector-size 4096)" \
		"$(listed "$loop")"
	same "$scheme on a device" "$(found "$loop")" "$(listed "$loop")"
	detach "$loop"
done
filterctl image create --sector-size 4096 --size 64M --scheme gpt \
	--partition 8M:linux-data "$tmp/big" 2>/dev/null
same "a GPT of 4096 bytes, read without a word" "$(found "$tmp/big")" \
	"1 2048 16384"

# Partitions off the granule: a GPT for 512 bytes on a device of 4096.
blank 64M
printf 'label: gpt\nstart=2049,size=10001\nstart=12051,size=10003\n' |
	sfdisk -q "$img"
attach "$img" -b 4096
name=${loop#/dev/}
check "a map for 512 bytes on a device of 4096" mounted "$loop" "$dir" \
	--filter passthrough
same "each has its size to the byte" \
	"$(cd "$dir" && stat -c %s "$name".passthrough? | tr '\n' ' ')" \
	"5120512 5121536 "
head -c 5120512 /dev/urandom >"$tmp/one"
head -c 5121536 /dev/urandom >"$tmp/two"
for n in one:1 two:2; do
	dd if="$tmp/${n%:*}" of="$dir/$name.passthrough${n#*:}" bs=7000 \
		conv=notrunc,fsync status=none || echo "# dd failed"
done
filterd umount "$dir" >/dev/null 2>&1
detach "$loop"
check "the first is where it was put" sh -c "tail -c +$((2049 * 512 + 1)) \
	'$img' | head -c 5120512 | cmp - '$tmp/one'"
check "the second too" sh -c "tail -c +$((12051 * 512 + 1)) \
	'$img' | head -c 5121536 | cmp - '$tmp/two'"

# A GPT of which only the backup is left.
dd if=/dev/urandom of="$img" bs=512 seek=1 count=33 conv=notrunc status=none
check "a GPT from its backup" mounted "$img" "$dir"
says "is warned of" 'primary GPT header is damaged; read from its backup'
same "with all its partitions" "$(cd "$dir" && echo disk*)" "disk1 disk2"
exits 1 "none can be written" dd if=/dev/zero of="$dir/disk1" count=1 \
	conv=notrunc status=none
says "being read-only" 'Read-only'
filterd umount "$dir" >/dev/null 2>&1

# One source of several that cannot be looked at.
printf 'QFI\373' >"$tmp/bad.img"; truncate -s 1M "$tmp/bad.img"
exits 9 "list-media with two broken sources among four" \
	filterctl list-media "$img" "$tmp/bad.img" "$tmp/none" "$tmp/big"
says "names the first" 'bad.img.*qcow2'
says "and the second" 'none cannot be opened'
says "and lists those that are good" 'big1 '
same "each of them, as JSON" "$(filterctl list-media -J "$img" \
	"$tmp/bad.img" "$tmp/none" "$tmp/big" 2>/dev/null |
	jq -r '.media[].name' | tr '\n' ' ')" "disk disk1 disk2 big big1 "
