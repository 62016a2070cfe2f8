#!/bin/sh
# What is open and changes: a volume that goes lazily, by force, or with its disk;
# a disk that grows.
. "$(dirname "$0")/lib.sh"
needs root fuse loop perl
plan 39

truncate -s 16M "$tmp/disk.img" "$tmp/other.img"
dir=$tmp/v

# until_true COMMAND...: waits until it succeeds; a minute later it is hung.
until_true() {
	for i in $(seq 600); do
		"$@" && return 0
		sleep 0.1
	done
	return 1
}

# foreground SOURCE VOLUME: mounted, and open on descriptor 8.
foreground() {
	filterd mount --filter passthrough "$1" "$dir" >"$tmp/log" 2>&1 &
	pid=$!
	on_exit "kill -9 $pid"
	volume=$dir/$2
	until_true test -f "$volume" && exec 8<>"$volume"
}

# ask HOW: what happens to a read or a write on what is open on 8.
ask() {
	perl -MPOSIX -e '
		my $n = $ARGV[0] eq "write" ?
			POSIX::lseek(8, 4096, SEEK_SET) &&
			POSIX::write(8, "late" x 128, 512) :
			POSIX::lseek(8, 1048576, SEEK_SET) &&
			POSIX::read(8, my $buf, 512);
		my ($name) = grep { $!{$_} } qw(ENXIO ENOTCONN);
		print $n ? "well" : $name // $!;' "$1"
}

# ended: waits until the process has; its status to $status.
ended() {
	wait $pid
	status=$?
}

# Lazily.
foreground "$tmp/disk.img" disk.passthrough
exits 5 "what is open is not unmounted" filterd umount "$dir"
exits 2 "not two ways at once" filterd umount --lazy --force "$dir"
check "lazily it is" filterd umount --lazy "$dir"
says "and told what that means" 'when nobody has a volume open'
check "its directory is gone" test ! -e "$dir"
check "its process is not" kill -0 $pid
same "who has it open writes on" "$(ask write)" well
check "the source is still claimed" sh -c \
	"! filterd mount --background '$tmp/disk.img' '$tmp/w'"
exec 8>&-
ended
same "closed, it ends well" $status 0
same "what was written last is in the image" \
	"$(dd if="$tmp/disk.img" bs=1 skip=4096 count=8 status=none)" latelate

# By force.
foreground "$tmp/disk.img" disk.passthrough
same "it is open" "$(ask write)" well
check "by force" filterd umount --force "$dir"
same "its user is refused" "$(ask read)" ENOTCONN
ended
same "it has ended well" $status 0
exec 8>&-
check "its directory is gone" test ! -e "$dir"

# A signal to what is leaving is force.
foreground "$tmp/disk.img" disk.passthrough
check "lazily once more" filterd umount --lazy "$dir"
kill -TERM $pid
ended
same "a signal ends it" $status 0
exec 8>&-

# With its disk.  The kernel says whatever word it is told to.
attach "$tmp/disk.img"
name=${loop#/dev/}
foreground "$loop" "$name.passthrough"
same "a disk" "$(ask write)" well
echo remove >"/sys/block/$name/uevent"
check "vanishes: its directory is gone" until_true test ! -e "$dir"
check "it is said" grep -q "$loop has vanished" "$tmp/log"
same "reads fail at once" "$(ask read)" ENXIO
same "and writes" "$(ask write)" ENXIO
check "the process is there until they have closed" kill -0 $pid
check "in between its name is another's" \
	mounted "$tmp/other.img" "$dir" --filter passthrough
filterd umount "$dir" 2>/dev/null
exec 8>&-
ended
same "then it ends, and has failed" $status 1

# Another size.
size_is() {
	[ "$(stat -Lc %s /proc/$$/fd/8)" = "$1" ]
}

foreground "$loop" "$name.passthrough"
check "a disk of 16 MiB" size_is 16777216
truncate -s 24M "$tmp/disk.img"
losetup -c "$loop"
check "grows, and its volume follows" until_true size_is 25165824
check "it is said" grep -q "$name.passthrough has 24 MiB now" "$tmp/log"
check "what was not there is written" sh -c "printf new |
	dd bs=512 seek=\$((20 << 11)) conv=notrunc,fsync of='$volume' status=none"
same "and is on the disk" "$(dd if="$tmp/disk.img" bs=1M skip=20 count=1 \
	status=none | head -c 3)" new
exec 8>&-
kill -TERM $pid
ended

# Nobody had it open.
foreground "$loop" "$name.passthrough"
exec 8>&-
echo remove >"/sys/block/$name/uevent"
ended
same "what nobody has open goes at once" $status 1
check "and leaves nothing" test ! -e "$dir"

# While a volume is flushed its name is gone: root would write into a file that
# nobody reads again.
truncate -s 4M "$tmp/slow.img"
mounted "$tmp/slow.img" "$tmp/slow" --filter fault,delay=3s,delay-ops=flush
echo late | dd of="$tmp/slow/slow.fault" conv=notrunc status=none 2>"$tmp/err"
result $? "written, and not flushed"
filterd umount "$tmp/slow" >"$tmp/slow.out" 2>&1 &
umount=$!
until_true grep -q flushing "$tmp/slow.out"
check "nobody finds what is being flushed" test ! -e "$tmp/slow/slow.fault"
wait $umount
same "what was written is there" "$(head -c 4 "$tmp/slow.img")" late

# Who has one of two volumes by its path alone keeps both.
filterctl image create --size 8M --scheme gpt --partition 2M:linux-data \
	--partition rest:linux-data "$tmp/two.img" >/dev/null
mounted "$tmp/two.img" "$tmp/two"
echo kept | dd of="$tmp/two/two1" conv=notrunc status=none
perl -e '$| = 1; sysopen(my $f, $ARGV[0], 010000000) or die; print "there\n";
	sleep 1000' "$tmp/two/two2" >"$tmp/there" &
holder=$!
on_exit "kill $holder"
until_true grep -q there "$tmp/there"
exits 5 "a path is held" filterd umount "$tmp/two"
same "the other volume has stayed" "$(head -c 4 "$tmp/two/two1")" kept
kill $holder
wait $holder
check "and goes when it may" filterd umount "$tmp/two"
check "with its directory" test ! -e "$tmp/two"
