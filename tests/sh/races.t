#!/bin/sh
# Many at one source at once, and what comes in the middle of something else:
# each is told how it ended, and in the end nothing is left.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup jq pgrep
alone
plan 27

media=/run/filterd/media
mkdir "$tmp/p"
printf '[Personality]\nModule=passthrough\n[Match]\nContentHint=My_Content\n' \
	>"$tmp/p/my.personality"
filterctl image create --size 48M --scheme apple --partition 20M:luks \
	--partition 8M:My_Content --partition rest:linux-data \
	"$tmp/disk.img" >/dev/null 2>&1
luks "$tmp/luks.img" 20M --type luks1
filterctl copy --in "$tmp/luks.img" "$tmp/disk.img:2" 2>/dev/null
cp --sparse=always "$tmp/luks.img" "$tmp/gone.img"
attach "$tmp/gone.img"
name=${loop#/dev/}
check "the service" serve -p "$tmp/p"

# told VERB OPTION...: a line of how it ended, with what it said.
told() {
	filterctl "$@" >/dev/null 2>"$tmp/said.$client"
	echo "$1 $? $(tr '\n' ' ' <"$tmp/said.$client")" >>"$tmp/told.$client"
}

status_is() {
	[ "$(filterctl status --json | jq -r \
		'[.attachments[].state] | join(" ")')" = "$1" ]
}

is_as_before() {
	now=$(census)
	[ "$now" = "$before" ]
}

# nothing_left WHEN: what it holds is what it held.
nothing_left() {
	await is_as_before
	same "$1: nothing is left" "$now" "$before"
}

come() {
	filterctl attach --key-file "$tmp/key" "$tmp/disk.img" >/dev/null
}

# What is loaded once stays.
check "a source is attached" come
check "and detached" filterctl detach disk
check "and all that is gone is" await settled

# All at once.  The pauses give those who are slower a chance; what must come out
# does not depend on them.  Whoever is killed has no say in it.
attacher() { told attach --key-file "$tmp/key" "$tmp/disk.img"; }
detacher() { sleep 0.9; told detach disk; }
lazy() { sleep 1.3; told detach --lazy disk; }
forcer() { sleep 1.7; told detach --force disk3.passthrough; }
rescanner() { sleep 0.5; told rescan disk; told rescan; }
reader() { sleep 0.4; told open disk3 -- cat; }
writer() { sleep 0.6; told open --write disk3 -- cat; }
reloader() {
	printf '[Personality]\nModule=passthrough\n[Match]\nContentHint=%s\n' \
		"$1" >"$tmp/p/new"
	mv "$tmp/p/new" "$tmp/p/other.personality"
	sleep 0.3
	told reload
}
looker() { told tree -l; told status; told explain disk; told holders disk; }
user() { sleep 0.2; cat "$media"/disk/disk? "$media"/disk/*.*; }
killed_client() {
	for verb in "attach --key-file $tmp/key $tmp/disk.img" "detach disk" \
			"rescan disk" "open --write disk3 -- cat" reload \
			"monitor"; do
		timeout -s KILL "0.$1" filterctl $verb
	done
}

clients=
for client in attacher attacher.2 attacher.3 detacher lazy forcer rescanner \
		reader writer reloader looker user killed_client; do
	(for i in 1 2 3 4 5 6; do
		"${client%.*}" "$i"
	done) >/dev/null 2>&1 &
	clients="$clients $!"
done
for pid in $clients; do
	wait "$pid"
done
check "it has gone through all of it" filterctl status
sort "$tmp"/told.* | sed "s|$tmp/||; s/[0-9]\{3,\}/N/g" | uniq -c |
	sort -rn | sed 's/^/# /'
cat >"$tmp/right" <<'END'
^[a-z]+ 0 
^attach 5 .* is in use: 
^attach 130 filterctl: interrupted 
^(detach|rescan|explain) 4 .* is not attached 
^(open|holders) 4 .*there is no medium 
^explain [45] 
^(open|detach|rescan) 5 .* is (renewing|detaching|leaving|matching|opening)
^detach 5 .*(is being detached already|in use|is open)
^rescan 5 .* is being looked at already 
^rescan 1 filterctl: it was detached meanwhile 
END
same "each was told how it ended" \
	"$(cat "$tmp"/told.* | grep -vE -f "$tmp/right")" ""
while filterctl detach disk 2>/dev/null; do :; done
check "what is there then goes" await status_is ''
rm -f "$tmp/p/other.personality"
filterctl reload
nothing_left "after all at once"

# One is opening: it waits for its passphrase, which comes from a fifo.
mkfifo "$tmp/fifo"
exec 9<>"$tmp/fifo"
opens() {	# opens SOURCE: an attach that waits; $opener is its pid
	filterctl attach --passphrase-fd 9 "$1" >/dev/null \
		2>"$tmp/opener" &
	opener=$!
	await status_is matching
}
opener_says() {	# opener_says DESCRIPTION CODE PATTERN
	wait $opener
	code=$?
	cp "$tmp/opener" "$tmp/err"
	[ $code -eq "$2" ] && grep -qE "$3" "$tmp/opener"
	result $? "$1"
}

check "one waits for its passphrase" opens "$tmp/luks.img"
exits 5 "the source is not another's" filterctl attach --key-file "$tmp/key" \
	"$tmp/luks.img"
check "it is detached" filterctl detach luks
status_is ''
result $? "which has ended when it says so"
opener_says "who attached is told" 130 interrupted
nothing_left "detached while it was opening"

check "again" opens "$tmp/luks.img"
filterctl rescan luks 2>"$tmp/rescan" &
rescanner=$!
filterctl detach luks 2>/dev/null
wait $rescanner
same "who wanted it looked at is told" "$(cat "$tmp/rescan")" \
	"filterctl: it was detached meanwhile"
wait $opener
check "again" opens "$tmp/luks.img"
kill -9 $opener
wait $opener 2>/dev/null
check "with him who attaches it is called off" await status_is ''
nothing_left "killed while it was opening"

# Its disk vanishes while its filter starts.
check "a disk" opens "$loop"
echo remove >"/sys/block/$name/uevent"
opener_says "which vanishes is told of" 1 "$loop has vanished"
check "and goes" await status_is ''
nothing_left "vanished while its filter started"
check "again" opens "$loop"
truncate -s 0 "$tmp/gone.img" && losetup -c "$loop"
opener_says "a disk that has no bytes any more has vanished" 1 \
	"$loop has vanished"
nothing_left "emptied while its filter started"

exec 9>&-
served
same "it ends well" $? 0
