#!/bin/sh
# What a newcomer types, wrongly too: usage, did you mean, JSON, exit codes.
. "$(dirname "$0")/lib.sh"
needs jq
plan 74

exits 2 "filterctl alone" filterctl
exits 0 "--help" filterctl --help
says "lists the verbs" 'list-filters'
exits 0 "--version" filterctl --version
exits 2 "a verb mistyped" filterctl list-fliters
says "is guessed" 'did you mean.*list-filters'
exits 2 "an option mistyped" filterctl list-filters --jsno
exits 0 "filterd --help" filterd --help
says "lists mount" 'mount'
exits 2 "a filterd verb mistyped" filterd muont
says "is guessed" 'did you mean.*mount'
for verb in list-filters list-media explain verify copy "image create"; do
	exits 0 "filterctl $verb --help" filterctl $verb --help
done
exits 0 "filterd mount --help" filterd mount --help

check "list-filters" filterctl list-filters
says "has crypt" 'crypt'
check "list-filters -v" filterctl list-filters -v
says "shows settings" 'discard'
check "list-filters --json" sh -c \
	"filterctl list-filters --json | jq -e '.filters[] | select(.name == \"crypt\")'"

for scheme in apple gpt mbr none; do
	part=
	[ $scheme = none ] || part="--partition 4M:linux-data --partition rest:luks"
	check "image create: $scheme" filterctl image create --size 16M \
		--scheme $scheme $part "$tmp/$scheme.img"
	check "list-media --json: $scheme" sh -c "filterctl list-media --json \
		'$tmp/$scheme.img' | jq -e '.. | .size? | numbers'"
done
exits 2 "a size that is none" filterctl image create --size much \
	--scheme gpt "$tmp/x.img"
exits 2 "a type that the scheme cannot hold" filterctl image create --size 16M \
	--scheme mbr --partition rest:MyOwn "$tmp/x.img"
check "and no half-made file" test ! -e "$tmp/x.img"
exits 2 "a type that this scheme has no name for" filterctl image create \
	--size 16M --scheme apple --partition rest:esp "$tmp/x.img"
says "does not guess the same again" 'hint: give a type'
filterctl image create --size 8M --scheme gpt \
	--partition "rest:linux-data:$(printf 'a\033[31mb')" "$tmp/red.img" \
	2>/dev/null
check "a name with a control sequence" filterctl list-media "$tmp/red.img"
says "is escaped once" ' a\\x1b\[31mb'
exits 4 "a source that is not there" filterctl list-media "$tmp/none"
exits 4 "its error as JSON" sh -c \
	"filterctl list-media --json '$tmp/none' 2>'$tmp/json'; code=\$?
	jq -e .text '$tmp/json' >/dev/null || code=99; exit \$code"
printf '[Personality]\nModule=x\n[Match]\nProbeScore=high\n' >"$tmp/bad.personality"
exits 1 "verify of a bad personality" filterctl verify "$tmp/bad.personality"
says "has file, line, column" 'bad\.personality:4:[0-9]+:'

# What is mistyped tells what to do next.
exits 2 "an option before the verb" filterctl --json list-media
says "is said to come after it" 'filterctl VERB --json'
exits 2 "a verb of the other program" filterctl serve
says "is said to be one" 'that is "filterd serve"'
exits 2 "and the other way" filterd explain "$tmp/gpt.img"
says "is said too" 'that is "filterctl explain"'
exits 2 "a word too few" filterctl explain
says "names the help of its verb" 'see filterctl explain --help'
check "the help of all verbs" filterctl --help
same "has its summaries in one column" \
	"$(grep '^  [a-z]' "$tmp/out" | grep -cv '^.\{40\} [a-z]')" 0
exits 2 "a value forgotten" filterd mount --background --key-file
says "the help of that verb is named" 'filterd mount --help'
exits 2 "a filter without a source" filterd mount --background --filter fault
exits 2 "part of no key file" \
	filterd mount --background --keyfile-size 3 "$tmp/gpt.img"
exits 2 "an empty name" filterd mount --background ""
exits 2 "a setting mistyped" filterctl copy --filter fault,read-eror=EIO \
	"$tmp/gpt.img" "$tmp/copy"
says "is guessed" "did you mean 'read-error'"
exits 4 "a volume that is not there" filterctl copy --volume gpt9 \
	"$tmp/gpt.img" "$tmp/copy"
says "those that are there are named" 'gpt1, gpt2'
exits 4 "umount of what is not there" filterd umount "$tmp/nowhere"
says "is no mount" 'no mount of filterd'
check "filterctl image --help" filterctl image --help
says "is that of create" '--scheme NAME'
printf '[Personality]\nModule=x\n[Match]\nSize=1M\n' >"$tmp/good.personality"
check "verify --json of a good file" sh -c "filterctl verify --json \
	'$tmp/good.personality' | jq -e '[.faults[] | select(.error)] == []'"
make="filterctl image create --dry-run --scheme mbr"
check "image create --dry-run" $make --size 8M --partition 1M:0x83 \
	"$tmp/tried.img"
check "makes nothing" test ! -e "$tmp/tried.img"
exits 1 "nor what has no room" $make --size 8M --partition 9M:0x83 \
	"$tmp/tried.img"
exits 1 "nor over another file" $make --size 8M "$tmp/gpt.img"
exits 2 "and knows what the map cannot hold" $make --size 8M \
	--partition 1M:MyOwn "$tmp/tried.img"
check "image create --json" sh -c "filterctl image create --json --size 3M \
	--scheme none '$tmp/made.img' | jq -e '.size == 3145728'"
mkdir "$tmp/p"
printf '[Personality]\nModule=passthrough\n[Match]\nWhole=no\n[Module]\nProperty.hnt=x\n' \
	>"$tmp/p/wrong.personality"
exits 1 "a wrong setting in a personality" filterctl copy -p "$tmp/p" \
	"$tmp/gpt.img:1" "$tmp/copy"
says "is said with the file" "wrong.personality: .* no setting 'hnt'"
