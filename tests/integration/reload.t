#!/bin/sh
# A reload reads the configuration again, and touches no volume.
. "$(dirname "$0")/lib.sh"
needs root fuse
plan 14

volume=/run/filterd/media/disk/disk.crypt
luks "$keep/disk.img" 40M
check "a volume is attached" filterctl attach --key-file "$tmp/key" \
	"$keep/disk.img"
pid=$(unit MainPID)
# One reader has the volume open the whole time.
exec 5<$volume

mkdir -p /etc/filterd/filterd.conf.d
printf '[Service]\nLogLevel=warning\nColour=red\n' \
	>/etc/filterd/filterd.conf.d/local.conf
check "systemctl reload" systemctl reload filterd.service
has_level() {
	[ "$(filterctl log-level)" = "$1" ]
}
check "the new level counts" until_true has_level warning
same "the process is the same" "$(unit MainPID)" "$pid"
same "systemd sees it run" "$(until_true sh -c '[ "$(systemctl show -P \
	SubState filterd.service)" = running ]'; unit SubState)" running
check "the open volume is read" dd of=/dev/null bs=4096 count=1 <&5
is_warned() {
	journalctl -u filterd.service --no-pager | grep -q "$1"
}
check "a key that it does not know is warned of" until_true is_warned \
	'local.conf:3:1: warning: unknown key Colour='

printf '[Service]\nLogLevel=loud\n' >/etc/filterd/filterd.conf.d/local.conf
check "with a bad value" systemctl reload filterd.service
check "it is told" until_true is_warned 'LogLevel= expects err, warning'
check "and the preset counts" until_true has_level info

# A personality that comes is known from then on, one that goes is not.
mkdir -p /etc/filterd/personalities.d
printf '[Personality]\nModule=passthrough\n[Match]\nContentHint=Linux\n' \
	>/etc/filterd/personalities.d/mine.personality
before=$(filterctl status --json | jq .service.personalities)
check "with another personality" systemctl reload filterd.service
has_more() {
	[ "$(filterctl status --json | jq .service.personalities)" -eq \
		$((before + 1)) ]
}
check "it knows that too" until_true has_more
check "the open volume is still read" dd of=/dev/null bs=4096 count=1 <&5
exec 5<&-
check "and is detached" filterctl detach disk
