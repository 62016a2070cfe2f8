#!/bin/sh
# What is logged: entries with fields in the journal, the last lines from the
# service itself, more or less of it while it runs.
. "$(dirname "$0")/lib.sh"
needs root fuse jq
plan 16

# entry MESSAGE FIELD: that field of the journal's entry with this message.
entry() {
	journalctl -u filterd.service -o json --no-pager |
		jq -r --arg message "$1" --arg field "$2" \
		'select(.MESSAGE | tostring | contains($message)) | .[$field]' |
		tail -n 1
}

luks "$keep/disk.img" 40M
check "a volume is attached" filterctl attach --key-file "$tmp/key" \
	"$keep/disk.img"
is_told() {
	[ -n "$(entry "'disk' is attached" MESSAGE)" ]
}
check "the journal has it" until_true is_told
same "as news" "$(entry "'disk' is attached" PRIORITY)" 6
same "of filterd" "$(entry "'disk' is attached" SYSLOG_IDENTIFIER)" filterd
same "about its source" "$(entry "'disk' is attached" FILTERD_SOURCE)" disk
same "from its place" "$(entry "'disk' is attached" CODE_FILE)" service.c
check "the service tells it too" filterctl log
says "with its level" "info    'disk' is attached"

same "the level is told" "$(filterctl log-level)" info
check "and changed" filterctl log-level debug
same "at once" "$(filterctl log-level)" debug
exits 8 "who may only look cannot" setpriv --reuid 65534 --regid 65534 \
	--clear-groups filterctl log-level err
exits 2 "a level that there is not is refused" filterctl log-level loud

filterctl log -f -n 0 >"$tmp/followed" &
follower=$!
# It may begin to follow now or later: what it hears is repeated.
on_exit "kill $follower"
is_followed() {
	filterctl detach disk; filterctl attach --key-file "$tmp/key" \
		"$keep/disk.img"
	grep -q "'disk' is detached" "$tmp/followed"
}
check "who follows hears what comes" until_true is_followed
check "one filter's lines are told apart" filterctl log -m nothing
same "of which there are none here" "$(cat "$tmp/out")" ""
