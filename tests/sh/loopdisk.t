#!/bin/sh
# The main job with a block device as the disk: a loop device, GPT and MBR.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup mkfs.ext4
plan 16

luks "$tmp/luks" 20M --type luks2
for scheme in gpt mbr; do
	check "$scheme: an image" filterctl image create --size 40M \
		--scheme $scheme --partition 8M:linux-data \
		--partition rest:luks "$tmp/$scheme.img"
	filterctl copy --in "$tmp/luks" "$tmp/$scheme.img:2" >/dev/null 2>&1
	attach "$tmp/$scheme.img"
	disk=$loop name=${loop#/dev/}
	check "$scheme: mounted" mounted "$disk" "$tmp/v" --key-file "$tmp/key"
	volume=$(find "$tmp/v" -name "$name*2.crypt")
	check "$scheme: the encrypted volume has a file" test -f "$volume"
	check "$scheme: the plain partition of a kernel device has none" \
		test ! -e "$tmp/v/${name}p1"
	exits 5 "$scheme: it is claimed" \
		filterd mount --background "$disk" "$tmp/w" --key-file "$tmp/key"
	attach "$volume"
	check "$scheme: mkfs" mkfs.ext4 -q "$loop"
	detach "$loop"
	check "$scheme: umount" filterd umount "$tmp/v"
	check "$scheme: the device is free again" \
		sh -c "exec 3<>'$disk' && blockdev --flushbufs '$disk'"
	detach "$disk"
done
