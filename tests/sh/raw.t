#!/bin/sh
# A medium as it is, below the filter that stands on it: a reader goes beside
# the filter, a writer takes an idle one down and brings it back, a busy one
# stays; the rules of who may open what beside whom.
. "$(dirname "$0")/lib.sh"
needs root fuse loop jq
alone
plan 44

mkdir "$tmp/p"
printf '[Personality]\nModule=passthrough\n[Match]\nContentHint=My_Content\n' \
	>"$tmp/p/my.personality"
filterctl image create --megabytes 8 --partition-type My_Content \
	"$tmp/disk.img" >/dev/null
media=/run/filterd/media/disk
stands() {
	filterctl tree --json class:passthrough | jq '.entries | length'
}

check "the service" serve -p "$tmp/p"
check "a filter by its content hint" filterctl attach "$tmp/disk.img"
same "stands" "$(stands)" 1
volume=$media/disk2.passthrough

# Read.
echo marker >"$tmp/marker"
dd if="$tmp/marker" of="$volume" conv=notrunc,fsync status=none
check "a reader goes beside it" filterctl open disk2 -- head -c 6
says "and reads what is below" '^marker'
same "the filter has stayed" "$(stands)" 1
exits 3 "he ends as his command does" filterctl open disk2 -- sh -c 'exit 3'
exits 127 "or as what there is not" filterctl open disk2 -- /none
check "he cannot write" sh -c "! filterctl open disk2 -- \
	dd if=/dev/zero bs=512 count=1 conv=notrunc status=none of={}"
same "his file goes with him" "$(ls "$media" | grep -c raw)" 0

# Write.
exec 7<"$volume"
exits 5 "a writer waits for who uses the filter" \
	filterctl open --write disk2 -- true
says "and is told who it is" "pid $$"
exec 7<&-
filterctl open --write disk2 -- sh -c 'echo "$0" >"$1/path"
	filterctl tree --json class:passthrough >"$1/tree"
	filterctl holders disk2 >"$1/holders"
	mke2fs -q "$0"' {} "$tmp"
same "then he may" $? 0
same "on the medium's own file" "$(cat "$tmp/path")" "$media/disk2"
same "the filter was down meanwhile" "$(jq '.entries | length' "$tmp/tree")" 0
check "and he is told of as its user" grep -q '^disk2 *write *pid' "$tmp/holders"
same "it stands again" "$(stands)" 1
check "over what was written" e2fsck -fn "$volume"
check "whose file is gone again" test ! -e "$media/disk2"

# One plain writer; readers beside him; exclusive is alone.
exits 5 "no second writer" filterctl open -w disk2 -- \
	sh -c "filterctl open -w disk2 -- true; exit \$?" {}
says "and he is told whom he meets" 'is open by process'
check "two who share" filterctl open -w --shared disk2 -- \
	sh -c "filterctl open -w --shared disk2 -- true" {}
exits 5 "nobody beside an exclusive one" filterctl open --exclusive disk2 -- \
	sh -c "filterctl open disk2 -- true" {}
exits 5 "the source stays while somebody has it" filterctl open disk2 -- \
	sh -c "filterctl detach disk" {}
exits 2 "shared or exclusive" filterctl open --shared --exclusive disk2 -- true
exits 4 "a medium that there is not" filterctl open none -- true
exits 2 "no command" filterctl open disk2

check "a writer beside who reads already" filterctl open disk2 -- \
	sh -c "timeout 300 filterctl open -w disk2 -- true"
same "and the filter stands again" "$(stands)" 1

# Of two who share, the one who stays keeps the medium.
mkfifo "$tmp/first" "$tmp/second"
filterctl open -w --shared disk2 -- sh -c 'read x <"$1/first"' {} "$tmp" &
one=$!
exec 8>"$tmp/first"
filterctl open -w --shared disk2 -- sh -c 'read x <"$1/second"
	filterctl rescan disk; dd if="$0" bs=512 count=1 of="$1/sector"' \
	{} "$tmp" 2>"$tmp/err" &
two=$!
exec 9>"$tmp/second"
echo >&8
wait "$one"
echo >&9
wait "$two"
same "the second of two who share has it" "$?" 0
check "and it is the medium" cmp -n 512 "$tmp/sector" "$volume"

# Nobody loses what he has open to who writes below.
exits 5 "no writer below a writer" filterctl open -w disk2 -- \
	sh -c "filterctl open -w disk -- true"
says "and he is told of both" "'disk2', which stands on 'disk', is open"
exits 5 "nor below a reader" filterctl open disk2 -- \
	sh -c "filterctl open -w disk -- true"

# By force, a reader loses what he has open.
filterctl open disk2 -- sh -c 'exec 8<"$0"; echo >"$1/open"
	read x <"$1/first"; dd bs=512 count=1 of=/dev/null <&8' {} "$tmp" \
	2>"$tmp/reader" &
reader=$!
exec 8>"$tmp/first"
until [ -s "$tmp/open" ]; do sleep 0.05; done
check "a reader does not stop who detaches by force" \
	timeout 300 filterctl detach --force disk
echo >&8
wait "$reader"
[ $? -ne 0 ]
result $? "he ends"
check "and can read no more" grep -q 'error reading\|failed to' "$tmp/reader"

# Of a disk, what is not attached is nobody's to write.
check "one partition" filterctl attach "$tmp/disk.img:2"
exits 8 "the disk is not opened with it" filterctl open -w disk -- true
says "and is told what is" "only 'disk2' of it is"
filterctl detach disk
filterctl attach "$tmp/disk.img" >/dev/null

# Whoever dies has left.
filterctl open --write disk2 -- sh -c 'echo $$ >"$1/there"; exec sleep 1000' \
	{} "$tmp" &
pid=$!
until [ -s "$tmp/there" ]; do sleep 0.05; done
kill -9 $pid
kill "$(cat "$tmp/there")"
until [ "$(stands)" -eq 1 ]; do sleep 0.05; done
check "a writer who was killed is gone" filterctl detach disk

# A read-only source has no writers.
check "read-only" filterctl attach -r "$tmp/disk.img"
exits 8 "is not written" filterctl open --write disk2 -- true
check "the end" served
