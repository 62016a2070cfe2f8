#!/bin/sh
# SIGKILL at random moments loses nothing that was flushed.
. "$(dirname "$0")/lib.sh"
needs root fuse cryptsetup
synced=$top_builddir/tests/torture/synced
rounds=10
plan $((rounds + 1))

luks "$tmp/luks" 24M --type luks2 --sector-size 4096
total=0
for seed in $(seq $rounds); do
	mounted "$tmp/luks" "$tmp/v" --key-file "$tmp/key"
	pid=$(fuser_pid "$tmp/v")
	: >"$tmp/log"
	"$synced" write "$tmp/v/luks.crypt" "$seed" >"$tmp/log" 2>&1 &
	writer=$!
	# The moment is counted in records, not in time.
	until [ "$(wc -l <"$tmp/log")" -ge $((seed * 7)) ]; do
		kill -0 $writer 2>/dev/null || break
	done
	kill -9 "$pid"
	wait $writer
	filterd umount "$tmp/v" >/dev/null 2>&1
	last=$(grep -E '^[0-9]+$' "$tmp/log" | tail -n 1)
	total=$((total + ${last:-0}))
	mounted "$tmp/luks" "$tmp/v" --key-file "$tmp/key"
	check "round $seed: every flushed record is there" \
		"$synced" check "$tmp/v/luks.crypt" "$seed" "${last:-0}"
	filterd umount "$tmp/v" >/dev/null
done
[ "$total" -gt $((rounds * 50)) ]
result $? "the writer had written something each time"
