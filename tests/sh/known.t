#!/bin/sh
# What is known and cannot be opened is named, with the next step: as a whole
# source, as a partition, on a disk, in a decrypted volume.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup sfdisk jq
plan 136

k=$tmp/k v=$tmp/v
"$top_builddir/tests/torture/known" "$k" >/dev/null || exit 99
truncate -s 64M "$k/zfs.img"		# libblkid takes no smaller member

# is TYPE NAME: libblkid takes the sample for the same as we do.
is() {
	same "$2: libblkid's opinion" \
		"$(blkid -p -o value -s TYPE "$k/$2.img")" "$1"
}

# named ID NAME WORDS STEP: the sample is refused by name, and listed so.
named() {
	file=$k/$2.img before=$(sum "$k/$2.img")
	exits 9 "$2: is refused" filterd mount --background "$file" "$v"
	says "$2: by name" \
		"'$file' is $3; filterd (cannot open|does not assemble) it\$"
	says "$2: with the next step" "hint: .*$4"
	run filterctl list-media --json "$file"
	same "$2: is listed as that" \
		"$(jq -r '.media[0].known.id' "$tmp/out")" "$1"
	same "$2: is left as it was" "$(sum "$file")" "$before"
}

is LVM2_member lvm
named lvm lvm "an LVM physical volume" \
	"losetup -f --show $k/lvm.img, then vgchange -ay"
is linux_raid_member md
named md md "a member of a Linux RAID \(md\)" "mdadm --assemble"
is linux_raid_member md-end
named md md-end "a member of a Linux RAID \(md\)" "mdadm --assemble"
is zfs_member zfs
named zfs zfs "a member of a ZFS pool" "zpool import -d $k/zfs.img"
is DM_integrity integrity
named integrity integrity "a dm-integrity device" \
	"integritysetup open /dev/loopN NAME"
named ldm ldm-bare "part of a Windows dynamic disk \(LDM\)" \
	"losetup .*, then ldmtool create all"
named storage-spaces storage-spaces \
	"part of a Windows Storage Spaces pool" "only Windows opens it"
is apfs apfs-filevault
named apfs-filevault apfs-filevault "an APFS container with FileVault" \
	"apfs-fuse $k/apfs-filevault.img DIR"
named core-storage core-storage "an Apple Core Storage volume.*" \
	"cryptsetup open --type fvault2 $k/core-storage.img NAME"
is BitLocker bitlocker-tpm
named bitlocker-tpm bitlocker-tpm \
	"a BitLocker volume whose only key is in the TPM of its computer" \
	"add a recovery key in that computer"
named bitlocker bitlocker "a BitLocker volume" \
	"cryptsetup open --type bitlk $k/bitlocker.img NAME"
named bitlocker-recovery bitlocker-recovery \
	"a BitLocker volume that opens with its recovery key" "48 digits"
named bitlocker-startup-key bitlocker-startup-key \
	"a BitLocker volume with a startup key" "key-file KEY.BEK"
named bitlocker-suspended bitlocker-suspended \
	"a BitLocker volume whose protection is suspended" "dislocker -c"
named bitlocker-converting bitlocker-converting \
	"a BitLocker volume that is not encrypted to its end" "manage-bde"

# A container without FileVault is a file system as others are.
exits 3 "apfs: without encryption it is a file system" \
	filterd mount --background "$k/apfs.img" "$v"
run filterctl list-media --json "$k/apfs.img"
same "apfs: and nothing is said of it" \
	"$(jq -r '.media[0].known // "nothing"' "$tmp/out")" nothing

# Real ones.
if [ -f "$testdata/bitlocker.tar.xz" ]; then
	tar --sparse -xJf "$testdata/bitlocker.tar.xz" -C "$tmp"
	tar --sparse -xJf "$testdata/filevault2.tar.xz" -C "$tmp"
	for name in cbc-128:bitlocker xts-128-eow:bitlocker-converting \
		    xts-128-startup-key:bitlocker; do
		file=$(find "$tmp" -name "bitlk-aes-${name%:*}.img")
		run filterctl list-media --json "$file"
		same "a real volume, $name" \
			"$(jq -r '.media[0].known.id' "$tmp/out")" "${name#*:}"
	done
	file=$(find "$tmp/filevault2" -name '*.img')
	run filterctl list-media --json "$file"
	same "a real volume of FileVault 2" \
		"$(jq -r '.media[0].known.id' "$tmp/out")" core-storage
else
	skip 4 "shared test volumes are not here"
fi

# disk FILE SAMPLE:TYPE...: a GPT with those in partitions of 8 MiB from 1 MiB.
disk() {
	disk=$1 at=1; shift
	truncate -s 40M "$disk"
	{
		echo 'label: gpt'
		for part; do
			echo "size=8M, type=${part#*:}"
		done
	} | sfdisk -q "$disk"
	for part; do
		[ "${part%%:*}" = - ] ||
			into "$disk" "${at}M" "$k/${part%%:*}.img"
		at=$((at + 8))
	done
}

lvm=E6D6D379-F507-44C2-A23C-238F2A3DF928
basic=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7
reserved=E3C9E316-0B5C-4DB8-817D-F92DF00215AE

# Beside others: members are published as they are, what is closed is not, and
# the rest is as always.
mke2fs -q -t ext4 "$k/ext4.img" 8M 2>/dev/null
disk "$tmp/three.img" ext4:L "lvm:$lvm" "bitlocker-tpm:$basic"
check "others are published" mounted "$tmp/three.img" "$v"
says "the member is told of" \
	'three2: an LVM physical volume, published as it is'
says "with the file to be given on" "losetup -f --show $v/three2, then vgchange"
says "what is closed too" 'three3: a BitLocker volume whose .*, not published'
says "the step goes to what can be mounted" "mount -o loop $v/three1"
cmp -n 4194304 "$v/three2" "$k/lvm.img" && [ ! -e "$v/three3" ] &&
	[ -f "$v/three1" ]
result $? "files are of what is of use"
same "the published member is a physical volume" \
	"$(blkid -p -o value -s TYPE "$v/three2")" LVM2_member
check "is unmounted" filterd umount "$v"
run filterctl list-media "$tmp/three.img"
says "list-media tells what it is" '^three3: a BitLocker volume whose only key'
says "list-media tells what to do" \
	'^  hint: losetup -fP .*/three.img, then vgch'
run filterctl explain "$tmp/three.img:2"
says "explain tells what it is" '^  it is an LVM physical volume'
says "explain tells what to do" \
	'(->|→) losetup -fP --show .*three.img, then vgch'
run filterd mount --background --json "$tmp/three.img" "$v"
same "JSON has both" "$(jq -r '[.media | .. | .known? // empty |
	.id + (if .closed then " closed" else "" end)] | join(",")' \
	"$tmp/out")" "lvm,bitlocker-tpm closed"
filterd umount "$v" >/dev/null 2>&1

# By its number.
check "a member by its number is published" \
	mounted "$tmp/three.img:2" "$v"
[ -f "$v/three2" ]
result $? "and has its file"
filterd umount "$v" >/dev/null 2>&1
exits 9 "a closed one by its number is refused" \
	filterd mount --background "$tmp/three.img:3" "$v"
says "by name" "'three3' is a BitLocker volume whose only key is in the TPM"
exits 9 "and not copied" filterctl copy "$tmp/three.img:3" "$tmp/copy"
says "by name as well" "'three3' is a BitLocker volume whose only key"
check "but as it is to who asks for that" \
	mounted "$tmp/three.img:3" "$v" --filter passthrough
cmp -n 4194304 "$v/three3.passthrough" "$k/bitlocker-tpm.img"
result $? "with its very bytes"
filterd umount "$v" >/dev/null 2>&1

# A disk on which nothing else is.
disk "$tmp/only.img" "-:$reserved" "bitlocker-tpm:$basic"
exits 9 "a disk with nothing else on it is refused" \
	filterd mount --background "$tmp/only.img" "$v"
says "for what it has" "'only2' is a BitLocker volume whose only key"
disk "$tmp/dynamic.img" "-:5808C8AA-7E8F-42E0-85D2-E1E90434CFB3" \
	"-:$reserved" "ext4:AF9B60A0-1431-4F62-BC68-3311714A69AD"
exits 9 "a dynamic disk with a GPT" \
	filterd mount --background "$tmp/dynamic.img" "$v"
says "is one" 'is part of a Windows dynamic disk'
says "and the whole disk is wanted" \
	'hint: losetup -fP --show .*/dynamic.img, then ldmtool create all'
exits 9 "a dynamic disk with an MBR" \
	filterd mount --background "$k/ldm.img" "$v"
says "is one too" "'ldm1' is part of a Windows dynamic disk"
# What it holds may look like a map.
cp "$k/storage-spaces.img" "$k/pool.img"
echo 'start=2048, type=83' |
	sfdisk -q --wipe never --label dos "$k/pool.img"
disk "$tmp/pool.img" "-:$reserved" \
	"pool:E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D"
exits 9 "a pool's disk" filterd mount --background "$tmp/pool.img" "$v"
says "is one by its type" "'pool2' is part of a Windows Storage Spaces pool"

# Half of a mirror has the mirror's map: that is read, and what it is told.
cp "$k/md-end.img" "$tmp/half.img"
echo 'start=2048, size=2048, type=83' |
	sfdisk -q --wipe never --label dos "$tmp/half.img"
check "half of a mirror is mounted" mounted "$tmp/half.img" "$v"
says "with a warning" 'it is also a member of a Linux RAID \(md\): what is writ'
filterd umount "$v" >/dev/null 2>&1
check "read-only" mounted "$tmp/half.img" "$v" -r
! grep -q 'it is also' "$tmp/err"
result $? "there is nothing to warn of"
filterd umount "$v" >/dev/null 2>&1

# Disks: the kernel has their partitions, so that nothing is left for us.
disk "$tmp/members.img" "lvm:$lvm" "lvm:$lvm"
attach "$tmp/members.img" && name=$(basename "$loop")
exits 9 "a disk with members alone" filterd mount --background "$loop" "$v"
says "names the first" "'${name}p1' is an LVM physical volume"
says "which needs no loop device" '^  hint: vgchange -ay'
attach "$tmp/three.img" && name=$(basename "$loop")
exits 9 "a disk with a closed partition" filterd mount --background "$loop" "$v"
says "names that" "'${name}p3' is a BitLocker volume"

# In a decrypted volume: the file is what the next step is done with.
luks "$tmp/box.img" 24M --type luks2 --offset 32768
check "a member goes into a LUKS volume" filterctl copy --in "$k/lvm.img" \
	--key-file "$tmp/key" "$tmp/box.img"
check "and is published from it" \
	mounted "$tmp/box.img" "$v" --key-file "$tmp/key"
says "with the next step for that file" \
	"losetup -f --show $v/box.crypt, then vgchange -ay"
! grep -q mkfs "$tmp/out"
result $? "which is not to format it"
check "is unmounted as well" filterd umount "$v"
check "what is closed goes into it" filterctl copy --in \
	"$k/storage-spaces.img" --key-file "$tmp/key" "$tmp/box.img"
exits 9 "and is refused in it" \
	filterd mount --background --key-file "$tmp/key" "$tmp/box.img" "$v"
says "by its name there" "'box.crypt' is part of a Windows Storage Spaces pool"
[ ! -e "$v" ]
result $? "nothing is left behind"
