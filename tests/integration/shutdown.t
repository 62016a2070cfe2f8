#!/bin/sh
# A machine is switched off with a file system on a volume: nothing that was
# written is lost, though nobody asked for a sync.
. "$(dirname "$0")/lib.sh"
needs root fuse loop mkfs.ext4 fsck.ext4

volume=/run/filterd/media/disk/disk.crypt
case $boot in
1)	plan 10
	check "a LUKS volume" luks "$keep/disk.img" 64M
	check "is attached" filterctl attach --key-file "$tmp/key" \
		"$keep/disk.img"
	loop=$(losetup -f --show $volume)
	check "takes a file system" mkfs.ext4 -q "$loop"
	mkdir -p /mnt/files
	check "which is mounted" mount "$loop" /mnt/files
	losetup -d "$loop"	# goes with its last user
	for i in $(seq 200); do
		echo "$i" >/mnt/files/$i
	done
	same "and has 200 files" "$(ls /mnt/files | grep -c '^[0-9]')" 200
	# systemd orders the end of what it has heard of.
	check "systemd knows the mount" until_true systemctl is-active \
		mnt-files.mount
	again ;;
*)	check "after a boot the volume is attached again" filterctl attach \
		--key-file "$tmp/key" "$keep/disk.img"
	attach $volume
	check "its file system was unmounted" sh -c "
		dumpe2fs -h $loop 2>/dev/null |
			grep -q 'Filesystem state:.*clean' &&
		! dumpe2fs -h $loop 2>/dev/null | grep -q needs_recovery"
	check "and is sound" fsck.ext4 -fn "$loop"
	mkdir -p /mnt/files
	mount "$loop" /mnt/files
	on_exit "umount /mnt/files"
	whole=0
	for i in $(seq 200); do
		[ "$(cat /mnt/files/$i 2>/dev/null)" != "$i" ] ||
			whole=$((whole + 1))
	done
	same "all files are whole" $whole 200
	umount /mnt/files
	detach "$loop" ;;
esac
