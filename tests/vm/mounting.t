#!/bin/sh
# A disk with LUKS, up to its mounted file system and back: udev names the loop
# device, a line in fstab with the disk's node works, and dm-crypt finds what was
# written.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup mkfs.ext4 findmnt udevadm
plan 16

key="--key-file $tmp/key" mnt=$tmp/mnt
mkdir "$mnt"
modprobe -a loop fuse dm-crypt
systemctl start filterd.socket
disk=$(disk scsi)
cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 \
	--pbkdf-force-iterations 1000 --key-file "$tmp/key" "$disk"
volume=${disk#/dev/}.crypt link=/dev/disk/by-filterd/${disk#/dev/}.crypt

check "attached, with a loop device" filterctl attach --loop $key "$disk"
loop=$(sed -n 's/.*  \(\/dev\/loop[0-9]*\)$/\1/p' "$tmp/out")
check "which is told" test -b "$loop"
check "udev gives it the volume's name" until_true test "$link" -ef "$loop"
check "a file system by that name" mkfs.ext4 -q "$link"
# udev looks at what mkfs wrote, and has the device open meanwhile.
udevadm settle
check "detached" filterctl detach "$volume"
check "the name is gone" until_true test ! -e "$link"

echo "$disk $mnt filterd key-file=$tmp/key,noauto,noatime 0 0" >>/etc/fstab
on_exit "sed -i '/ filterd /d' /etc/fstab; systemctl daemon-reload"
systemctl daemon-reload
check "a line in fstab with the disk's node" mount "$mnt"
same "its file system" "$(findmnt -n -o FSTYPE "$mnt")" ext4
check "its device has the name too" until_true test "$link" -ef \
	"$(findmnt -n -o SOURCE "$mnt")"
echo written >"$mnt/file"
exits 5 "the disk is held" filterctl detach "$disk"
check "filterctl umount" filterctl umount "$mnt"
says "gives it back" 'safe to remove'
check "to whoever wants it" cryptsetup open $key "$disk" vm
on_exit "cryptsetup close vm"
check "dm-crypt mounts the file system" mount /dev/mapper/vm "$mnt"
same "with what was written" "$(cat "$mnt/file")" written
check "and lets go" sh -c "umount '$mnt' && cryptsetup close vm"
