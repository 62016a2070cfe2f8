#!/bin/sh
# One service, and everything at once: eight sources that come, are used and go
# again and again, two clients that want the same one, detaching what is not
# there yet, disks that vanish while their filters start.  Nothing is left.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup jq
alone
plan 14

media=/run/filterd/media
key="--key-file $tmp/key"
sources="1 2 3 4 5 6 7 8"

# Two with LUKS, two with maps, two as they are, two disks of the kernel's.
for n in $sources; do
	truncate -s 20M "$tmp/s$n.img"
done
luks "$tmp/s1.img" 20M
luks "$tmp/s2.img" 20M --type luks2 --sector-size 4096
luks "$tmp/luks" 18M
for n in 3 4; do
	scheme=gpt
	[ $n = 3 ] || scheme=apple
	rm "$tmp/s$n.img"
	filterctl image create --size 28M --scheme $scheme \
		--partition 18M:luks --partition rest:linux-data \
		"$tmp/s$n.img" 2>/dev/null
	part=1
	[ $n = 3 ] || part=2
	filterctl copy --in "$tmp/luks" "$tmp/s$n.img:$part" 2>/dev/null
done
attach "$tmp/s7.img"; s7=$loop
luks "$tmp/s8.img" 20M
attach "$tmp/s8.img"; s8=$loop

# path N, filter N: the source, and what it is asked for with.
path() {
	case $1 in
	7)	echo "$s7" ;;
	8)	echo "$s8" ;;
	*)	echo "$tmp/s$1.img" ;;
	esac
}

filter() {
	case $1 in
	5|6|7)	echo --filter passthrough ;;
	*)	echo "$key" ;;
	esac
}

come() {
	filterctl attach $(filter $1) "$(path $1)" >"$tmp/come$1" 2>&1
}

go() {
	filterctl detach "$(path $1)" >"$tmp/go$1" 2>&1
}

# Every volume of it that was printed is written and read, but for the Apple
# map itself.
use() {
	grep "^$media" "$tmp/come$1" | grep -v '/s4p1$' >"$tmp/volumes$1" ||
		return
	while read -r volume; do
		dd if="$tmp/bytes" of="$volume" bs=64K conv=notrunc,fsync \
			status=none && cmp -n 100000 "$tmp/bytes" "$volume" ||
			return
	done <"$tmp/volumes$1"
}

# each COMMAND...: with each source, all at one time; how many failed.
each() {
	pids='' failed=0
	for n in $sources; do
		"$@" $n &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || failed=$((failed + 1))
	done
	[ $failed -eq 0 ]
}

is_empty() {
	[ "$(filterctl status --json | jq '.attachments | length')" = 0 ]
}

# What the service has when it holds nothing.
holds() {
	await is_empty
	echo "descriptors $(ls "/proc/$service/fd" | wc -l)" \
		"children $(pgrep -c -P "$service")" \
		"mounts $(grep -c "$media" /proc/self/mounts)" \
		"entries $(find /run/filterd -mindepth 2 | wc -l)" \
		"locks $(grep -c ":$(stat -c %i "$tmp/s1.img") " /proc/locks)"
}

threads_are() {
	[ "$(ls "/proc/$service/task" | wc -l)" -le "$1" ]
}

memory() {	# KiB
	sed -n 's/^RssAnon:[[:space:]]*\([0-9]*\).*/\1/p' \
		"/proc/$service/status"
}

# together COMMAND... -- COMMAND...: both at one time; *first and *second are
# their exit codes.
together() {
	first_command=''
	while [ "$1" != -- ]; do
		first_command="$first_command '$1'"; shift
	done
	shift
	eval "$first_command" >"$tmp/first" 2>&1 &
	first_pid=$!
	"$@" >"$tmp/second" 2>&1
	second=$?
	wait $first_pid
	first=$?
}

check "the service starts" serve
head -c 100000 /dev/urandom >"$tmp/bytes"
check "eight sources come" each come
check "are used" each use
check "and go" each go
for n in $sources; do		# caches, arenas and threads are there now
	come $n; go $n
done
before=$(holds)
threads=$(ls "/proc/$service/task" | wc -l)
memory=$(memory)

good=0
while [ $good -lt "$cycles" ]; do
	head -c 100000 /dev/urandom >"$tmp/bytes"
	each come && each use && each go || break
	good=$((good + 1))
done
[ $good -eq "$cycles" ] || each go
same "again and again, at one time" $good "$cycles"
[ $good -eq "$cycles" ] || sed 's/^/# /' "$tmp"/come? "$tmp"/go?
same "nothing is left" "$(holds)" "$before"
check "no thread" await threads_are "$threads"
grown=$(($(memory) - memory))
echo "# memory: $memory KiB, grown by $grown"
# Nor memory: what is freed in threads comes and goes a little.
[ $grown -lt 4096 ] || [ -n "$(find "$reports" -mindepth 1)" ] ||
	nm -D "$stage/bin/filterd" | grep -qE '__(a|t)san_init'
result $? "and no memory"

# Two clients, one source: one gets it.
good=0
while [ $good -lt "$cycles" ]; do
	source=$(path $((good % 8 + 1)))
	together filterctl attach $(filter $((good % 8 + 1))) "$source" \
		-- filterctl attach $(filter $((good % 8 + 1))) "$source"
	case "$first $second" in
	'0 5'|'5 0')	;;
	*)		break ;;
	esac
	filterctl detach "$source" 2>"$tmp/err" || break
	good=$((good + 1))
done
same "of two clients one gets it" $good "$cycles"
[ $good -eq "$cycles" ] || {
	echo "# $source: $first, $second"
	sed 's/^/# /' "$tmp/first" "$tmp/second"
}

# Detached while it is being opened: it came up first, or was interrupted, or
# was not there yet.
good=0
while [ $good -lt "$cycles" ]; do
	n=$((good % 8 + 1))
	together filterctl attach $(filter $n) "$(path $n)" \
		-- filterctl detach "$(path $n)"
	case "$first $second" in
	'0 0'|'130 0')	;;
	'0 4'|'0 5')	filterctl detach "$(path $n)" 2>"$tmp/err" || break ;;
	*)		break ;;
	esac
	await is_empty || break
	good=$((good + 1))
done
same "detached while it opens" $good "$cycles"
[ $good -eq "$cycles" ] || {
	echo "# $(path $n): $first, $second"
	sed 's/^/# /' "$tmp/first" "$tmp/second"
}

# Its disk vanishes while its filter starts: it fails, or leaves.
vanish() {
	sleep "0.0$(($1 % 10))"
	echo remove >"/sys/block/${s8#/dev/}/uevent"
}
good=0 late=0
while [ $good -lt "$cycles" ]; do
	together filterctl attach $key "$s8" -- vanish $good
	# It may not have been there yet.
	filterctl status "$s8" >"$tmp/out" 2>&1 &&
		echo remove >"/sys/block/${s8#/dev/}/uevent"
	await is_empty || break
	late=$((late + (first == 0)))
	good=$((good + 1))
done
same "its disk vanishes while its filter starts" $good "$cycles"
echo "# it had come up before, $late times"
same "nothing is left of all this" "$(holds)" "$before"
served
same "the service ends" $? 0
no_reports
