#!/bin/sh
# explain against what really happens: filters that say when it is their turn
# (tests/unit/module-contender.c) compete for a partition in a real mount.  What
# is looked at before, what the mount's record says, its messages and its
# volumes must all tell of the same run.
. "$(dirname "$0")/lib.sh"
needs root fuse jq cryptsetup
plan 103

modules=$tmp/modules p=$tmp/p v=$tmp/v
mkdir -m 755 "$modules" "$p"
for name in open-contender key-contender; do
	install -m 755 "$top_builddir/.libs/$name.so" "$modules/"
done
type=7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E14
filterctl image create --size 8M --scheme gpt --partition 4M:$type \
	--partition rest:linux-data "$tmp/disk.img" 2>/dev/null

# contender NAME FILE SCORE open|key [LINE...]: a personality; a line with a
# dash in its key is a setting.
contender() {
	file=$p/$2.personality
	{
		printf '[Personality]\nName=%s\nModule=%s-contender\n' "$1" "$4"
		printf '[Match]\nContentHint=%s\nProbeScore=%s\n' $type "$3"
	} >"$file"
	name=$1; shift 4
	for line in "$@"; do
		case $line in
		Match*)	echo "$line" ;;
		esac
	done >>"$file"
	{
		printf '[Module]\nProperty.label=%s\n' "$name"
		for line in "$@"; do
			case $line in
			Match*)	;;
			*)	echo "Property.$line" ;;
			esac
		done
	} >>"$file"
}

# look [OPTION...]: what explain says beforehand, to look.json.
look() {
	filterctl explain -J -p "$p" --module-dir "$modules" "$@" \
		"$tmp/disk.img" >"$tmp/look.json" 2>"$tmp/look.err"
}

# really [OPTION...]: mounts, and takes what it says, its record, and its
# volumes: mount.json, mount.err, did.json.
really() {
	filterd mount --background -J -p "$p" --module-dir "$modules" "$@" \
		"$tmp/disk.img" "$v" >"$tmp/mount.json" 2>"$tmp/mount.err"
	code=$?
	: >"$tmp/did.json"
	[ $code -ne 0 ] || filterctl explain -J "$v" >"$tmp/did.json" 2>&1
	[ $code -ne 0 ] || filterd umount "$v" >/dev/null 2>&1
}
on_exit "filterd umount '$v'"

# The outcomes on the partition, in the order of their places or attempts.
by() {	# by place|attempt FILE JQ
	jq -r --arg by "$1" "[.media[] | select(.name == \"disk1\") |
		.outcomes[] | select(.[\$by] > 0)] | sort_by(.[\$by]) | $3" \
		"$tmp/$2.json"
}

turns() {	# the truth: whose turn it was, as they said themselves
	sed -n "s/.*: turn //p" "$tmp/mount.err" | tr '\n' ' '
}

tried() {	# tried look|did: whose turn it is said to have been
	by attempt "$1" '.[].personality' | tr '\n' ' '
}

stands() {	# the truth: who published something, by its label
	jq -r '[.volumes[] | select(.class == "filter") | .label] |
		sort | join(" ")' "$tmp/mount.json"
}

standing() {	# standing look|did: who is said to stand
	by attempt "$1" '[.[] | select(.step == "running") | .personality] |
		sort | join(" ")'
}

# The messages of the mount, and the same as the record would have them.
messages() {
	grep '^filterd: .* did not start' "$tmp/mount.err" | sed 's/^filterd: //' | sort
}
messages_of() {
	by attempt "$1" '.[] | select(.step == "start") |
		"disk1: \(.personality) did not start: \(.why); " +
		if .next == "" then "nothing is left to try"
		else "\(.next) is tried next" end' | sort
}

# consistent FILE: what a record says of the order is what its scores say.
consistent() {
	by place "$1" '. as $all | [.[] | . as $me |
	def first($a; $b):	# the rule for equal scores, and before probes
		$a.score_before > $b.score_before or
		($a.score_before == $b.score_before and $a.file < $b.file);
	($all | map(select(.category == $me.category))) as $mine |
	($mine | map(select(.place < $me.place))) as $above |
	($mine | map(select(.place > $me.place))) as $below |
	($above | all(.score > $me.score or
		(.score == $me.score and first(.; $me)))) and
	([$above[] | select(.score == $me.score)] | last | .personality) ==
		(if .tied == "" then null else .tied end) and
	.tie == (if .tied == "" then "" elif ([$above[] | select(.personality
		== $me.tied)] | last | .score_before) == .score_before
		then "file" else "probe" end) and
	(.overtook | sort) == ([$below[] | select(first(.; $me)) |
		.personality] | sort)] |
	length > 0 and all'
}

# First one with all of it: equal scores, probes that change them up and down,
# starts that fail in the daemon and in the helper, a second category.
contender ash 50-ash 1500 open score=900
contender birch 40-birch 1500 open start-error=EIO
contender cedar 30-cedar 1000 open score=1500 start-error=EBADMSG
contender elm 20-elm 1200 key prepare-error=EIO
contender fir 60-fir 1200 key
contender hazel 10-hazel 1100 open
contender ivy 70-ivy 100 open MatchCategory=beside
contender oak 80-oak 3000 open probe-error=ENOKEY
look; really
same "looking goes on until it would need a key" "$(tried look)" \
	"birch cedar elm ivy "
same "then the real ones were tried" "$(turns)" "birch cedar elm fir ivy "
same "as the record says" "$(tried did)" "$(turns)"
same "they stand" "$(stands)" "fir ivy"
same "as the record says" "$(standing did)" "$(stands)"
same "each failure was told, and what was tried next" "$(messages)" \
	"$(messages_of did)"
same "none was when only looking" "$(grep "did not" "$tmp/look.err")" ""
same "who would be next was next" \
	"$(by attempt look '.[] | select(.step == "would-start") | .next')" \
	"$(by attempt did '.[] | select(.personality == "elm") | .next')"
same "the order looks as the scores do" "$(consistent look)" true
same "and in the record" "$(consistent did)" true
same "one order in both" "$(by place look '.[].personality')" \
	"$(by place did '.[].personality')"
same "a tie by the probes, and one by the files" "$(by place did '.[] |
	select(.tie != "") | [.personality, .tied, .tie] | join(" ")')" \
	"cedar birch probe
fir elm file"
same "who was overtaken" "$(by place did '.[] | select(.overtook != []) |
	[.personality, "before", (.overtook | sort[])] | join(" ")')" \
	"cedar before ash elm fir hazel
elm before ash
fir before ash
hazel before ash"
same "the category is held by who stands" "$(by place did '.[] |
	select(.step == "score") | [.personality, .holder, .holder_score_before,
	.holder_score] | join(" ")')" "hazel fir 1200 1200
ash fir 1200 1200"
same "a probe that failed has no place" "$(jq -r '.media[] |
	select(.name == "disk1") | .outcomes[] | select(.personality == "oak") |
	[.step, .place, .attempt, .why] | join(" ")' "$tmp/did.json")" \
	"probe 0 0 cannot probe 'disk1': probe of oak"

# As people read it.  Maps and what is shipped are left out here.
ours() {	# ours [PERSONALITY]: of the first partition
	filterctl explain -p "$p" --module-dir "$modules" "$tmp/disk.img" \
		"$@" 2>"$tmp/err" | sed "s|$tmp|TMP|g" |
		awk '/^[^ ]/ { on = /^disk1:/; keep = 1 }
		/^  [^ ]/ { keep = !/\(map\)|for crypt,|no other map/ } on && keep'
}
cat >"$tmp/want" <<'EOT'
disk1: 7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E14, 4 MiB
  Who may start here, the best score first:
    TRIED PERSONALITY FILTER         CATEGORY SCORE PROBED RESULT
    1st   birch       open-contender storage   1500        did not start
    2nd   cedar       open-contender storage   1000   1500 did not start
    3rd   elm         key-contender  storage   1200        would start
    -     fir         key-contender  storage   1200        not tried
    -     hazel       open-contender storage   1100        not tried
    -     ash         open-contender storage   1500    900 not tried
    4th   ivy         open-contender beside     100        stands here

  oak for open-contender, score 3000
    ✔ ContentHint = 7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E14
    → cannot probe 'disk1': probe of oak
  birch for open-contender, score 1500
    ✔ ContentHint = 7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E14
    → tried 1st: did not start: 'disk1.open-contender': filter open-contender did not start: start of birch
    → so cedar was tried next
  ash for open-contender, score 1500, after its probe 900
    ✔ ContentHint = 7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E14
    → not tried: the category "storage" went to elm, whose score is higher: 1200; a higher ProbeScore= changes that
  elm for key-contender, score 1200
    ✔ ContentHint = 7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E14
    → comes before ash since that one's probe lowered its score
    → tried 3rd: all holds: "filterd mount TMP/disk.img" starts it
    → if it does not start then, fir is tried next
  fir for key-contender, score 1200
    ✔ ContentHint = 7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E14
    → comes before ash since that one's probe lowered its score
    → the score of elm is equal, and elm comes first: equal scores go by the names of their files
    → not tried: the category "storage" went to elm, whose score is equal: 1200; a higher ProbeScore= changes that
  hazel for open-contender, score 1100
    ✔ ContentHint = 7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E14
    → comes before ash since that one's probe lowered its score
    → not tried: the category "storage" went to elm, whose score is higher: 1200; a higher ProbeScore= changes that
  cedar for open-contender, score 1000, after its probe 1500
    ✔ ContentHint = 7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E14
    → comes before elm, fir, hazel and ash since its probe raised its score
    → the score of birch is equal, and birch comes first: its score was higher before the probes
    → tried 2nd: did not start: 'disk1.open-contender': filter open-contender did not start: start of cedar
    → so elm was tried next
  ivy for open-contender, score 100
    ✔ ContentHint = 7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E14
    → tried 4th: stands here
EOT
ours >"$tmp/have"
check "as people read it" diff -u "$tmp/want" "$tmp/have"
LC_ALL=C ours >"$tmp/have"
sed 's/✔/ok/; s/✘/--/; s/→/->/' "$tmp/want" >"$tmp/want.ascii"
check "and in ASCII" diff -u "$tmp/want.ascii" "$tmp/have"
run filterctl explain -p "$p" --module-dir "$modules" "$tmp/disk.img" cedar
says "of one alone too: its turn, and who was next" 'so elm was tried next'
same "and nothing of others" "$(grep -c 'Who may start\|^  [^ ]*elm' "$tmp/out")" 0
rm "$p"/*

# The same against a rule written down a second time: by the order of scores
# after and before the probes, and of files, each category until one stands.
expected() {	# expected SCENARIO: "turns: A B; stand: C"
	sort -k4,4nr -k3,3nr -k2,2 "$1" | awk '!held[$6] {
		turns = turns $1 " "
		if ($7 == "none") { held[$6] = 1; stand[++n] = $1 }
	} END { printf "turns: %s; stand:", turns
		for (i = 1; i <= n; i++) printf " %s", stand[i] }'
}

seed=1
dice() {	# dice N: 0 to N-1, in $rolled
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	rolled=$((seed / 65536 % $1))
}

# scenario FILE: lines "name file score probed module category error".
scenario() {
	for name in ash birch cedar elm fir hazel; do
		dice 90; number_of_file=$((10 + rolled))
		dice 3; score=$((1000 + 100 * rolled))
		dice 3; probed=$((score + 100 * (rolled - 1)))
		dice 2; [ $rolled -eq 0 ] && module=open || module=key
		dice 4; [ $rolled -eq 0 ] && category=beside || category=storage
		dice 2; [ $rolled -eq 0 ] && error=EIO || error=none
		echo "$name $number_of_file-$name $score $probed $module" \
			"$category $error"
	done >"$1"
}

happened() {
	echo "turns: $(turns); stand: $(jq -r '[.volumes[] |
		select(.class == "filter") | .label] | join(" ")' \
		"$tmp/mount.json")"
}

claimed() {
	echo "turns: $(tried did); stand: $(by attempt did \
		'[.[] | select(.step == "running") | .personality] |
		join(" ")')"
}

mounts=0
while [ $mounts -lt 8 ]; do
	scenario "$tmp/scenario"
	while read -r name file score probed module category error; do
		contender $name $file $score $module score=$probed \
			start-error=$error MatchCategory=$category
	done <"$tmp/scenario"
	look; really
	# What matched and did not start publishes nothing; no record then.
	if [ $code -ne 0 ]; then
		rm "$p"/*
		continue
	fi
	mounts=$((mounts + 1))
	want=$(expected "$tmp/scenario")
	same "scenario $mounts: the rule is followed" "$(happened)" "$want"
	same "the record tells what happened" "$(claimed)" "$(happened)"
	same "so do the messages" "$(messages)" "$(messages_of did)"
	same "looking tells how it begins" "$(tried look)" "$(
		for name in $(turns); do
			case " $(tried look)" in
			*" $name "*)	printf '%s ' "$name" ;;
			esac
		done)"
	same "the order is as the scores" \
		"$(consistent look) $(consistent did)" "true true"
	rm "$p"/*
done

# One that fails alone, and several: mount and explain tell the same.
contender ash 10-ash 1500 key prepare-error=EBADMSG
look; really -J
same "one alone fails" "$code $(turns)" "7 ash "
same "nothing of a next one is said" "$(messages)" ""
filterctl explain -p "$p" --module-dir "$modules" "$tmp/disk.img" ash \
	>"$tmp/out" 2>&1
says "one alone is not numbered" '→ all holds: "filterd mount'
contender ash 10-ash 1500 open start-error=EBADMSG
contender elm 20-elm 2500 open score=100 start-error=EIO
look; really
same "two fail" "$code $(turns)" "7 ash elm "
same "as looking told" "$(tried look)" "$(turns)"
same "with what was told" "$(messages)" "$(messages_of look)"
same "the error is that of who was tried first" \
	"$(tail -n 1 "$tmp/mount.err" | jq -r .text)" \
	"$(by attempt look '.[0].why')"
filterctl explain -p "$p" --module-dir "$modules" "$tmp/disk.img" elm \
	>"$tmp/out" 2>&1
says "then nothing was left" 'nothing was left to try in the category "storage"'

# Two that would do the same: the second is not tried.
contender ash 10-ash 1500 open start-error=EIO
contender elm 20-elm 1400 open start-error=EIO label=ash
contender fir 30-fir 1300 open
look; really
same "the same is not tried twice" "$(turns)" "ash fir "
same "as the record says" "$(tried did)" "$(turns)"
same "it is said whom it is like" "$(by place did '.[] |
	select(.personality == "elm") | [.step, .attempt, .alike, .next] |
	join(" ")')" "start 0 ash "
same "in the messages too" "$(messages)" \
	"$(messages_of did | grep -v elm.did)"
rm "$p"/*

# Asked for by name: first whatever its probe says, and never given up for
# another one.
contender ash 10-ash 1500 open
asked=open-contender,label=asked,score=-5
look --filter $asked
filterctl explain -J -p "$p" --module-dir "$modules" --filter $asked \
	"$tmp/disk.img:1" >"$tmp/look.json" 2>/dev/null
filterd mount --background -J -p "$p" --module-dir "$modules" \
	--filter $asked "$tmp/disk.img:1" "$v" >"$tmp/mount.json" \
	2>"$tmp/mount.err"
filterctl explain -J "$v" >"$tmp/did.json"
filterd umount "$v" >/dev/null 2>&1
same "what is asked for stands" "$(turns)$(stands)" "asked asked"
for file in look did; do
	same "as explain says ($file)" "$(by place $file '.[] |
		[.personality, .requested, .step, .score, .holder] |
		map(tostring) | join(" ")')" \
		"--filter true running -5 
ash false score 1500 --filter"
done
exits 1 "it fails" filterd mount --background -p "$p" --module-dir "$modules" \
	--filter open-contender,label=asked,start-error=EIO "$tmp/disk.img:1" \
	"$v"
run filterctl explain -p "$p" --module-dir "$modules" \
	--filter open-contender,label=asked,start-error=EIO "$tmp/disk.img:1"
says "explain says so" 'asked for by name: no other was tried'
says "and why the other is not" 'went to --filter, which was asked for'
exits 4 "one that is not there" \
	filterd mount --background -p "$p" --filter nosuch \
	"$tmp/disk.img:1" "$v"
why=$(sed -n 's/^filterd: //p' "$tmp/err")
filterctl explain -J -p "$p" --module-dir "$modules" --filter nosuch \
	"$tmp/disk.img:1" >"$tmp/look.json" 2>/dev/null
same "holds the category" "$(jq -r '.media[0].outcomes[] |
	select(.personality == "--filter" or .personality == "ash") |
	[.step, .holder, .why] | join(" ")' "$tmp/look.json")" \
	"module  $why
category --filter "
run filterctl explain -p "$p" --module-dir "$modules" --filter nosuch \
	"$tmp/disk.img:1"
says "as people read it" \
	'not looked at, since --filter was asked for by name: gpt, mbr, '
says "each by its name" '^    (.*, )?ash(,|$)'
same "a line has 80 columns" "$(grep '^  not looked\|^    [a-z]*,' "$tmp/out" |
	awk 'length > 80')" ""
run filterctl explain -p "$p" --module-dir "$modules" --filter nosuch \
	"$tmp/disk.img:1" ash
says "of one alone, the category too" \
	'"storage" is held here by --filter, which was asked for by name;'
rm "$p"/*

# Who is closed holds the category: the record of the real run says so.
contender ash 10-ash 1500 key prepare-error=ENOKEY
contender elm 20-elm 1400 open
look; really --keep-going
same "nothing is tried after a wrong key" "$(turns)" "ash "
same "looking cannot know" "$(by attempt look '.[] |
	[.personality, .step, .next] | join(" ")')" "ash would-start elm"
same "the record does" "$(by place did '.[] |
	[.personality, .step, .next, .holder] | join(" ")')" "ash unlock  
elm score  ash"
same "with the reason that was told" \
	"$(by attempt did '.[0].why' | grep -c 'prepare of ash')" 1

# The record of a mount.
check "a mount" mounted "$tmp/disk.img" "$v" -p "$p" --module-dir "$modules" \
	--keep-going -J
pid=$(jq .pid "$tmp/out")
run filterctl explain "$v" ash
says "its record, in words" '→ not unlocked: .*prepare of ash'
check "is asked for by its directory's name alone" sh -c "cd '$v' &&
	filterctl explain -J . elm | jq -e '[.media[].outcomes[].personality] |
	unique == [\"elm\"]'"
exits 4 "a personality that there is not" filterctl explain "$v" elmo
says "is guessed" 'did you mean elm'
exits 2 "options are for what has not happened" \
	filterctl explain -p "$p" "$v"
exits 2 "--filter too" filterctl explain --filter fault "$v"
check "a volume in it is looked at as any other file" \
	filterctl explain "$v/disk2"
says "with what is on it" '^disk2: unknown'
kill -9 "$pid"
while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
exits 1 "a mount that died" filterctl explain "$v"
says "is told, and what to do" 'filterd umount'
check "which is right" filterd umount "$v"
exits 9 "a folder is none" filterctl explain "$p"

# While it matches there is no record: this one waits for its passphrase.
luks "$tmp/luks.img" 20M
mkfifo "$tmp/fifo"
exec 8<>"$tmp/fifo"
filterd mount --passphrase-fd 8 "$tmp/luks.img" "$v" >/dev/null 2>&1 &
pid=$!
waits() {	# while the mount lives and the command fails
	until "$@" >"$tmp/out" 2>"$tmp/err" || ! kill -0 "$pid" 2>/dev/null; do
		sleep 0.1
	done
}
waits test -S "$v/.control"
exits 5 "no record yet" filterctl explain "$v"
says "and why" 'it is matching'
echo "$passphrase" >&8
waits filterctl explain "$v"
says "then there is" 'luks-signature for crypt'
filterd umount "$v" >/dev/null 2>&1
wait
