#!/bin/sh
# The control sockets under abuse: meanwhile others are answered, and the
# process does not grow.
#
# The limits are a second for an answer, and 16 MiB.  On an idle machine the
# slowest answers take a tenth of that second; where processes that only spin
# keep us waiting, ten times what they cost is added to it.
. "$(dirname "$0")/lib.sh"
needs root fuse
alone
abuse=$top_builddir/tests/torture/abuse

# methods INTERFACE: all that its description names; of -, what all servers have.
methods() {
	[ "$1" = - ] ||
	sed -n "s/^method \([A-Za-z]*\).*/$1.\1/p" "$top_srcdir/packaging/$1.varlink"
	echo org.varlink.service.GetInfo
	echo org.varlink.service.GetInterfaceDescription
	echo org.varlink.service.None
}

# judge WHO UID: each way as abuse measured it.  One's own flood may wash away
# one's own connections, a few; nobody else's does.
judge() {
	spun=
	while read -r way answered unanswered slowest growth; do
		limit=$((1000 + ${spun:=$slowest} * 10))
		few=0
		[ "$2" -ne 0 ] || few=$((answered / 10))
		[ "$answered" -gt 0 ] && [ "$unanswered" -le "$few" ] &&
			[ "$slowest" -le "$limit" ] && [ "$growth" -le 16384 ]
		result $? "$1: $way"
		echo "# $answered answers, $unanswered missing, the slowest" \
			"after $slowest ms, $growth KiB more"
	done <"$tmp/measured"
}

# abused WHO SOCKET PID UID INTERFACE: 11 checks.
abused() {
	methods "$5" | "$abuse" "$2" "$3" 1000 "$4" >"$tmp/measured" \
		2>"$tmp/err"
	result $? "$1: all ways were tried"
	judge "$1" "$4"
}

plan 36
filterctl image create --size 8M --scheme gpt --partition rest:linux-data \
	"$tmp/vault.img" >"$tmp/out" 2>&1
mkdir "$tmp/v"
mounted "$tmp/vault.img" "$tmp/v"
exec 9<"$tmp/v/vault1"		# or its owner would have detached it
pid=$(fuser_pid "$tmp/v")
abused "a mount, by its owner" "$tmp/v/.control" "$pid" 0 org.filterd.Mount
# The last Detach may still be under way, and is refused in the end.
for i in $(seq 600); do
	run filterctl explain "$tmp/v" && break
	sleep 0.1
done
result "$status" "and it goes on"
exec 9<&-

# The service: everybody may connect to it.
check "the service starts" serve
abused "the service, by a stranger" /run/filterd/org.filterd.Manager \
	"$service" 4241 org.filterd.Manager
abused "the service, by root" /run/filterd/org.filterd.Manager \
	"$service" 0 -
check "and it goes on, too" filterctl status
