#!/bin/sh
# Personalities that come, change and go while disks are attached: who fits is
# started at once, who stands stays, and what is open is left alone.
. "$(dirname "$0")/lib.sh"
needs root fuse loop jq mke2fs
alone
plan 38

p=$tmp/p media=/run/filterd/media
mkdir "$p"

# personality NAME LINE...: a passthrough with these lines of [Match].
personality() {
	name=$1; shift
	printf '[Personality]\nModule=passthrough\n[Match]\n' >"$tmp/new"
	printf '%s\n' "$@" >>"$tmp/new"
	mv "$tmp/new" "$p/$name.personality"
}

# volumes SOURCE: the files that it has.
volumes() {
	find "$media/$1" -maxdepth 1 -type f -name '[a-z]*' -printf '%f ' |
		tr ' ' '\n' | sort | tr '\n' ' '
}

# soon COMMAND...: waits until it succeeds.
soon() {
	for i in $(seq 1200); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}

# outcome NAME PERSONALITY: how far it got on that medium.
outcome() {
	filterctl explain --json "$1" "$2" |
		jq -r ".media[] | select(.name == \"$1\") | .outcomes[].step"
}

filterctl image create --size 64M --scheme apple --partition 16M:Apple_HFS \
	--partition 20M:Linux "$tmp/disk.img" >/dev/null
check "a service" serve -p "$p"
check "a disk" filterctl attach "$tmp/disk.img"
same "with two volumes" "$(volumes disk | sed 's/disk1 //')" "disk2 disk3 "
mke2fs -q -L mine "$media/disk/disk3"
sum=$(sum "$media/disk/disk3")

personality linux ContentHint=Linux
check "a personality comes" filterctl reload
same "its filter stands there" "$(volumes disk | sed 's/disk1 //')" \
	"disk2 disk3.passthrough "
same "on the same bytes" "$(sum "$media/disk/disk3.passthrough")" "$sum"
same "explain tells it of the live medium" "$(outcome disk3 linux)" running
check "and in the log stands why" grep -q 'the catalogue has changed' \
	"$tmp/service.log"

personality better ContentHint=Linux ProbeScore=5000
check "a better one comes" filterctl reload
same "who stands stays" "$(volumes disk | sed 's/disk1 //')" \
	"disk2 disk3.passthrough "
same "and holds the category" "$(outcome disk3 better)" category

exec 7<"$media/disk/disk2"
personality apple ContentHint=Apple_HFS
check "one for what is open" filterctl reload
same "leaves it alone" "$(volumes disk | sed 's/disk1 //')" \
	"disk2 disk3.passthrough "
check "and says so" grep -q "'disk2' is not matched once more: .*pid $$" \
	"$tmp/service.log"
exec 7<&-
check "when it is closed" filterctl match
same "it is matched" "$(volumes disk | sed 's/disk1 //')" \
	"disk2.passthrough disk3.passthrough "

exits 5 "in use the filter stays" filterctl unload passthrough
says "and who stands by it is told" "'disk[23]\\.passthrough' stands by it"
check "its personalities can go" \
	filterctl unload --personalities passthrough
same "and take nothing down" "$(volumes disk | sed 's/disk1 //')" \
	"disk2.passthrough disk3.passthrough "
check "another disk" sh -c "cp '$tmp/disk.img' '$tmp/next.img' &&
	filterctl attach '$tmp/next.img'"
same "is as if there were none" "$(volumes next | sed 's/next1 //')" \
	"next2 next3 "
check "until they count again" filterctl load passthrough
same "there too" "$(volumes next | sed 's/next1 //')" \
	"next2.passthrough next3.passthrough "
check "all is let go" sh -c "filterctl detach disk && filterctl detach next"
check "idle it can be unloaded" filterctl unload passthrough
same "and is" "$(filterctl list-modules --json | jq '.modules | length')" 0
rm "$p"/*
check "loaded again, without a personality" filterctl load passthrough

# Nobody needs to say that a file has changed.
check "a disk with a label" filterctl attach "$tmp/disk.img"
check "is found by it" test -e "$media/disk/by-label/mine"
personality linux ContentHint=Linux
check "a file is noticed" soon test -f "$media/disk/disk3.passthrough"
same "the label leads to the new volume" \
	"$(readlink "$media/disk/by-label/mine")" ../disk3.passthrough
filterctl detach disk

# What starts only when something else is there.
personality linux ContentHint=Linux ResourceMatch=key-server
filterctl reload
filterctl attach "$tmp/disk.img" >/dev/null
same "it matches, and waits" "$(outcome disk3 linux)" waiting
filterctl explain disk3 linux >"$tmp/out"
says "explain says for what" 'waits for key-server: "filterctl publish"'
same "meanwhile the medium is as it is" \
	"$(volumes disk | sed 's/disk1 //')" "disk2 disk3 "
check "that comes" filterctl publish key-server
same "and it starts" "$(volumes disk | sed 's/disk1 //')" \
	"disk2 disk3.passthrough "
served
check "all ends well" test $? -eq 0
