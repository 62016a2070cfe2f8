#!/bin/sh
# The units that are installed: systemd takes them without a word, and grants
# the service no more than it needs.
. "$(dirname "$0")/lib.sh"
needs systemd-analyze
plan 7

units=$stage/lib/systemd/system
check "the service is installed" test -f "$units/filterd.service"
check "and its socket" test -f "$units/filterd.socket"

# The programs are not where they are to be yet.
for unit in service socket; do
	sed "s,=/.*/bin/,=$stage/bin/," "$units/filterd.$unit" \
		>"$tmp/filterd.$unit"
done
check "systemd takes them" systemd-analyze verify --man=no \
	"$tmp/filterd.service" "$tmp/filterd.socket"
same "without a word" "$(cat "$tmp/out" "$tmp/err")" ""
check "what an attacker could do with it is bounded" systemd-analyze \
	security --offline=yes --threshold=40 --no-pager \
	"$tmp/filterd.service"

# Any of these gives it a mount namespace of its own, and nobody would see the
# volumes.
same "the volumes stay visible" "$(grep -E \
	'^(Private(Mounts|Tmp|Devices|IPC)|Protect(System|Home|Proc|Kernel.*|ControlGroups)|.*Paths|BindPaths|TemporaryFileSystem|Root.*)=' \
	"$units/filterd.service")" ""
# Else it would be stopped before the file systems that stand on it.
same "it ends last" "$(grep -c -E \
	'^(DefaultDependencies=no|Before=umount.target|Before=local-fs-pre.target)' \
	"$units/filterd.service")" 3
