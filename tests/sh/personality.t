#!/bin/sh
# Personalities: where they lie and which one counts, drop-ins, masks, faults
# by file and line; who stands on a medium and why, as explain tells it.
. "$(dirname "$0")/lib.sh"
needs root fuse jq
plan 54

# An installation of our own: its directories belong to nobody else.
cp -a "${stage%/usr/local}" "$tmp/root"
PATH=$tmp/root/usr/local/bin:$PATH
etc=$tmp/root/etc/filterd/personalities.d
run=$tmp/root/run/filterd/personalities.d
lib=$tmp/root/usr/local/lib/filterd/personalities.d
mkdir -p "$etc" "$run" "$tmp/p"

type=7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E14
filterctl image create --size 8M --scheme gpt --partition rest:$type \
	"$tmp/disk.img" 2>/dev/null

# personality FILE MODULE SCORE [LINE...]
personality() {
	file=$1
	printf '[Personality]\nModule=%s\n[Match]\nContentHint=%s\n' \
		"$2" $type >"$file"
	printf 'ProbeScore=%s\n' "$3" >>"$file"
	shift 3
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$file"
}

# counts SCORE DESCRIPTION [-p DIR]: the personality x that has this score.
counts() {
	score=$1 description=$2; shift 2
	same "$description" "$(filterctl list-filters -v "$@" 2>&1 |
		sed -n 's/^ *x (score \([0-9]*\),.*/\1/p')" "$score"
}

personality "$lib/x.personality" passthrough 100
counts 100 "the distribution's"
personality "$run/x.personality" passthrough 200
counts 200 "the run time's before it"
personality "$etc/x.personality" passthrough 300
counts 300 "the administrator's before both"
personality "$tmp/p/x.personality" passthrough 400
counts 400 "that of -p before all" -p "$tmp/p"
mkdir "$lib/x.personality.d" "$etc/x.personality.d"
printf '[Match]\nProbeScore=555\n' >"$lib/x.personality.d/50.conf"
counts 555 "a drop-in of any directory counts"
printf '[Match]\nProbeScore=666\n' >"$etc/x.personality.d/60.conf"
counts 666 "the last by name wins"
ln -s /dev/null "$etc/x.personality.d/50.conf"
rm "$etc/x.personality.d/60.conf"
counts 300 "a drop-in can be masked"
: >"$etc/x.personality"
counts "" "an empty file masks"
rm "$etc/x.personality"; ln -s /dev/null "$etc/x.personality"
counts "" "/dev/null too"
rm -r "$etc"/x* "$run"/x* "$lib"/x* "$tmp"/p/*

# Faults, each with its place.
personality "$tmp/p/bad.personality" passthrough high 'Contnet=x' 'Size=64X'
exits 1 "verify" filterctl verify "$tmp/p/bad.personality"
says "a bad value" 'bad\.personality:5:12: ProbeScore='
says "a key mistyped, with a guess" \
	'bad\.personality:6:1: .*Contnet=.*did you mean Content='
says "a bad size" 'bad\.personality:7:6: Size='
check "the mount goes on without it" mounted "$tmp/disk.img" "$tmp/v" -p "$tmp/p"
says "and says why" 'bad\.personality:5:12: ProbeScore='
filterd umount "$tmp/v" >/dev/null 2>&1
personality "$tmp/p/bad.personality" cryt 7 '[Module]' 'Property.discrad=yes'
filterctl verify "$tmp/p/bad.personality" >"$tmp/out" 2>"$tmp/err"
says "a filter that is not there" "bad\.personality:2:1: .*'cryt'"
personality "$tmp/p/bad.personality" crypt 7 '[Module]' 'Property.discrad=yes'
exits 1 "a setting that is not there" \
	filterctl verify "$tmp/p/bad.personality"
says "is named" "no setting 'discrad'"
rm "$tmp"/p/*

# outcome MEDIUM PERSONALITY: "step score_before score error" as explained.
outcome() {
	filterctl explain -J -p "$tmp/p" "$tmp/disk.img" $2 2>/dev/null |
	jq -r --arg medium "$1" --arg name "$2" '.media[] |
		select(.name == $medium) | .outcomes[] |
		select(.personality == $name) |
		[.step, .score_before, .score, .error] | join(" ")'
}

told() {	# told DESCRIPTION PATTERN: in the text of explain
	run filterctl explain -p "$tmp/p" "$tmp/disk.img"
	says "$1" "$2"
}

p=$tmp/p
personality "$p/a.personality" passthrough 1500
personality "$p/b.personality" fault 1400 '[Module]' Property.probe-score=500
personality "$p/c.personality" fault 1450 '[Module]' \
	Property.probe-score=1000 Property.start-error=EIO
same "the best after its probe fails to start" "$(outcome disk1 c)" \
	"start 1450 2450 5"
same "so the next one is tried" "$(outcome disk1 b)" "running 1400 1900 0"
same "the others lose" "$(outcome disk1 a)" "score 1500 1500 0"
told "a changed score is told" 'b for fault, score 1400, after its probe 1900'
says "a start that failed too" 'did not start: .*start-error=EIO'
says "and who won" 'went to b, whose score is higher: 1900 after its probe, 1400 before'
check "mounted" mounted "$tmp/disk.img" "$tmp/v" -p "$p"
check "the one that stands" test -f "$tmp/v/disk1.fault"
filterd umount "$tmp/v" >/dev/null 2>&1
rm "$p"/*

personality "$p/a.personality" fault 1500 '[Module]' Property.start-error=EIO
same "the only one fails to start" "$(outcome disk1 a)" "start 1500 1500 5"
told "explain explains it" 'did not start: .*start-error=EIO'
exits 0 "which is no failure of its own" \
	filterctl explain -p "$p" "$tmp/disk.img"
exits 1 "mount fails" \
	filterd mount --background -p "$p" "$tmp/disk.img" "$tmp/v"
says "and says why" 'start-error=EIO'
check "nothing is published" test ! -e "$tmp/v"
rm "$p"/*

personality "$p/a.personality" fault 1500 '[Module]' Property.probe-error=ENODEV
personality "$p/b.personality" fault 1400 '[Module]' Property.probe-error=EIO
personality "$p/c.personality" passthrough 10
same "one says that it is not its own" "$(outcome disk1 a)" \
	"probe 1500 1500 19"
same "one cannot tell" "$(outcome disk1 b)" "probe 1400 1400 5"
same "the third stands" "$(outcome disk1 c)" "running 10 10 0"
told "the first's words" 'says that it is not its own: probe-error=ENODEV'
says "the second's" 'cannot probe .*probe-error=EIO'
rm "$p"/*

personality "$p/a.personality" passthrough 1500
personality "$p/b.personality" fault 1400 MatchCategory=other
personality "$p/c.personality" fault 1300
same "one in its category" "$(outcome disk1 a)" "running 1500 1500 0"
same "another one in another" "$(outcome disk1 b)" "running 1400 1400 0"
same "no second in the first" "$(outcome disk1 c)" "score 1300 1300 0"
check "mounted" mounted "$tmp/disk.img" "$tmp/v" -p "$p"
check "both have files" test -f "$tmp/v/disk1.passthrough" -a \
	-f "$tmp/v/disk1.fault"
exits 1 "one alone may write" \
	dd if=/dev/zero of="$tmp/v/disk1.fault" count=1 conv=notrunc
filterd umount "$tmp/v" >/dev/null 2>&1
rm "$p"/*

# The first cross: want, have, and the line; with and without a PERSONALITY.
personality "$p/a.personality" passthrough 1500 PartitionID=2 Writable=no
run filterctl explain -p "$p" "$tmp/disk.img" a
says "what holds has a tick" '✔ ContentHint'
says "what does not, a cross" '✘ PartitionID'
says "the line of the file" "at  *$p/a\.personality:6"
same "nothing after the first cross" "$(grep -c Writable "$tmp/out")" 0
same "nobody else" "$(grep -c luks "$tmp/out")" 0
check "as JSON" sh -c "filterctl explain -J -p '$p' '$tmp/disk.img' a |
	jq -e '.media[1].outcomes[0].conditions[1] ==
	{key: \"PartitionID\", want: \"2\", have: \"1\",
	 file: \"$p/a.personality\", line: 6, holds: false}'"
exits 4 "a personality that there is not" \
	filterctl explain "$tmp/disk.img" luksy
says "is guessed" 'did you mean luks'

# --filter: on the whole and on a partition; mistyped.
check "--filter on a partition" mounted "$tmp/disk.img:1" "$tmp/v" \
	--filter passthrough,label=Mine
check "is there" test -L "$tmp/v/by-label/Mine" -a -f "$tmp/v/disk1.passthrough"
filterd umount "$tmp/v" >/dev/null 2>&1
exits 2 "a bad value" \
	filterd mount --background --filter fault,read-error=EPERM \
	"$tmp/disk.img" "$tmp/v"
