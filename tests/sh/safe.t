#!/bin/sh
# filterd serve --safe: only what RequiredAt= names starts, so that a machine
# that does not come up with the rest can be looked at; SIGHUP reads the
# configuration again.
. "$(dirname "$0")/lib.sh"
needs root fuse jq
alone
plan 13

mkdir "$tmp/p"
personality() {	# personality NAME HINT [RequiredAt]
	printf '[Personality]\nModule=passthrough\n[Match]\nContentHint=%s\n' \
		"$2" >"$tmp/p/$1.personality"
	[ $# -lt 3 ] || printf '[Policy]\nRequiredAt=%s\n' "$3" \
		>>"$tmp/p/$1.personality"
}
personality root Example_Root root
personality data Example_Data
personality none Example_None none
for name in root data none; do
	filterctl image create --size 8M --scheme apple --partition \
		"rest:Example_$(echo $name | sed 's/./\U&/')" \
		"$tmp/$name.img" >/dev/null
done

# started NAME: what stands on its partition.
started() {
	filterctl attach "$tmp/$1.img" >/dev/null 2>&1
	filterctl status --json | jq -r ".attachments[] |
		select(.name == \"$1\") | .volumes[].name" | grep passthrough
	filterctl detach "$1" >/dev/null 2>&1
}

check "the service starts" serve -p "$tmp/p"
for name in root data none; do
	check "$name starts" test -n "$(started $name)"
done
check "and ends" served

check "it starts safely" serve -p "$tmp/p" --safe
check "what is required starts" test -n "$(started root)"
same "what is not does not" "$(started data)" ""
same "nor what says so" "$(started none)" ""

# The level comes from the files: there are none, so it is the preset again.
check "more is logged" filterctl log-level debug
kill -HUP "$service"
has_level() {
	[ "$(filterctl log-level)" = "$1" ]
}
check "until it is told to read its files again" until_true has_level info
same "still safely" "$(started data)" ""
check "and ends" served
