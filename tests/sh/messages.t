#!/bin/sh
# Control messages: to a filter that runs, and from it.
. "$(dirname "$0")/lib.sh"
needs root fuse jq
alone
plan 26

serve
truncate -s 4M "$tmp/disk.img" "$tmp/clear.img"
filterctl attach --filter fault "$tmp/disk.img" >/dev/null
filterctl attach --filter passthrough "$tmp/clear.img" >/dev/null
read_it() {
	dd if=/run/filterd/media/disk/disk.fault of=/dev/null bs=4096 \
		count=1 iflag=direct status=none
}

check "those that take messages are listed" filterctl ctl list
same "and no others" "$(sed 1d "$tmp/out" | tr -d ' ')" disk.faultfault

# One message, one answer.
check "a message fails the next read" filterctl ctl set disk.fault 0 --hex \
	1c000000
run read_it
says "with the error it names" 'No space left'
check "and no other" read_it
check "a question is answered" filterctl ctl get disk.fault 5
same "with five numbers of 64 bits" "$(filterctl ctl get disk.fault 5 --raw |
	wc -c)" 40
exits 1 "a small buffer" filterctl ctl get disk.fault 5 --size 8
says "hears what is needed" 'has 40 bytes'
exits 9 "a code that there is not" filterctl ctl get disk.fault 99
exits 4 "a filter that there is not" filterctl ctl get nothing 0
exits 9 "one without messages" filterctl ctl get clear.passthrough 0
exits 2 "no number" filterctl ctl get disk.fault five

# A connection that lasts.
mkfifo "$tmp/pipe"
filterctl ctl talk --hex disk.fault <"$tmp/pipe" >"$tmp/talk" 2>&1 &
talk=$!
exec 7>"$tmp/pipe"

# heard PATTERN: as soon as it has.
heard() {
	for i in $(seq 1200); do
		grep -q "$1" "$tmp/talk" && return 0
		sleep 0.05
	done
	sed 's/^/# /' "$tmp/talk"
	return 1
}

echo 5 >&7
check "it answers too" heard '^answer: [0-9a-f]\{80\}$'
check "who is connected is seen" sh -c "filterctl ctl list |
	grep -q connected"
exits 5 "it cannot be detached" filterctl detach disk
says "and who is connected is said" "process $talk "
check "nothing was changed" read_it
echo "0 1c000000" >&7
check "a message on it" heard '^answer: $'
run read_it
check "what fails is told unasked" heard \
	'^message: 000000001c000000000000000000000000'
echo 99 >&7
check "one that is refused does not end it" heard '^error: .*not supported'
exec 7>&-
check "the end of the input does" wait "$talk"
until ! filterctl ctl list | grep -q connected; do sleep 0.05; done

# Who is gone before the filter has answered is no client of it.
check "callers that hang up at once" "$top_builddir/tests/torture/hangup" \
	/run/filterd/org.filterd.Manager org.filterd.Manager.Talk \
	'{"name":"disk.fault"}' 100
for i in $(seq 600); do
	filterctl ctl list | grep -q connected || break
	sleep 0.05
done
check "are not connected" sh -c "! filterctl ctl list | grep -q connected"
check "then it can be detached" filterctl detach disk

# A volume that goes by force ends the talk; whoever talks hears of it.
filterctl detach clear 2>/dev/null
check "the service ends" served
