#!/bin/sh
# The same through varlinkctl of a newer systemd, which knows nothing of us but
# what the service says.
. "$(dirname "$0")/lib.sh"
needs root fuse jq
plan 12

control=/run/filterd/org.filterd.Manager
# call METHOD [PARAMETERS] [OPTION...]
call() {
	method=$1 parameters=${2:-'{}'}; shift; [ $# -eq 0 ] || shift
	trixie varlinkctl "$@" call $control "org.filterd.Manager.$method" \
		"$parameters"
}

check "varlinkctl starts the service" trixie varlinkctl info $control
says "it says what it is" 'org.filterd.Manager'
check "it lists its interfaces" trixie varlinkctl list-interfaces $control
says "ours is there" '^org.filterd.Manager$'
check "it describes it" trixie varlinkctl introspect $control \
	org.filterd.Manager
sed 's/\x1b\[[0-9;]*m//g' "$tmp/out" >"$tmp/described"
check "which varlinkctl holds for valid" sh -c \
	"trixie() { $(command -v chroot) /trixie \"\$@\"; }
	trixie varlinkctl validate-idl </dev/stdin <'$tmp/described'"
check "it is the file that is installed" test -s \
	/usr/local/share/varlink/org.filterd.Manager.varlink
check "Status" call Status '{}' --json=short
check "is JSON" jq -e '.service.pid > 0' "$tmp/out"

luks "$keep/disk.img" 40M
check "what is attached" filterctl attach --key-file "$tmp/key" \
	"$keep/disk.img"
call Status '{}' --json=short >"$tmp/out"
check "Status tells" jq -e '.attachments[0].volumes[0].name == "disk.crypt"' \
	"$tmp/out"
check "Detach" call Detach '{"name":"disk"}'
