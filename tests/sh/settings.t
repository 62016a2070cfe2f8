#!/bin/sh
# Settings of a filter that runs: seen by everybody, changed while it is in use.
. "$(dirname "$0")/lib.sh"
needs root fuse jq
alone
plan 29

volume=/run/filterd/media/disk/disk.fault
read_it() {
	dd if="$volume" of=/dev/null bs=4096 count=1 iflag=direct status=none
}

exits 1 "nobody answers" filterctl get disk.fault
says "and how to start it is said" 'filterd serve'
serve
truncate -s 4M "$tmp/disk.img"
filterctl attach --filter fault,probe-score=0 "$tmp/disk.img" >/dev/null

# Seen.
check "all are shown" filterctl get disk.fault
says "with what can be changed" '^read-error +none +choice +live'
says "and what cannot" '^start-error +none +choice +the error'
check "one alone" filterctl get disk.fault delay-ops
same "by its value" "$(cat "$tmp/out")" all
exits 4 "one that there is not" filterctl get disk.fault delay-opts
same "by its source, if it has one filter" \
	"$(filterctl get disk error-every)" 1
same "by its file" "$(filterctl get "$volume" error-every)" 1
same "by its filter" "$(filterctl get class:fault error-every)" 1
id=$(filterctl tree --json class:fault | jq -r '.entries[0].id')
same "by its number" "$(filterctl get "id:$id" error-every)" 1
exits 4 "by none of them" filterctl get disk.crypt
exits 2 "by nothing" filterctl get

# Changed, and that counts at once, for who has it open too.
exec 7<"$volume"
check "it reads" read_it
check "two are changed" filterctl set disk.fault read-error=ENODATA \
	error-offset=0
says "from what they were" '^read-error: none -> ENODATA$'
exits 1 "it does not" read_it
same "what was set is what is seen" \
	"$(filterctl get disk.fault read-error)" ENODATA
check "and back" filterctl set disk.fault read-error=none
check "it reads again" dd of=/dev/null bs=4096 count=1 status=none <&7
exec 7<&-

# Refused, and nothing changes.
exits 2 "a value that cannot be" filterctl set disk.fault read-error=EWRONG
says "with those that can" 'EIO'
exits 2 "a setting that there is not" filterctl set disk.fault reed-error=EIO
says "with what was meant" "did you mean 'read-error'"
exits 9 "one that must be set before" filterctl set disk.fault start-error=EIO
exits 2 "a word that is no setting" filterctl set disk.fault read-error
same "nothing was changed" "$(filterctl get disk.fault read-error)" none

# A filter that hangs can be let go: what is asked does not wait for it.
filterctl set disk.fault hang=yes >/dev/null
read_it &
reader=$!
until filterctl stats disk.fault --json | jq -e '.levels[] |
	select(.level == "filter") | .figures[] |
	select(.key == "hanging_count").value == 1' >/dev/null; do
	sleep 0.05
done
filterctl set disk.fault hang=no >/dev/null
check "a request that hung ends" wait "$reader"
filterctl detach disk 2>/dev/null
served
