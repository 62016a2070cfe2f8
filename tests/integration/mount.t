#!/bin/sh
# A system that has just been installed: an image is mounted by hand, and is
# there again after the machine was switched off.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup mkfs.ext4

case $boot in
1)	plan 6
	check "a LUKS volume" luks "$keep/disk.img" 40M
	check "is mounted" mounted "$keep/disk.img" "$tmp/v" \
		--key-file "$tmp/key"
	attach "$tmp/v/disk.crypt"
	check "takes a file system" mkfs.ext4 -q -L kept "$loop"
	detach "$loop"
	check "and is given back" filterd umount "$tmp/v"
	again ;;
*)	check "after a boot it is mounted again" mounted "$keep/disk.img" \
		"$tmp/v" --key-file "$tmp/key"
	same "and its file system is there" \
		"$(blkid -p -o value -s LABEL "$tmp/v/disk.crypt")" kept
	;;
esac
