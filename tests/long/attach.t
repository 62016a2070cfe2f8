#!/bin/sh
# Attached, used and detached again and again, nothing is left behind: in one
# process that counts what it holds, and by a process each time.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup mkfs.ext4 strace pgrep
plan 10
dir=$tmp/v key="--key-file $tmp/key" name=long$$

filterctl image create --size 48M --scheme apple --partition 28M:luks \
	--partition rest:linux-data "$tmp/$name.img" 2>/dev/null
luks "$tmp/luks" 28M --type luks2 --sector-size 4096
filterctl copy --in "$tmp/luks" "$tmp/$name.img:2" 2>/dev/null
printf wrong >"$tmp/wrong" && chmod 600 "$tmp/wrong"

# In one process.  It finds its parts as filterd does: beside itself.
root=$top_builddir/tests/stage
cp -a "$root" "$tmp/root"
attach=$tmp/root${stage#"$root"}/bin/attach
cp "$torture/attach" "$attach"
on_exit "filterd umount '$dir'"
exact=glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1
run env "GLIBC_TUNABLES=$exact" "$attach" "$cycles" \
	"$seed" "$tmp/$name.img" "$dir" "$tmp/key" "$tmp/wrong"
sed 's/^/# /' "$tmp/out"
grep -Ev '^filterd: (flushing|detached from|cannot unlock)' "$tmp/err" \
	>"$tmp/out"
: >"$tmp/err"
result "$status" "in one process: $cycles times, nothing is left"

# By processes: what the system holds for them.
locks() {
	grep -c ":$(stat -c %i "$tmp/$name.img") " /proc/locks
}

mounts() {
	grep -cE "$tmp|/$name" /proc/self/mountinfo
}

processes() {
	pgrep -fc "filterd mount .*$name"
}

loops() {
	losetup -l -n -O BACK-FILE | grep -cE "$tmp|/$name"
}

census() {
	echo "locks $(locks) mounts $(mounts) processes $(processes)" \
		"loops $(loops) entries $(find /run/filterd -path "*$name*" \
		2>/dev/null | wc -l)"
}

# A file system on a loop device on the encrypted volume.
use_loop() {
	loop=$(losetup -f --show "$1") && mkfs.ext4 -q "$loop" &&
	mount "$loop" "$tmp/mnt" && cp /bin/sh "$tmp/mnt/sh" &&
	cmp /bin/sh "$tmp/mnt/sh" && umount "$tmp/mnt"
	used=$?
	detach "$loop" && return $used
}

use() {
	dd if="$tmp/bytes" of="$1" bs=64K conv=notrunc,fsync status=none &&
	cmp -n 100000 "$tmp/bytes" "$1"
}

# cycle N: at the place that is given and at the usual one in turn.
cycle() {
	head -c 100000 /dev/urandom >"$tmp/bytes"
	place=$dir
	[ $(($1 % 2)) -eq 0 ] || place=
	filterd mount --background $key "$tmp/$name.img" $place \
		>"$tmp/log" 2>&1 || return 1
	place=${place:-/run/filterd/mount/$name}
	use "$place/${name}p3" && use "$place/${name}p2.crypt" || return 1
	if [ $(($1 % 20)) -eq 1 ]; then
		use_loop "$place/${name}p2.crypt" || return 1
		[ "$1" -gt 1 ] || inside=$(census)
	fi
	filterd umount "$place" >>"$tmp/log" 2>&1
}

mkdir "$tmp/mnt"
on_exit "umount '$tmp/mnt'"
on_exit "filterd umount '/run/filterd/mount/$name'"
before=$(census) inside='' good=0
while [ $good -lt "$cycles" ] && cycle $((good + 1)) 2>"$tmp/err"; do
	good=$((good + 1))
done
same "by a process each time" $good "$cycles"
[ $good -eq "$cycles" ] || sed 's/^/# /' "$tmp/err" "$tmp/log"
same "nothing is left" "$(census)" "$before"
same "that there was something while it was mounted was seen" "$inside" \
	"locks 2 mounts 3 processes 1 loops 0 entries 7"
check "the directory that it made is gone" test ! -e "$dir"
check "the usual one too" test ! -e "/run/filterd/mount/$name"

# What it makes by name: nothing but in its directory, no memory that is shared
# by name, no semaphore.
check "traced" strace -f -y -o "$tmp/trace" -e trace=file sh -c "
	filterd mount --background $key '$tmp/$name.img' '$dir' &&
	filterd umount '$dir'"
grep -E '\<(O_CREAT|mkdir|mknod|link|symlink)' "$tmp/trace" |
	grep -Ev ' = -1 |O_CREAT.*"/dev/null"|/tsan\.rodata\.' >"$tmp/made"
check "something was made" grep -q "$dir" "$tmp/made"
same "nothing outside" "$(grep -v "$tmp" "$tmp/made")" ""
no_reports
