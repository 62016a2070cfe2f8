#!/bin/sh
# The service: sources come and go, each under a name of its own, and it says
# what it holds, in every state.
. "$(dirname "$0")/lib.sh"
needs root fuse loop jq
alone
plan 47

exits 1 "nobody answers" filterctl status
says "and how to start it is said" 'filterd serve'
check "the service starts" serve
check "and answers" filterctl status
says "it is there" 'nothing is attached'
exits 5 "a second one does not" filterd serve
says "and says why" 'runs already'
exits 2 "it takes no arguments" filterd serve disk.img

mkdir "$tmp/other"
filterctl image create --size 64M --scheme apple --partition 16M:Apple_HFS \
	--partition 20M:Linux "$tmp/disk.img" >/dev/null
cp "$tmp/disk.img" "$tmp/other/disk.img"
media=/run/filterd/media
check "a source is attached" filterctl attach "$tmp/disk.img"
same "its volumes are printed" "$(grep -v disk1 "$tmp/out")" \
	"$media/disk/disk2
$media/disk/disk3"
check "and are there" test -f "$media/disk/disk2"
cd "$tmp/other" || exit 99
check "another of its name, named from where we are" filterctl attach disk.img
says "has a name of its own" "^$media/disk~2/disk~2p2\$"
cd / || exit 99
exits 5 "one source once" filterctl attach "$tmp/disk.img"
says "with who tells where it is" 'hint: the service has it: "filterctl status"'
exits 4 "one that is not there" filterctl attach "$tmp/none.img"
exits 2 "none" filterctl attach
truncate -s 8M "$tmp/empty.img"
exits 3 "nothing to be found" filterctl attach "$tmp/empty.img"
check "which leaves nothing behind" test ! -e "$media/empty"

# The key comes with the call.
luks "$tmp/luks.img" 20M
exits 6 "a wrong key" sh -c "echo wrong |
	filterctl attach --key-file - '$tmp/luks.img'"
check "the right one" sh -c "echo '$passphrase' |
	filterctl attach --passphrase-fd 0 '$tmp/luks.img'"
same "is not in the log" "$(grep -c "$passphrase" "$tmp/service.log")" 0
mke2fs -q "$media/luks/luks.crypt"
check "what is written through it" sh -c \
	"e2fsck -fn '$media/luks/luks.crypt' && sync"

# What it says of itself.
filterctl status --json >"$tmp/status"
same "all are told of" "$(jq -r '.attachments[].name' "$tmp/status" |
	tr '\n' ' ')" "disk disk~2 luks "
same "with their states" "$(jq -r '[.attachments[].state] | unique[]' \
	"$tmp/status")" published
check "one by a volume's name" filterctl status luks.crypt
says "alone" '^luks '
exits 4 "or none" filterctl status nothing
check "the tree" filterctl tree
says "has the filter between media" '^    \+-o crypt  <class crypt, id 0x'
same "in order" "$(filterctl tree --json | jq -r '.tree | .. | objects |
	select(.id? and (.name | startswith("luks") or . == "crypt")) |
	.class' | tr '\n' ' ')" "whole crypt filter "
same "who holds it is counted" "$(filterctl tree --json | jq -r '.tree | .. |
	objects | select(.id? and .name == "luks") | .holders')" 1
same "ids are given once" "$(filterctl tree --json | jq -r '.. | .id? //
	empty' | sort | uniq -d | wc -l)" 0
id=$(filterctl tree --json class:crypt | jq -r '.entries[0].id')
check "an entry by its id" filterctl tree -l "$(printf 'id:0x%x' "$id")"
says "with its properties" '"state" = "running"'
exits 4 "one that there is not" filterctl tree class:none

check "its names are another plane" filterctl tree -p alias
says "which leads to its file" '\+-o luks.crypt .*> -> /run/filterd/media/luks/luks.crypt$'
exits 2 "there is no third" filterctl tree -p none

# Busy is busy, and nothing is changed.
exec 7<"$media/luks/luks.crypt"
exits 5 "in use" filterctl detach luks
says "by whom" "pid $$"
exec 7<&-
check "then not" filterctl detach "$media/luks"
check "its key opens what was written" sh -c "echo '$passphrase' |
	filterctl copy --passphrase-fd 0 '$tmp/luks.img' '$tmp/out.img' &&
	e2fsck -fn '$tmp/out.img'"
exits 4 "it is gone" filterctl detach luks

# The end: all is given back, what is in use first of all by who uses it.
exec 7<"$media/disk/disk2"
kill "$service"
until grep -q "'disk~2' is detached" "$tmp/service.log"; do sleep 0.05; done
exits 1 "nothing is attached any more" filterctl attach "$tmp/empty.img"
exec 7<&-
check "it ends when the last has closed" wait "$service"
same "and leaves nothing" "$(find /run/filterd -mindepth 2 | wc -l)" 0
