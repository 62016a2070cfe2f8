#!/bin/sh
# mount.filterd, as mount(8) runs it: by type, and for a line in fstab.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup mkfs.ext4 mount findmnt jq
alone
plan 26

# mount(8) looks for helpers in /sbin alone: there is one more, for us.
helpers=$(realpath /sbin)
mkdir "$tmp/real" "$tmp/sbin" "$tmp/mnt"
mount --bind "$helpers" "$tmp/real" && cp -as "$tmp/real/." "$tmp/sbin" &&
	ln -sf "$(find "${stage%/usr/local}" -name mount.filterd)" \
		"$tmp/sbin" &&
	mount --bind "$tmp/sbin" "$helpers" || exit 99
on_exit "umount '$helpers'; umount '$tmp/real'"
mnt=$tmp/mnt
on_exit "umount '$mnt'"

luks "$tmp/vault.img" 40M --type luks2
truncate -s 20M "$tmp/fs"; mkfs.ext4 -q -F "$tmp/fs"
filterctl copy --key-file "$tmp/key" --in "$tmp/fs" "$tmp/vault.img" \
	2>/dev/null
cat >"$tmp/fstab" <<END
$tmp/vault.img $mnt filterd fstype=ext4,key-file=$tmp/key,noauto,nofail,noatime,x-systemd.requires=filterd.socket 0 0
END

# attached: how many sources are.
attached() {
	filterctl status --json | jq '.attachments | length'
}

gone() {
	for i in $(seq 600); do
		[ "$(attached)" -gt 0 ] || return 0
		sleep 0.1
	done
	return 1
}

exits 32 "without the service" mount -T "$tmp/fstab" "$mnt"
says "it is said how to start it" 'filterd serve'
check "the service" serve
check "a line in fstab" mount -T "$tmp/fstab" "$mnt"
same "its file system" "$(findmnt -n -o FSTYPE "$mnt")" ext4
same "with its options" "$(findmnt -n -o OPTIONS "$mnt" | tr , '\n' |
	grep -c -e '^rw$' -e '^noatime$')" 2
echo kept >"$mnt/file"
check "umount" umount "$mnt"
check "detaches the disk" gone
check "findmnt can parse it" sh -c "findmnt --verify \
	--tab-file '$tmp/fstab' 2>&1 | grep -q '^0 parse errors'"

check "by type, read-only" mount -t filterd -o "ro,key-file=$tmp/key" \
	"$tmp/vault.img" "$mnt"
same "what was written is there" "$(cat "$mnt/file")" kept
same "read-only" "$(findmnt -n -o OPTIONS "$mnt" | cut -d, -f1)" ro
before=$(sum "$tmp/vault.img")
check "filterctl umount takes it down too" filterctl umount "$mnt"
same "and nothing was written" "$(sum "$tmp/vault.img")" "$before"
same "nothing is attached" "$(attached)" 0
check "only for show" mount -f -t filterd -o "key-file=$tmp/key" \
	"$tmp/vault.img" "$mnt"
same "nothing is mounted" "$(findmnt -n "$mnt")" ""

check "a filter with settings, in quotes" mount -t filterd \
	-o 'filter="fault,delay=1ms",fstype=ext4' "$tmp/fs" "$mnt"
same "stands below it" "$(filterctl status --json |
	jq -r '.attachments[0].volumes[0].filter')" fault
filterctl umount "$mnt" 2>/dev/null

exits 1 "a size that is none" mount -t filterd -o keyfile-size=many \
	"$tmp/vault.img" "$mnt"
exits 32 "a key that is not there" mount -t filterd \
	-o "key-file=$tmp/none" "$tmp/vault.img" "$mnt"
exits 32 "a wrong one" mount -t filterd -o "key-file=$tmp/fstab" \
	"$tmp/vault.img" "$mnt"
exits 32 "a file system that it is not" mount -t filterd \
	-o "key-file=$tmp/key,fstype=xfs" "$tmp/vault.img" "$mnt"
check "all leave nothing attached" gone
exits 1 "misused" mount.filterd "$tmp/vault.img"
says "it says who runs it" 'run by mount\(8\)'
