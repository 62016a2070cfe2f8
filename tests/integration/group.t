#!/bin/sh
# Group= of filterd.conf: its members do what root may, and nobody else.
. "$(dirname "$0")/lib.sh"
needs root fuse
plan 7

mkdir -p /etc/filterd
printf '[Service]\nGroup=disk\n' >/etc/filterd/filterd.conf
disk=$(getent group disk | cut -d: -f3)
# His own image: the group is what lets him use it.
luks "$keep/disk.img" 40M
chown 1234 "$keep/disk.img"
cp "$tmp/key" "$keep/key" && chown 1234 "$keep/key"

# as GROUPS COMMAND...: a user with that supplementary group, or "none".
as() {
	case $1 in
	none)	groups=--clear-groups ;;
	*)	groups="--groups $1" ;;
	esac
	shift
	setpriv --reuid 1234 --regid 1234 $groups "$@"
}

exits 8 "a stranger cannot attach" as none filterctl attach \
	"$keep/disk.img"
check "a member of the group can" as "$disk" filterctl attach \
	--key-file "$keep/key" "$keep/disk.img"
check "its volume is there" test -f /run/filterd/media/disk/disk.crypt
check "a stranger sees that it is" as none filterctl status
says "by its name" disk.crypt
exits 8 "and cannot detach it" as none filterctl detach disk
check "the member can" as "$disk" filterctl detach disk
