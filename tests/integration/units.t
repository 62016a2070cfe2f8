#!/bin/sh
# The units in a running system: who calls starts the service, systemd hears how
# it is, and starts it again when it dies or hangs.
. "$(dirname "$0")/lib.sh"
needs root fuse
plan 26

check "systemd takes the units as they are installed" \
	systemd-analyze verify --man=no filterd.service filterd.socket
same "without a word" "$(cat "$tmp/out" "$tmp/err")" ""
check "and grants the service little" \
	systemd-analyze security --threshold=40 --no-pager filterd.service

control=/run/filterd/org.filterd.Manager
check "after a boot the socket is there" test -S $control
same "for everybody" "$(stat -c %a $control)" 666
same "and the service is not" "$(unit ActiveState)" inactive
check "who calls starts it" filterctl status
same "it is ready when it answers" "$(unit SubState)" running
pid=$(unit MainPID)
says "it tells who it is" "pid $pid"
same "the socket is still systemd's" "$(systemctl is-active filterd.socket)" \
	active
exits 5 "a second one is refused" filterd serve
check "an ordinary user may look" setpriv --reuid 65534 --regid 65534 \
	--clear-groups filterctl status
exits 8 "and may not touch" setpriv --reuid 65534 --regid 65534 \
	--clear-groups filterctl attach /etc/hostname

# What the sandbox leaves it is enough.
luks "$keep/disk.img" 40M
mounted_volume=/run/filterd/media/disk/disk.crypt
check "it unlocks an image" filterctl attach --key-file "$tmp/key" \
	"$keep/disk.img"
check "whose volume the whole system sees" test -f $mounted_volume
check "and takes bytes" sh -c \
	"echo data | dd of=$mounted_volume conv=notrunc,fsync status=none"
same "which are there" "$(head -c 4 $mounted_volume)" data
check "it is detached" filterctl detach disk

# Restarted when it is killed; the socket never goes.
kill -9 "$pid"
is_another() {
	[ "$(unit SubState)" = running ] && [ "$(unit MainPID)" != "$pid" ]
}
check "killed, it is started again" until_true is_another
check "and answers" filterctl status

# A main thread that hangs is not heard of any more.
mkdir -p /run/systemd/system/filterd.service.d
printf '[Service]\nWatchdogSec=2s\n' \
	>/run/systemd/system/filterd.service.d/soon.conf
systemctl daemon-reload
check "restarted with a watchdog" systemctl restart filterd.service
pid=$(unit MainPID)
last=$(unit WatchdogTimestampMonotonic)
is_later() {
	[ "$(unit WatchdogTimestampMonotonic)" != "$last" ]
}
check "which hears of it" until_true is_later
last=$(unit WatchdogTimestampMonotonic)
check "again and again" until_true is_later
same "it is the same process" "$(unit MainPID)" "$pid"
kill -STOP "$pid"
check "one that hangs is ended, and another begins" until_true is_another
check "and answers" filterctl status
