#!/bin/sh
# filterctl mount and umount: from a disk to a mounted file system and back, in
# one step each; what fails on the way leaves nothing behind.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup mkfs.ext4 mount umount jq sfdisk
alone
plan 61

key="--key-file $tmp/key"
media=/run/filterd/media
mnt=$tmp/mnt
mkdir "$mnt" "$tmp/other"
on_exit "umount '$mnt'; umount '$tmp/other'"

# attached: the names of what is.
attached() {
	filterctl status --json | jq -r '.attachments[].name' | tr '\n' ' '
}

# left NAME: waits until the service has detached it.
left() {
	for i in $(seq 600); do
		case " $(attached)" in *" $1 "*) sleep 0.1 ;; *) return 0 ;; esac
	done
	return 1
}

# loops: how many there are on volumes.
loops() {
	losetup -n -O BACK-FILE | grep -c "^$media/"
}

luks "$tmp/vault.img" 64M --type luks2 --sector-size 4096
filterctl copy $key "$tmp/vault.img" "$tmp/plain" 2>/dev/null
mkfs.ext4 -q -F -b 4096 "$tmp/plain" &&
	filterctl copy $key --in "$tmp/plain" "$tmp/vault.img" 2>/dev/null

truncate -s 20M "$tmp/small" && mkfs.ext4 -q -F -b 1024 "$tmp/small"

exits 1 "without the service" filterctl mount $key "$tmp/vault.img" "$mnt"
says "it is said how to start it" 'filterd serve'
exits 1 "nor is anything unmounted" filterctl umount "$mnt"
check "the service" serve

check "mounted" filterctl mount $key --json "$tmp/vault.img" "$mnt"
loop=$(jq -r .loop "$tmp/out")
check "it is told what and where" jq -e --arg dir "$mnt" '
	[.volume, .dir, .path] == ["vault.crypt", $dir,
	"/run/filterd/media/vault/vault.crypt"]' "$tmp/out"
same "from a loop device" "$(findmnt -n -o SOURCE "$mnt")" "$loop"
same "with the sectors of the volume" "$(blockdev --getss "$loop")" 4096
same "and the file system that there is" "$(findmnt -n -o FSTYPE "$mnt")" ext4
cp /bin/sh "$mnt/sh"
exits 5 "in use, it is not detached" filterctl detach vault
says "and by what is told" "mounted on $mnt"
exec 3<"$mnt/sh"
exits 5 "nor unmounted while a file is open" filterctl umount "$mnt"
says "and it is said how to find out by whom" 'fuser'
same "nothing has changed" "$(findmnt -n -o SOURCE "$mnt")" "$loop"
exec 3<&-
check "unmounted by its directory" filterctl umount "$mnt"
says "the disk may go" 'safe to remove'
same "nothing is mounted" "$(findmnt -n "$mnt")" ""
same "nothing is attached" "$(attached)" ""
same "no loop device is left" "$(loops)" 0
check "what was written is there" sh -c "filterctl copy $key \
	'$tmp/vault.img' '$tmp/after' && e2fsck -fn '$tmp/after'"

# Blocks that are smaller than the volume's sectors.
filterctl copy --in "$tmp/small" $key "$tmp/vault.img" 2>/dev/null
check "one with smaller blocks is mounted too" \
	filterctl mount $key "$tmp/vault.img" "$mnt"
same "from smaller sectors" "$(blockdev --getss \
	"$(findmnt -n -o SOURCE "$mnt")")" 512
filterctl umount "$mnt" 2>/dev/null
filterctl copy $key --in "$tmp/after" "$tmp/vault.img" 2>/dev/null

# By umount(8) alone, which knows nothing of us.
check "mounted again" filterctl mount $key "$tmp/vault.img" "$mnt"
check "the file is there" cmp "$mnt/sh" /bin/sh
umount "$mnt"
check "its last close detaches it" left vault
same "with no loop device left" "$(loops)" 0

# What was attached before stays.
cd "$tmp" || exit 99
check "attached by hand" filterctl attach $key vault.img
check "mounted from there" filterctl mount vault.img "$mnt"
umount "$mnt"
check "and not, it is still attached" test -f "$media/vault/vault.crypt"
check "mounted read-only, by a volume" \
	filterctl mount -r vault.crypt "$mnt"
same "it is" "$(findmnt -n -o OPTIONS "$mnt" | cut -d, -f1)" ro
check "a volume is unmounted, all is given back" filterctl umount vault.crypt
same "nothing is attached now" "$(attached)" ""
cd / || exit 99

# Options of the file system, and failures half-way.
check "a type and options" filterctl mount $key -t ext4 \
	-o noatime,nodev "$tmp/vault.img" "$mnt"
same "reach it" "$(findmnt -n -o OPTIONS "$mnt" | tr , '\n' |
	grep -c -e '^noatime$' -e '^nodev$')" 2
check "unmounted by its source" filterctl umount "$tmp/vault.img"
exits 1 "a type that there is not" filterctl mount $key -t weird \
	"$tmp/vault.img" "$mnt"
check "leaves nothing attached" left vault
same "and no loop device" "$(loops)" 0
exits 6 "a wrong key" sh -c "echo wrong |
	filterctl mount --key-file - '$tmp/vault.img' '$mnt'"
same "neither" "$(attached)" ""
exits 4 "a directory that is not there" \
	filterctl mount $key "$tmp/vault.img" "$tmp/nowhere"
exits 4 "a source that is not" filterctl mount "$tmp/none.img" "$mnt"
exits 4 "what is not mounted" filterctl umount "$mnt"
exits 2 "a word too few" filterctl mount "$tmp/vault.img"
exits 8 "a user may not" setpriv --reuid 65534 --clear-groups \
	"$(command -v filterctl)" mount "$tmp/vault.img" /tmp
truncate -s 8M "$tmp/foreign"; mkfs.ext4 -q -F "$tmp/foreign"
mount -o loop "$tmp/foreign" "$tmp/other"
exits 4 "what others have mounted is left alone" \
	filterctl umount "$tmp/other"
says "and to whom" 'umount\(8\)'
check "it is" findmnt -n "$tmp/other"
umount "$tmp/other"

# Several volumes: one is meant, or named.
filterctl image create --size 96M --scheme gpt --partition 30M:linux-data \
	--partition 30M:linux-data --partition rest:linux-data \
	"$tmp/disk.img" 2>/dev/null
truncate -s 30M "$tmp/fs"; mkfs.ext4 -q -F "$tmp/fs"
filterctl copy --in "$tmp/fs" "$tmp/disk.img:2" 2>/dev/null
check "the one with a file system is meant" \
	filterctl mount "$tmp/disk.img" "$mnt"
same "it is" "$(losetup -n -O BACK-FILE "$(findmnt -n -o SOURCE "$mnt")")" \
	"$media/disk/disk2"
filterctl umount "$mnt" 2>/dev/null
filterctl copy --in "$tmp/fs" "$tmp/disk.img:3" 2>/dev/null
exits 2 "of two it must be named" filterctl mount "$tmp/disk.img" "$mnt"
says "from these" 'disk2 \(ext4, 30 MiB\), disk3 \(ext4'
check "nothing stays attached" left disk
check "one by its name" filterctl mount --volume disk3 "$tmp/disk.img" "$mnt"
check "and the other" filterctl mount --volume disk2 "$tmp/disk.img" \
	"$tmp/other"
check "one is unmounted" filterctl umount "$mnt"
says "the disk stays, for the other" 'stays attached'
same "which is" "$(attached)" "disk "
umount "$tmp/other"
check "until that is unmounted too" left disk
served
same "the service ends well" $? 0
