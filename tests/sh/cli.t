#!/bin/sh
# What a newcomer types, wrongly too: usage, did you mean, JSON, exit codes.
. "$(dirname "$0")/lib.sh"
needs jq
plan 38

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
exits 4 "a source that is not there" filterctl list-media "$tmp/none"
exits 4 "its error as JSON" sh -c \
	"filterctl list-media --json '$tmp/none' 2>'$tmp/json'; code=\$?
	jq -e .text '$tmp/json' >/dev/null || code=99; exit \$code"
printf '[Personality]\nModule=x\n[Match]\nProbeScore=high\n' >"$tmp/bad.personality"
exits 1 "verify of a bad personality" filterctl verify "$tmp/bad.personality"
says "has file, line, column" 'bad\.personality:4:[0-9]+:'
