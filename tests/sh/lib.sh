# lib.sh - what the shell tests share; they speak TAP
#
# A test sources it first.  $tmp is the test's own folder; what it registers
# with on_exit is undone, last first, however it ends.  The programs come from
# the staged installation that `make check` makes, never from the machine.
set -u
LC_ALL=C.UTF-8 export LC_ALL
unset XDG_RUNTIME_DIR

srcdir=${srcdir:-.}
stage=${FILTERD_STAGE:?run through make check}
PATH=$stage/bin:$PATH:/usr/sbin:/sbin export PATH
testdata=$FILTERD_TESTDATA

tmp=$(mktemp -d "${TMPDIR:-/tmp}/filterd-test.XXXXXX") || exit 99
chmod 755 "$tmp"
number=0
undo=

on_exit() {
	undo="$*
$undo"
}

finish() {
	trap '' EXIT INT TERM
	printf '%s' "$undo" | while IFS= read -r line; do
		eval "$line" >/dev/null 2>&1
	done
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' INT TERM

plan() {
	echo "1..$1"
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# needs WHAT...: root, fuse, loop, or a program; else the test is skipped.
needs() {
	for what in "$@"; do
		case $what in
		root)	[ "$(id -u)" -eq 0 ] || skip_all "needs root" ;;
		fuse)	# <> would make a file where there is no device
			{ [ -c /dev/fuse ] && (: <>/dev/fuse) 2>/dev/null; } ||
				skip_all "needs /dev/fuse" ;;
		loop)	losetup -f >/dev/null 2>&1 || skip_all "needs loop devices" ;;
		*)	command -v "$what" >/dev/null || skip_all "needs $what" ;;
		esac
	done
}

result() {	# result STATUS DESCRIPTION
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		for stream in out err; do
			[ -s "$tmp/$stream" ] &&
				sed "s/^/# $stream: /" "$tmp/$stream" |
				head -n 40
		done
	fi
	return 0
}

skip() {	# skip COUNT REASON
	i=$1; shift
	while [ "$i" -gt 0 ]; do
		number=$((number + 1)) i=$((i - 1))
		echo "ok $number # SKIP $*"
	done
}

# run COMMAND...: its output to $tmp/out and $tmp/err, its status to $status.
run() {
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
	return $status
}

# check DESCRIPTION COMMAND...: must succeed.
check() {
	description=$1; shift
	run "$@"
	result "$status" "$description"
}

# exits CODE DESCRIPTION COMMAND...: must end with that code.
exits() {
	code=$1 description=$2; shift 2
	run "$@"
	[ "$status" -eq "$code" ] ||
		echo "# exit code $status, expected $code: $*"
	[ "$status" -eq "$code" ]
	result $? "$description"
}

# says DESCRIPTION PATTERN: the last command printed that (grep -E).
says() {
	cat "$tmp/out" "$tmp/err" | grep -qE -- "$2"
	result $? "$1"
}

# same DESCRIPTION A B: two texts are equal.
same() {
	[ "$2" = "$3" ] || printf '# %s\n' "have: $2" "want: $3"
	[ "$2" = "$3" ]
	result $? "$1"
}

sum() {
	sha256sum "$@" | cut -d' ' -f1
}

# mounted SOURCE DIR [OPTION...]: filterd mount in the background; undone at
# the end.  Its output is in $tmp/out and $tmp/err.
mounted() {
	source=$1 dir=$2; shift 2
	on_exit "filterd umount '$dir'"
	run filterd mount --background "$@" "$source" "$dir" ||
		sed 's/^/# /' "$tmp/err"
	return $status
}

# attach FILE [losetup option...]: a loop device on it, in $loop.
attach() {
	file=$1; shift
	loop=$(losetup -f --show "$@" "$file") || return 1
	# By the file: the number may be another test's by then.
	on_exit "losetup -n -O NAME -j '$file' | xargs -r -n 1 losetup -d"
}

detach() {	# detach LOOP: and wait until the kernel has let go
	losetup -d "$1" || return 1
	for i in $(seq 600); do
		losetup "$1" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	return 1
}

# luks FILE SIZE [luksFormat option...]: a LUKS volume in a plain file, with
# the passphrase "open sesame" and a key derivation that costs nothing.
passphrase='open sesame'
luks() {
	file=$1; truncate -s "$2" "$file"; shift 2
	printf %s "$passphrase" | cryptsetup luksFormat --batch-mode \
		--pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
		--key-file - "$@" "$file"
}

# into IMAGE OFFSET FILE: puts the file there, holes kept.
into() {
	dd if="$3" of="$1" bs=64K seek="$2" oflag=seek_bytes conv=notrunc,sparse \
		status=none
}

printf %s 'open sesame' >"$tmp/key"
chmod 600 "$tmp/key"

# The process that serves the volumes in a directory.
fuser_pid() {
	filterd_pid=
	for proc in /proc/[0-9]*; do
		cat "$proc/cmdline" 2>/dev/null | tr '\0' ' ' |
			grep -q "filterd mount .* $1 \$" && filterd_pid=${proc#/proc/}
	done
	echo "$filterd_pid"
}

# gone PID: waits until it is: locks, sockets and mounts go with the last
# thread, a little after the signal.
gone() {
	while grep -q '^State:[[:space:]]*[^ZX]' "/proc/$1/status" \
		2>/dev/null || [ -n "$(ls "/proc/$1/task" 2>/dev/null |
		sed 1d)" ]; do
		sleep 0.01
	done
}

# until_true COMMAND...: waits for it, a minute at most.
until_true() {
	for i in $(seq 300); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.2
	done
	"$@"
}

# killed PID: with SIGKILL, and gone.
killed() {
	kill -9 "$1" && gone "$1"
}

# apart COMMAND...: in a mount namespace of its own.  In a chroot whose root is
# no mount, only what lies on /dev can be kept apart.
apart() {
	if unshare -m --propagation private true 2>/dev/null; then
		unshare -m --propagation private "$@"
	else
		unshare -m --propagation unchanged sh -c \
			'mount --make-rprivate /dev && exec "$@"' sh "$@"
	fi
}

# alone: the test begins once more in a mount namespace of its own, where
# /run/filterd is empty: a service that is started there is the test's.
alone() {
	[ "${FILTERD_ALONE:-}" != "$0" ] || return 0
	FILTERD_ALONE=$0 export FILTERD_ALONE
	rm -rf "$tmp"
	trap - EXIT
	apart sh -c 'mkdir -p /run/filterd &&
		mount -t tmpfs -o mode=0755 none /run/filterd &&
		exec sh "$0"' "$0"
	exit
}

# serve OPTION...: a service, which answers when this returns; $service is it.
serve() {
	filterd serve "$@" >"$tmp/service.log" 2>&1 &
	service=$!
	on_exit "kill -9 $service; wait $service"
	until filterctl status >/dev/null 2>&1; do
		kill -0 "$service" 2>/dev/null || return 1
		sleep 0.05
	done
}

# served: it is told to end, and has; its exit code.
served() {
	kill "$service"
	wait "$service"
}

# await COMMAND...: until it succeeds; what has not after minutes is hung.
await() {
	for i in $(seq 3000); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}

# census: what the service holds of the system, and the system for it.  Not all
# mounts: those of others end in our namespace too when their files are removed.
census() {
	locks=0
	for image in "$tmp"/*.img; do
		inode=$(printf ' %02x:%02x:%s ' $(stat -c '%Hd %Ld %i' "$image"))
		locks=$((locks + $(grep -c "$inode" /proc/locks)))
	done
	echo "descriptors $(ls "/proc/$service/fd" | wc -l)" \
		"threads $(ls "/proc/$service/task" | wc -l)" \
		"children $(pgrep -c -P "$service")" \
		"locked $(awk '/^VmLck/ { print $2 }' "/proc/$service/status")" \
		"mounts $(grep -c ' /run/filterd/media/' \
			"/proc/$service/mountinfo")" \
		"loops $(losetup -l -n -O BACK-FILE |
			grep -cE "^($tmp|/run/filterd/media|/[^/]*$$)")" \
		"locks $locks" \
		"entries $(find /run/filterd -mindepth 2 | wc -l)" \
		"users $(filterctl list-modules --json |
			jq '[.modules[].users] | add // 0')" \
		"registered $(filterctl tree --json |
			jq '[.. | objects | select(.id?)] | length')"
}

# settled: what is on its way out is, and the census is $before.
settled() {
	before=$(census)
	for i in $(seq 10); do
		sleep 0.1
		[ "$(census)" = "$before" ] || return 1
	done
}

# bare COMMAND...: with a /dev as a container's, without fuse.
bare() {
	cat >"$tmp/bare" <<END
mkdir -p '$tmp/dev' && mount -t tmpfs none '$tmp/dev' || exit 99
for name in null zero full random urandom tty; do
	: >'$tmp/dev/'\$name && mount --bind /dev/\$name '$tmp/dev/'\$name
done
mount --rbind '$tmp/dev' /dev || exit 99
"\$@"
END
	apart sh "$tmp/bare" "$@"
}
