#!/bin/sh
# SIGKILL, in the midst of requests and at any step of mounting and unmounting,
# loses nothing that was flushed and leaves nothing that stands in the way.
. "$(dirname "$0")/lib.sh"
needs root fuse cryptsetup strace mkfifo awk
synced=$torture/synced
plan 10
dir=$tmp/v key="--key-file $tmp/key" image=$tmp/disk.img
secret=$dir/disk2.crypt plain=$dir/disk3

filterctl image create --size 24M --scheme apple --partition 18M:luks \
	--partition rest:linux-data "$image" 2>/dev/null
luks "$tmp/luks" 18M --type luks2 --sector-size 4096
filterctl copy --in "$tmp/luks" "$image:2" 2>/dev/null
mkfifo "$tmp/fifo"

# random N: a number below N, in $random; the same for the same seed.
state=$seed
random() {
	state=$(((state * 1103515245 + 12345) % 2147483648))
	random=$((state / 65536 % $1))
}

# begin: a mount over whatever is there; its process in $pid.
begin() {
	random 3
	case $random in
	0) cache=auto ;;
	1) cache=none ;;
	2) cache=writeback ;;
	esac
	filterd mount --background --json --cache $cache $key "$image" "$dir" \
		>"$tmp/out" 2>"$tmp/err" &&
	pid=$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' "$tmp/out") &&
	[ "${pid:-0}" -gt 1 ]
}

# checked: all that the last writers had flushed is there.
checked() {
	[ -n "$last" ] || return 0
	"$synced" check "$secret" "$last" "$tmp/secret" >"$tmp/out" &&
	"$synced" check "$plain" "$last" "$tmp/plain" >>"$tmp/out"
}

# Both volumes are written until the process dies of an operation on one.
die_at_work() {
	random 400
	operations=$((random + 1))
	last=$1
	"$synced" write "$plain" "$last" >"$tmp/plain" 2>"$tmp/err" &
	other=$!
	"$synced" write "$secret" "$last" $operations "$pid" \
		>"$tmp/secret" 2>>"$tmp/err"
	written=$?
	wait $other && [ $written -eq 0 ] || return 1
	gone "$pid"
	flushed=$((flushed + $(cat "$tmp/plain" "$tmp/secret" | wc -l)))
	deaths=$((deaths + 1))
}

# Each system call of the main thread, from its start to its end, as its name
# and how often it was called before: where it can be killed.
strace -qq -o "$tmp/trace" filterd mount $key "$image" "$dir" >"$tmp/fifo" \
	2>"$tmp/err" &
while read -r line; do
	case $line in "press Ctrl-C"*)
		filterd umount "$dir" >/dev/null 2>&1
	esac
done <"$tmp/fifo"
wait
awk -F'(' '/^[a-z]/ && $1 != "exit_group" { print $1, ++n[$1] }' "$tmp/trace" \
	>"$tmp/steps"
steps=$(wc -l <"$tmp/steps")
published_step=$(grep -n '^mount ' "$tmp/steps" | tail -n 1 | cut -d: -f1)
echo "# $steps steps; the last volume is published at step $published_step"

# The process dies of one of them: while it looks for media, publishes them or
# takes them down.
die_at() {	# die_at STEP
	step=$1
	named=$(sed -n "${step}p" "$tmp/steps")
	strace -qq -o "$tmp/trace" -e "trace=${named% *}" \
		-e "inject=${named% *}:signal=KILL:when=${named#* }" \
		filterd mount $key "$image" "$dir" \
		>"$tmp/fifo" 2>"$tmp/err" &
	tracer=$!
	published=
	while read -r line; do
		case $line in "press Ctrl-C"*)
			published=yes
			filterd umount "$dir" >/dev/null 2>&1
		esac
	done <"$tmp/fifo"
	wait $tracer 2>/dev/null
	ended=$?
	[ $ended -ne 0 ] || return 0	# it had ended before
	[ -z "$published" ] || published_deaths=$((published_deaths + 1))
	[ $ended -eq 137 ] && early_deaths=$((early_deaths + 1))
}

die_on_the_way() {
	filterd umount "$dir" >"$tmp/out" 2>"$tmp/err" || return 1
	last=
	random "$steps"
	die_at $((random + 1))
}

# cleared: by the directory, by a volume, or by the next mount.
cleared() {
	random 3
	[ -e "$dir" ] || return 0
	case $random in
	0) named=; return 0 ;;
	1) named=$dir ;;
	2)	# It may have died before that was there.
		named=$dir
		! ls "$dir" | grep -qx disk2.crypt || named=$secret ;;
	esac
	[ -e "$dir/.control" ] || named=
	if [ -z "$named" ]; then
		# It died before it had published anything.
		rmdir "$dir"
		return
	fi
	filterd umount "$named" >"$tmp/out" 2>"$tmp/err" &&
	[ ! -e "$dir" ] && ! grep -q "$dir" /proc/self/mountinfo
}

cycle() {
	begin || { echo "# not mounted again"; return 1; }
	checked || { echo "# lost"; return 1; }
	random 4
	if [ $random -eq 0 ]; then
		die_on_the_way || { echo "# not dead ($ended)"; return 1; }
	else
		die_at_work "$1" || { echo "# not written"; return 1; }
	fi
	cleared || { echo "# not cleared: $named"; return 1; }
}

on_exit "filterd umount '$dir'"
last='' flushed=0 deaths=0 early_deaths=0 published_deaths=0
# First at each step that makes or removes a name.
made=0 good=0
grep -nE '^(mkdir|bind|mount|umount|symlink|unlink|rmdir)' "$tmp/steps" |
	cut -d: -f1 >"$tmp/made"
for step in $(cat "$tmp/made"); do
	made=$((made + 1))
	die_at "$step" && begin && filterd umount "$dir" >"$tmp/out" 2>&1 &&
		good=$((good + 1)) && continue
	echo "# step $step, $named"
	break
done
same "killed wherever a name is made or removed" $good $made
good=0
while [ $good -lt "$cycles" ] && cycle $((seed + good)); do
	good=$((good + 1))
done
echo "# died at work $deaths times with $flushed batches flushed," \
	"on the way $early_deaths times, $published_deaths of them on its" \
	"way out"
[ $good -eq "$cycles" ] || sed 's/^/# /' "$tmp/out" "$tmp/err"
same "killed, cleared and mounted again" $good "$cycles"
[ $((deaths * 4)) -ge "$cycles" ] && [ $flushed -gt $((deaths * 5)) ]
result $? "most died at work, and had flushed something"
[ $early_deaths -gt 0 ] || [ "$cycles" -lt 20 ]
result $? "some died on the way"
[ $good -eq "$cycles" ] && begin && checked
result $? "mounted once more, all that was flushed is there"
check "umount" filterd umount "$dir"

# users: processes that have something of this test open.  What a dead one had
# started ends by itself, a little later.
users() {
	ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c " -> $tmp/"
}
i=0
while [ $i -lt 600 ] && [ "$(users)" -gt 0 ]; do
	i=$((i + 1))
	sleep 0.1
done
same "no process has anything of it open" "$(users)" 0
same "no lock is left" \
	"$(grep -c ":$(stat -c %i "$image") " /proc/locks)" 0
# What one that died early had made it is no longer known who made.
[ ! -e "$dir" ] || rmdir "$dir"
result $? "nothing is in its directory"
no_reports
