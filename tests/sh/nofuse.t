#!/bin/sh
# A container without /dev/fuse: what to add is said, and list, explain,
# create and copy work with the same stack.
. "$(dirname "$0")/lib.sh"
needs root unshare cryptsetup
plan 9

luks "$tmp/luks" 20M --type luks2
head -c 5M /dev/urandom >"$tmp/data"
exits 9 "mount is refused" bare \
	filterd mount --background --key-file "$tmp/key" \
	"$tmp/luks" "$tmp/v"
says "and says what to add" '/dev/fuse'
check "create" bare filterctl image create --size 32M --scheme gpt \
	--partition rest:luks "$tmp/disk.img"
check "copy in" bare filterctl copy --in "$tmp/luks" "$tmp/disk.img:1"
check "list" bare filterctl list-media "$tmp/disk.img"
check "explain" bare filterctl explain "$tmp/disk.img"
check "copy a volume out" bare filterctl copy --key-file "$tmp/key" \
	"$tmp/disk.img:1" "$tmp/volume"
dd if="$tmp/data" of="$tmp/volume" conv=notrunc status=none
check "and in again" bare filterctl copy --key-file "$tmp/key" \
	--in "$tmp/volume" "$tmp/disk.img:1"
bare filterctl copy --key-file "$tmp/key" "$tmp/disk.img:1" "$tmp/again" \
	>"$tmp/out2" 2>&1
check "byte for byte" cmp "$tmp/volume" "$tmp/again"
