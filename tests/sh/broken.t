#!/bin/sh
# Broken maps and headers: each gets an answer within 5 seconds, a message, the
# right exit code, and is not changed.
. "$(dirname "$0")/lib.sh"
needs root fuse
"$top_builddir/tests/torture/broken" "$tmp/broken" || exit 99
table=$tmp/broken/expected
plan $((3 * $(grep -c . "$table")))

while IFS='	' read -r file code; do
	image=$tmp/broken/$file
	before=$(sum "$image")
	run timeout 5 filterd mount --background --key-file "$tmp/key" \
		"$image" "$tmp/v"
	[ "$status" -eq "$code" ] || echo "# exit code $status, expected $code"
	[ "$status" -eq "$code" ]
	result $? "$file: exit code $code"
	[ "$status" -eq 0 ] && filterd umount "$tmp/v" >/dev/null 2>&1
	# One line that names the source, and nothing a terminal would obey.
	{ [ "$status" -eq 0 ] || [ -s "$tmp/err" ]; } &&
		! cat "$tmp/out" "$tmp/err" | LC_ALL=C grep -q '[[:cntrl:]]' &&
		! grep -qE 'Sanitizer|runtime error' "$tmp/err"
	result $? "$file: a message without control characters"
	same "$file: unchanged" "$(sum "$image")" "$before"
done <"$table"
