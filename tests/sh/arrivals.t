#!/bin/sh
# The service and disks that go, grow, or are taken from who uses them.
. "$(dirname "$0")/lib.sh"
needs root fuse loop jq perl
alone
plan 33

media=/run/filterd/media
truncate -s 16M "$tmp/disk.img" "$tmp/image.img" "$tmp/other.img"
attach "$tmp/disk.img"
name=${loop#/dev/}
volume=$media/$name/$name.passthrough
check "the service starts" serve

# until_true COMMAND...: waits until it succeeds; a minute later it is hung.
until_true() {
	for i in $(seq 600); do
		"$@" && return 0
		sleep 0.1
	done
	return 1
}

# reads: what becomes of a read from what is open on 8.
reads() {
	perl -MPOSIX -e '
		POSIX::lseek(8, 4096 * int rand 1000, SEEK_SET);
		my $n = POSIX::read(8, my $buf, 512);
		my ($name) = grep { $!{$_} } qw(ENXIO ENOTCONN);
		print $n ? "well" : $name // $!;'
}

state() {
	filterctl status --json | jq -r '[.attachments[].state] | join(" ")'
}

is_state() {
	[ "$(state)" = "$1" ]
}

# A disk that vanishes while somebody uses it, and one comes in its place.
check "a disk" filterctl attach --filter passthrough "$loop"
exec 8<"$volume"
same "is read" "$(reads)" well
echo remove >"/sys/block/$name/uevent"
check "it vanishes: its directory is gone" \
	until_true test ! -e "$media/$name"
check "and it is said" until_true grep -q "$loop has vanished" \
	"$tmp/service.log"
same "who reads is told" "$(reads)" ENXIO
same "it is there as long as he has it open" "$(state)" leaving
losetup -r "$(losetup -f)" "$tmp/other.img"
other=$(losetup -n -O NAME -j "$tmp/other.img")
on_exit "losetup -d $other"
check "others are attached beside it" filterctl attach -r \
	--filter passthrough "$other"
exits 5 "it cannot be detached by another way any more" \
	filterctl detach --lazy "$name"
exec 8<&-
check "closed, it is gone" until_true is_state published
check "the other is detached" filterctl detach "${other#/dev/}"

# It comes again.
check "attached again" filterctl attach --filter passthrough "$loop"
check "under its name" test -f "$volume"

# Larger: the kernel tells of a disk.
exec 8<"$volume"
size_is() {
	[ "$(stat -Lc %s "$1")" = "$2" ]
}
truncate -s 24M "$tmp/disk.img"
losetup -c "$loop"
check "it grows, and its volume follows" until_true size_is "$volume" 25165824
check "which is told" grep -q "'$name.passthrough' has 24 MiB now" \
	"$tmp/service.log"

# Lazily, and by force.
check "lazily" filterctl detach --lazy "$name"
says "what that means" 'has no names any more'
check "its directory is gone" test ! -e "$media/$name"
same "who has it open goes on" "$(reads)" well
check "its name is free" filterctl attach --filter passthrough "$tmp/image.img"
check "what leaves is found by its own" filterctl detach --force "$name"
same "and takes it from who has it" "$(reads)" ENOTCONN
exec 8<&-
same "then it is gone" "$(state)" published
exits 2 "not two ways at once" filterctl detach --lazy --force image

# Larger: of a file nobody tells.
volume=$media/image/image.passthrough
truncate -s 32M "$tmp/image.img"
check "an image is as large as it was" size_is "$volume" 16777216
check "until it is looked at again" filterctl rescan image
check "at once" size_is "$volume" 33554432
truncate -s 48M "$tmp/image.img"
check "with all" filterctl rescan
check "soon" until_true size_is "$volume" 50331648
exits 4 "what is not there" filterctl rescan nothing
exits 2 "two" filterctl rescan image other

# In use by what has vanished: that holds nothing up.
filterctl attach --filter passthrough "$loop" >"$tmp/out" 2>&1
exec 8<"$media/$name/$name.passthrough"
echo remove >"/sys/block/$name/uevent"
until_true is_state "published leaving"
served
same "it ends, whoever has open what has vanished" $? 0
exec 8<&-
same "and leaves nothing" "$(find /run/filterd -mindepth 2 | wc -l)" 0
