#!/bin/sh
# filterctl doctor: says what works here, what does not, and what to do.
. "$(dirname "$0")/lib.sh"
needs root fuse loop jq unshare setpriv
alone
plan 27

# finding STATE NAME: the last answer has one.
finding() {
	jq -e --arg state "$1" --arg name "$2" '[.findings[] |
		select(.state == $state and .name == $name)] | length > 0' \
		"$tmp/out"
}

check "as root, all is well" filterctl doctor --json
cp "$tmp/out" "$tmp/root"
for name in kernel fuse loop helper sandbox memory speed filters \
	libraries personalities service; do
	cp "$tmp/root" "$tmp/out"
	[ -n "$(jq -r --arg name $name '.findings[] | select(.name == $name) |
		.text' "$tmp/out")" ]
	result $? "$name was looked at"
done
same "each filter is one of its own" "$(jq -r '.findings[] |
	select(.name == "filters") | .text' "$tmp/root" | cut -d' ' -f1 |
	sort | tr '\n' ' ')" \
	"$(filterctl list-filters --json | jq -r '.filters[] |
		select(.kind == "filter") | .name' | sort | tr '\n' ' ')"
check "the ciphers have a speed" jq -e '[.findings[] |
	select(.name == "speed") | .text | capture("encrypts (?<n>[0-9]+)").n |
	tonumber | . > 0] | length >= 3 and all' "$tmp/root"
check "for people" filterctl doctor
says "a line each" '^ok +fuse +a volume was mounted'
check "nothing is left in /tmp" sh -c \
	'! ls -d /tmp/filterd-doctor.* && ! losetup -n -O BACK-FILE |
		grep filterd-doctor'

exits 1 "without /dev/fuse" bare filterctl doctor
says "that fails" '^fail +fuse .*/dev/fuse'
says "with what to add" 'fix: .*--device /dev/fuse'

# What an administrator and a builder of filters get wrong.
mkdir "$tmp/modules" && echo rubbish >"$tmp/modules/rubbish.so"
exits 1 "a filter that cannot be loaded" \
	filterctl doctor --json --module-dir "$tmp/modules"
check "is told" finding fail filters

# A user: may not use loop devices, and has little memory to lock.
run setpriv --reuid 65534 --regid 65534 --clear-groups sh -c \
	"ulimit -l 0; exec filterctl doctor --json"
check "who may lock nothing is warned" finding warn memory
check "and who may use no loop device, where there is a volume" jq -e \
	'[.findings[] | select(.name == "loop" or .name == "fuse") | .state] |
	. == ["ok", "warn"] or . == ["fail"]' "$tmp/out"

run filterctl doctor --json
check "a service that does not run is told of" finding warn service
serve
run filterctl doctor --json
check "and one that does" finding ok service
served
run filterctl doctor --json
check "has ended" finding warn service
