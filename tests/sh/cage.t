#!/bin/sh
# Parsers that a foreign disk has taken over: a filter's probe and prepare, and
# a partition scheme.  Whatever they do, the volumes beside them, the process
# that serves those, the image and other files are as they were, and it is said
# who did what on which medium.
. "$(dirname "$0")/lib.sh"
needs root fuse

# An installation of our own, whose helper has a planted scheme.
cp -a "${stage%/usr/local}" "$tmp/root"
PATH=$tmp/root/usr/local/bin:$PATH
helper=$tmp/root/usr/local/libexec/filterd/helper
cp "$top_builddir/tests/unit/planted" "$helper"
mkdir "$tmp/modules" "$tmp/p"
cp "$top_builddir/.libs/planted.so" "$tmp/modules"

type=7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E15
printf '[Personality]\nModule=planted\n[Match]\nContentHint=%s\n' $type \
	>"$tmp/p/planted.personality"
filterctl image create --size 8M --scheme gpt --partition 3M:$type \
	--partition rest:linux-data "$tmp/disk.img" >/dev/null 2>&1
begin=1048576 end=4194304	# of the first partition
head -c 1M /dev/urandom >"$tmp/data"
echo 'nobody else reads this' >"$tmp/victim"
chmod 600 "$tmp/victim"

died() { echo "the filter 'planted' died \\(SIG$1\\) while $2 'disk1'"; }
protocol="the filter 'planted' broke the helper's protocol while"
late="the filter 'planted' took more than [0-9]+ ms while probing 'disk1'"
late="$late and was ended"
gone="the filter 'planted' hung up or was killed while"
scheme="while examining 'disk1(\\.planted)?'"

# STAGE DEED|what is said of it; nothing: it has no effect that anybody sees.
cat >"$tmp/deeds" <<END
probe write-to-memory|$(died SEGV probing)
probe run-data|$(died SEGV probing)
probe recurse|$(died SEGV probing)
probe abort|$(died ABRT probing)
probe loop|$late
probe loop-in-threads|$late
probe sleep|$late
probe take-memory|the filter 'planted' wanted more memory than it may have
probe take-files|
probe read-file $tmp/victim|
probe change-file $tmp/victim|
probe network|
probe run-program|
probe kill|
probe trace|
probe descriptors|
probe hang-up|$gone probing 'disk1'
probe nonsense|$protocol probing 'disk1'
probe end-wildly|$protocol probing 'disk1'
probe wild-result|$protocol probing 'disk1'
probe cancel|$protocol probing 'disk1'
probe wild-score|
probe scribble|
probe scribble-after-end|
prepare write-to-memory|$(died SEGV unlocking)
prepare recurse|$(died SEGV unlocking)
prepare read-file $tmp/victim|
prepare change-file $tmp/victim|
prepare network|
prepare run-program|
prepare kill|
prepare trace|
prepare descriptors|
prepare hang-up|$gone unlocking 'disk1'
prepare nonsense|$protocol unlocking 'disk1'
prepare end-wildly|$protocol unlocking 'disk1'
prepare scribble|
prepare scribble-after-end|
scheme write-to-memory|the helper died \\(SIGSEGV\\) $scheme
scheme loop|the helper took more than [0-9]+ ms $scheme and was ended
scheme take-memory|apple map of 'disk1(\\.planted)?' cannot be used: it takes more
scheme read-file $tmp/victim|
scheme change-file $tmp/victim|
scheme descriptors|
scheme kill|
scheme hang-up|the helper hung up or was killed $scheme
scheme end-wildly|the helper broke its protocol $scheme
scheme wild-parts|
scheme scribble|
END
plan $(($(wc -l <"$tmp/deeds") + 3))

filterd_() {	# filterd_ VERB OPTION...: on the image of this deed
	verb=$1; shift
	filterd "$verb" --background -p "$tmp/p" --module-dir "$tmp/modules" \
		"$@" disk.img v
}

wrong() {
	echo "wrong: $*"
}

# The volume beside it takes and gives what it should.
neighbour() {
	dd if="$tmp/data" of=v/disk2 bs=64K conv=notrunc,fsync status=none &&
		cmp -n 1048576 "$tmp/data" v/disk2 || wrong "$1, the neighbour"
}

# attempt STAGE DEED SAID: in a folder of its own; tells what is wrong.
attempt() {
	cp --sparse=always "$tmp/disk.img" disk.img
	[ "$1" = scheme ] && at=$((begin + 512)) || at=$begin
	printf '%s: %s\n' "$1" "$2" | dd of=disk.img bs=64K seek=$at \
		oflag=seek_bytes conv=notrunc status=none
	before=$(head -c $end disk.img | sha256sum)

	if [ -n "$3" ]; then
		filterd_ mount >said 2>&1
		status=$?
		[ $status -eq 1 ] || wrong "exit code $status"
		grep -qE "^filterd: .*$3" said || wrong "said: $(cat said)"
		# A map that cannot be read has no other hint than its reason.
		grep -q '^  hint: \|: it takes more memory' said ||
			wrong "no hint"
		[ ! -e v ] || wrong "something is published"
	fi
	filterd_ mount --keep-going --json >mounted 2>said ||
		wrong "with --keep-going: exit code $?: $(cat said)"
	[ -f v/disk2 ] || wrong "no neighbour"
	# But where a map stands on it, of which nothing is left.
	[ -n "$3" ] || [ -f v/disk1.planted ] || [ "$2" = wild-parts ] ||
		wrong "no volume: $(cat said)"
	grep -q 'forbidden' mounted said && wrong "it succeeded"

	# Again, beside what is served, and while it is used.
	filterctl explain -p "$tmp/p" --module-dir "$tmp/modules" disk.img \
		>explained 2>&1 &
	neighbour "during"
	wait $!
	status=$?
	[ $status -eq 0 ] || [ $status -eq 1 ] || wrong "explain: $status"
	neighbour "after"
	pid=$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' mounted)
	kill -0 "$pid" || wrong "its process is gone"
	[ -z "$(cat "/proc/$pid/task/"*/children)" ] || wrong "a child is left"
	filterd umount v >said 2>&1 || wrong "umount: $(cat said)"
	[ "$(head -c $end disk.img | sha256sum)" = "$before" ] ||
		wrong "the image is not as it was"
	ls | grep core && wrong "a core file"
}

ulimit -c unlimited
n=0
while IFS='|' read -r deed said; do
	n=$((n + 1))
	mkdir "$tmp/$n"
	on_exit "filterd umount '$tmp/$n/v'"
	(cd "$tmp/$n" && attempt "${deed%% *}" "${deed#* }" "$said" \
		>"$tmp/wrong.$n" 2>&1) &
	# As many at once as do not wait for each other's processors.
	[ $((n % 8)) -ne 0 ] || wait
done <"$tmp/deeds"
wait

n=0
while IFS='|' read -r deed said; do
	n=$((n + 1))
	sed 's/^/# /' "$tmp/wrong.$n"
	[ ! -s "$tmp/wrong.$n" ]
	result $? "$(echo "$deed" | sed "s|$tmp/||")"
done <"$tmp/deeds"

same "a file of root's is as it was" \
	"$(cat "$tmp/victim") $(stat -c %a:%u "$tmp/victim")" \
	"nobody else reads this 600:0"
check "nothing was made" test ! -e /tmp/stolen
left=$(for exe in /proc/[0-9]*/exe; do readlink "$exe"; done | grep "$helper")
same "no helper is left" "$left" ""
