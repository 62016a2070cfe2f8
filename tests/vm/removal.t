#!/bin/sh
# Disks that are pulled out while a file system on them is in use, put in again,
# and made larger.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup sfdisk mkfs.ext4 perl
plan 30

key="--key-file $tmp/key" dir=$tmp/v
mkdir "$tmp/mnt"
modprobe -a loop fuse dm-crypt
udevadm control --reload

# reads: what a direct read of what is open on 8 says.
reads() {
	dd if=/proc/self/fd/8 of=/dev/null bs=4096 count=1 skip=2000 \
		iflag=direct 2>&1 <&8 | grep -o 'No such device or address'
}

# mount_hot SERIAL: filterd in the foreground, a file system from the volume on
# $tmp/mnt, the volume open on 8.
mount_hot() {
	disk=$(disk "$1") || return
	volume=$dir/$(basename "$(part "$disk" 1)").crypt
	filterd mount $key "$disk" "$dir" >"$tmp/log" 2>&1 &
	pid=$!
	until_true test -f "$volume" || return
	exec 8<"$volume"
	mount "$volume" "$tmp/mnt"
}

first=yes
for driver in scsi-hd usb-storage; do
	bus=bus.0
	[ $driver = scsi-hd ] || bus=usb.0
	check "$driver: plugged in" plug h$driver $driver "\"bus\":\"$bus\""
	disk=$(disk h$driver)
	check "$driver: the kernel has it" test -b "$disk"
	if [ $first ]; then
		echo 'size=48M,type=CA7D7CCB-63ED-4C53-861C-1742536059CC' |
			sfdisk -q --label gpt "$disk" >"$tmp/out" 2>&1
		udevadm settle
		node=$(part "$disk" 1)
		cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 \
			--pbkdf-force-iterations 1000 --key-file "$tmp/key" \
			"$node"
		cryptsetup open --key-file "$tmp/key" "$node" vm
		mkfs.ext4 -q /dev/mapper/vm
		cryptsetup close vm
		first=
	fi
	check "$driver: its file system is mounted" mount_hot h$driver
	echo "$driver" >"$tmp/mnt/$driver"
	sync "$tmp/mnt/$driver"
	check "$driver: pulled out while it is in use" pull h$driver
	check "$driver: its volumes are gone" until_true test ! -e "$dir"
	check "$driver: it is said" until_true grep -q \
		"$disk has vanished" "$tmp/log"
	same "$driver: who has it open is told" "$(reads)" \
		'No such device or address'
	check "$driver: writes fail, and nothing hangs" sh -c \
		"! timeout 60 dd if=/dev/zero of='$tmp/mnt/late' bs=1M count=1 \
		conv=fsync status=none"
	exec 8<&-
	umount "$tmp/mnt"
	wait $pid
	same "$driver: all closed, it has ended" $? 1
done

check "put in again" plug back scsi-hd '"bus":"bus.0"'
check "it is mounted" mount_hot back
for driver in scsi-hd usb-storage; do
	same "what was synced before $driver was pulled is there" \
		"$(cat "$tmp/mnt/$driver")" $driver
done
exec 8<&-
umount "$tmp/mnt"
check "and detached" filterd umount "$dir"
check "its file system is sound" sh -c "
	cryptsetup open --key-file '$tmp/key' '$(part "$disk" 1)' vm &&
	e2fsck -fn /dev/mapper/vm; status=\$?
	cryptsetup close vm; exit \$status"
check "pulled out, when nobody uses it" pull back

# Larger: this one tells the kernel by itself.
disk=$(disk sectors4096)
wipefs -qa "$disk"
name=$(basename "$disk").passthrough
filterd mount --filter passthrough "$disk" "$dir" >"$tmp/log" 2>&1 &
pid=$!
until_true test -f "$dir/$name"
same "a disk" "$(stat -c %s "$dir/$name")" 67108864
check "is enlarged" monitor block_resize \
	'{"node-name":"sectors4096","size":134217728}'
size_is() {
	[ "$(stat -c %s "$dir/$name")" = "$1" ]
}
check "its volume follows" until_true size_is 134217728
check "its new end is written" dd if=/dev/zero of="$dir/$name" bs=1M seek=120 \
	conv=notrunc,fsync count=8 status=none
check "detached" filterd umount "$dir"
