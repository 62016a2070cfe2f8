#!/bin/sh
# The main job: an Apple-mapped disk with an encrypted and a plain partition,
# ext4 on a loop device on the volume, everything back after a remount.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup mkfs.ext4
plan 26

disk=$tmp/disk.img dir=$tmp/volumes
check "an image with an Apple map" filterctl image create --size 64M \
	--scheme apple --partition 40M:luks:Secret \
	--partition rest:linux-data:Plain "$disk"
check "a LUKS2 volume" luks "$tmp/luks" 40M --type luks2
check "goes into partition 2" filterctl copy --in "$tmp/luks" "$disk:2"

check "the disk is mounted" mounted "$disk" "$dir" --key-file "$tmp/key"
says "the tree names the map" 'Apple'
says "the encrypted volume is told by its path" "$dir/disk2\.crypt"
says "the plain one too" "$dir/disk3"
check "the encrypted volume is a file" test -f "$dir/disk2.crypt"
check "what a filter stands on has none" test ! -e "$dir/disk2"
same "its mode keeps others out" "$(stat -c %a "$dir/disk2.crypt")" 600

attach "$dir/disk2.crypt"
check "mkfs.ext4 on a loop device" mkfs.ext4 -q "$loop"
mkdir "$tmp/mnt"
check "the file system mounts" mount "$loop" "$tmp/mnt"
on_exit "umount '$tmp/mnt'"
cp /bin/sh "$tmp/mnt/sh" && sync -f "$tmp/mnt/sh"
exits 5 "umount refuses while the loop device has the volume" \
	filterd umount "$dir"
says "and says who has it" "$loop"
check "the file is still served" cmp /bin/sh "$tmp/mnt/sh"
umount "$tmp/mnt" && detach "$loop"
check "umount" filterd umount "$dir"
check "nothing is left of the folder's volumes" test ! -e "$dir/disk2.crypt"
check "no mount is left" sh -c "! grep -q '$dir' /proc/self/mounts"

check "mounted again" mounted "$disk" "$dir" --key-file "$tmp/key"
attach "$dir/disk2.crypt"
check "the file system mounts again" mount "$loop" "$tmp/mnt"
check "the file is back" cmp /bin/sh "$tmp/mnt/sh"
umount "$tmp/mnt"
check "fsck finds nothing" fsck.ext4 -fn "$loop"
detach "$loop"
check "umount by the volume's path" filterd umount "$dir/disk2.crypt"

before=$(sum "$disk")
check "read-only" mounted "$disk" "$dir" -r --key-file "$tmp/key"
exits 1 "a read-only volume cannot be opened for writing" \
	dd if=/dev/null of="$dir/disk2.crypt" conv=notrunc
filterd umount "$dir" >/dev/null
same "and the disk is unchanged" "$(sum "$disk")" "$before"
