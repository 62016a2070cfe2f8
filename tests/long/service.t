#!/bin/sh
# A service to which eight media come and from which they go again and again,
# in each of the ways that there are, has in the end what it had before.
#
# What it holds is counted after each cycle; memory, which reaches a level, from
# the first tenth, a hundred at least, to the end.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup jq pgrep
alone
plan 10
[ "$cycles" -ge 20 ] || cycles=20
name=long$$
image=$tmp/$name.img

# Two that are encrypted, three with a filter, three without; and a disk to be.
filterctl image create --size 96M --scheme apple --partition 20M:luks \
	--partition 20M:luks --partition 4M:My_Content \
	--partition 4M:My_Content --partition 4M:My_Content \
	--partition 8M:linux-data --partition 8M:Apple_HFS \
	--partition rest:linux-data "$image" >/dev/null 2>&1
for n in 2 3; do
	luks "$tmp/luks" 20M --type luks1
	filterctl copy --in "$tmp/luks" "$image:$n" 2>/dev/null
done
mkdir "$tmp/p"
printf '[Personality]\nModule=passthrough\n[Match]\nContentHint=My_Content\n' \
	>"$tmp/p/my.personality"
printf wrong >"$tmp/wrong" && chmod 600 "$tmp/wrong"
cp --sparse=always "$image" "$tmp/disk.img"
attach "$tmp/disk.img"
disk=${loop#/dev/}

# One arena, and nothing kept for a thread: what is lost is seen in the heap.
GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1
export GLIBC_TUNABLES
check "the service" serve -p "$tmp/p"
unset GLIBC_TUNABLES

come() {
	filterctl attach --key-file "$tmp/key" "$@" >"$tmp/volumes"
}

go() {
	filterctl detach "$@" 2>"$tmp/detached"
}

# use SOURCE [PARTITION...]: what is written is read; of an image they all have
# files, of a disk those with a filter.
filtered='2.crypt 3.crypt 4.passthrough 5.passthrough 6.passthrough'
use() {
	source=$1; shift
	head -c 65536 /dev/urandom >"$tmp/bytes"
	for n in $filtered "$@"; do
		volume=/run/filterd/media/$source/${source}p$n
		dd if="$tmp/bytes" of="$volume" bs=64K status=none \
			conv=notrunc,nocreat,fsync &&
			cmp -n 65536 "$tmp/bytes" "$volume" || return 1
	done
}

# fails CODE COMMAND...: it ends with that one.
fails() {
	code=$1; shift
	"$@" 2>/dev/null
	[ $? -eq "$code" ]
}

status_is() {
	[ "$(filterctl status --json | jq -r \
		'[.attachments[].state] | join(" ")')" = "$1" ]
}

# A cycle of each kind.
plain() { come "$image" && use "$name" 7 8 9 && go "$name"; }
no_key() { fails 6 filterctl attach --key-file "$tmp/wrong" "$image"; }
busy() {
	come "$image" && exec 7<"/run/filterd/media/$name/${name}p8" &&
	fails 5 go "$name" && exec 7<&- && use "$name" 7 8 9 && go "$name"
}
lazily() {
	come "$image" && exec 7<"/run/filterd/media/$name/${name}p2.crypt" &&
	use "$name" 7 8 9 && go --lazy "$name" && status_is leaving &&
	exec 7<&- && await status_is ''
}
by_force() {
	come "$image" && exec 7<"/run/filterd/media/$name/${name}p4.passthrough" &&
	use "$name" 7 8 9 && go --force "$name" && exec 7<&-
}
with_loops() {
	come --loop "$image" && use "$name" 7 8 9 &&
	cmp -n 65536 "$tmp/bytes" \
		"$(awk '/crypt/ { print $2; exit }' "$tmp/volumes")" &&
	go "$name"
}
changing() {
	come "$image" && use "$name" 7 8 9 && filterctl reload &&
	filterctl rescan "$name" && filterctl open --write "${name}p4" -- \
		cmp -n 65536 "$tmp/bytes" && use "$name" 7 8 9 && go "$name"
}
vanishing() {
	come "$loop" && use "$disk" &&
	exec 7<"/run/filterd/media/$disk/${disk}p2.crypt" &&
	echo remove >"/sys/block/$disk/uevent" && await status_is leaving &&
	exec 7<&- && await status_is ''
}

kinds='plain no_key busy lazily by_force with_loops changing vanishing'

# pick N: a kind; the first ones are each of another.
pick() {
	set -- $((($1 <= 8 ? $1 : $1 * 7919 + seed) % 8)) $kinds
	shift $(($1 + 1))
	kind=$1
}

# memory: the heap and all, KiB.  A sanitizer has a heap of its own: 0.
memory() {
	awk '/\[heap\]/ { heap = 1 } heap && /^Rss/ { n = $2; exit }
		END { print n + 0 }' "/proc/$service/smaps"
	awk '/^VmRSS/ { print $2 }' "/proc/$service/status"
}

is_as_before() {
	now=$(census)
	[ "$now" = "$before" ]
}

larger() {
	[ "$1" -gt "$2" ] && echo "$1" || echo "$2"
}

# What is loaded once stays.
check "a first cycle" vanishing
check "and another way" with_loops
check "and all that is gone is" await settled
good=0 now= heap=0 all=0
first=$((cycles / 10 > 100 ? cycles / 10 : 100))
while [ $good -lt "$cycles" ]; do
	pick $((good + 1))
	"$kind" >"$tmp/out" 2>"$tmp/err" && await is_as_before || break
	good=$((good + 1))
	set -- $(memory)
	[ $((good % 100)) -ne 0 ] ||
		echo "# $good cycles: heap $1 KiB, memory $2 KiB"
	[ $good -le $first ] || continue
	heap=$(larger $heap "$1") all=$(larger $all "$2")
done
same "$cycles cycles are well" $good "$cycles"
[ $good -eq "$cycles" ] || sed "s/^/# $kind: /" "$tmp/out" "$tmp/err"
same "what it holds is what it held" "$now" "$before"
set -- $(memory)
echo "# $now"
echo "# heap $heap KiB, now $1; memory $all KiB, now $2"
[ "$1" -eq 0 ] || {
	[ "$1" -le $((heap + 128)) ] && [ "$2" -le $((all + 2048)) ]
}
result $? "and its memory has not grown"

# That it counts what is there.
come "$image"
inside=$(census)
more=$(printf '%s\n%s\n' "$before" "$inside" | awk '
	NR == 1 { split($0, was) }
	{ for (i = 1; NR == 2 && i < NF; i += 2)
		if ($(i + 1) > was[i + 1]) printf "%s ", $i }')
same "while it is there, there is more" "$more" \
	"descriptors threads mounts locks entries users registered "
go "$name"
served
same "it ends well" $? 0
no_reports
