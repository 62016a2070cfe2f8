#!/bin/sh
# Real disks: SCSI, NVMe, one with sectors of 4096 bytes, a USB stick.  Each gets
# a partition that the kernel's own dm-crypt makes, and is then filterd's.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup sfdisk mkfs.ext4 jq
plan 58

key="--key-file $tmp/key" dir=$tmp/v map=/dev/mapper/vm
mkdir "$tmp/mnt"
modprobe -a loop fuse dm-crypt

# kernel_opens NODE: as $map.
kernel_opens() {
	cryptsetup open --key-file "$tmp/key" "$1" vm
}

# has_badge: whether desktops are told to leave $disk alone.
has_badge() {
	udevadm info -q property "$disk" | grep -q '^UDISKS_IGNORE=1$'
}

has_no_badge() {
	! has_badge
}

# writes FILE NAME: a file of that name into the file system on FILE.
writes() {
	mount "$1" "$tmp/mnt" && echo "$2" >"$tmp/mnt/$2"
	wrote=$?
	umount "$tmp/mnt" && return $wrote
}

for kind in scsi nvme sectors4096 stick; do
	disk=$(disk $kind)
	name=${disk#/dev/} node=$(part "$disk" 1)
	volume=${node#/dev/}.crypt
	check "$kind: has a disk" test -b "$disk"
	echo 'size=48M,type=CA7D7CCB-63ED-4C53-861C-1742536059CC' |
		sfdisk -q --label gpt "$disk" >"$tmp/out" 2>"$tmp/err"
	udevadm settle
	cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 \
		--pbkdf-force-iterations 1000 --key-file "$tmp/key" "$node"
	check "$kind: dm-crypt opens it" kernel_opens "$node"
	mkfs.ext4 -q $map
	check "$kind: and a file is written" writes $map kernel
	before=$(sum $map)
	cryptsetup close vm

	run filterctl list-media --json "$disk"
	sectors=512 removable=false
	[ $kind != sectors4096 ] || sectors=4096
	[ $kind != stick ] || removable=true
	check "$kind: sectors, and whether it can be pulled out" jq -e \
		--argjson sectors $sectors --argjson removable $removable \
		'.media[0] | .granule == $sectors and
		.removable == $removable and .block' "$tmp/out"

	check "$kind: filterd mounts the disk" mounted "$disk" "$dir" $key
	same "$kind: it reads what dm-crypt wrote" "$(sum "$dir/$volume")" \
		"$before"
	check "$kind: udev knows whose it is" until_true has_badge
	check "$kind: nobody else can have the partition" sh -c \
		"! cryptsetup open --key-file '$tmp/key' '$node' vm"
	check "$kind: a file is written" writes "$dir/$volume" filterd
	check "$kind: and it is given back" filterd umount "$dir"
	check "$kind: of which udev knows" until_true has_no_badge

	check "$kind: dm-crypt opens it again" kernel_opens "$node"
	check "$kind: its file system is sound" e2fsck -fn $map
	check "$kind: both files are there" sh -c "
		mount $map '$tmp/mnt' && cat '$tmp/mnt/kernel' \
		'$tmp/mnt/filterd'"
	umount "$tmp/mnt"
	cryptsetup close vm
done

check "a partition by its node" mounted "$node" "$dir" $key
check "has its volume" test -f "$dir/$volume"
