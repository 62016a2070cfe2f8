#!/bin/sh
# How a mount begins and ends: signals, who holds it, what a dead one left,
# what was not opened, and what is offered without a source.
. "$(dirname "$0")/lib.sh"
needs root fuse cryptsetup jq
plan 44

filterctl image create --size 48M --scheme gpt --partition 20M:luks \
	--partition rest:linux-data "$tmp/disk.img" 2>/dev/null
luks "$tmp/luks" 20M --type luks2
filterctl copy --in "$tmp/luks" "$tmp/disk.img:1" 2>/dev/null
printf wrong >"$tmp/wrong"; chmod 600 "$tmp/wrong"
dir=$tmp/v key="--key-file $tmp/key"

# until_true COMMAND...: waits until it succeeds; a minute later it is hung.
until_true() {
	for i in $(seq 600); do
		"$@" && return 0
		sleep 0.1
	done
	return 1
}

foreground() {
	# A background job of a shell without job control ignores SIGINT.
	env --default-signal=INT filterd mount $key "$tmp/disk.img" "$dir" \
		>"$tmp/log" 2>&1 &
	pid=$!
	on_exit "kill $pid"
	until_true test -e "$dir/disk2"
}

check "in the foreground" foreground
exec 9<"$dir/disk2"
kill -INT $pid
check "Ctrl-C changes nothing while a volume is open, and says so" \
	until_true grep -q 'still mounted' "$tmp/log"
check "an open volume outlives it" kill -0 $pid
check "and it is said which" grep -q "disk2' is in use" "$tmp/log"
check "all volumes are there" test -f "$dir/disk1.crypt"
exits 5 "umount says the same" filterd umount "$dir"
exits 5 "its source cannot be mounted twice" \
	filterd mount --background $key "$tmp/disk.img"
says "and where it is mounted is said" "its volumes are in '$dir'"
exec 9<&-
kill -INT $pid
wait $pid
same "closed: the second Ctrl-C ends it" $? 0
check "the directory is gone, as it was made" test ! -e "$dir"

foreground
kill -TERM $pid
wait $pid
same "SIGTERM ends it as well" $? 0

foreground
kill -QUIT $pid
wait $pid
same "and Ctrl-\\ does: no dead mounts, no dumb terminal" $? 0

# Killed: the next one, and umount, clear away what is left.
check "mounted" mounted "$tmp/disk.img" "$dir" $key
killed "$(fuser_pid "$dir")"
check "mounted over what a dead one left" mounted "$tmp/disk.img" "$dir" $key
says "and told so" 'mount that died'
killed "$(fuser_pid "$dir")"
check "mounted again" mounted "$tmp/disk.img" "$dir" $key
link=$(find "$dir/by-uuid" -type l | head -n 1)
check "umount by a link to a volume" filterd umount "$link"
check "and once more" mounted "$tmp/disk.img" "$dir" $key
pid=$(fuser_pid "$dir")
stat "$dir/disk1.crypt" >/dev/null	# the kernel remembers it for a while
killed "$pid"
check "umount clears it too, by a volume's path" \
	filterd umount "$dir/disk1.crypt"
same "no mount is left" "$(grep -c "$dir" /proc/self/mounts)" 0
check "and no directory" test ! -e "$dir"

# What others have there stays.
mkdir "$dir" && echo mine >"$dir/file"
exits 1 "a directory in use by a person" \
	filterd mount --background $key "$tmp/disk.img" "$dir"
exits 4 "is no mount" filterd umount "$dir"
same "the file is untouched" "$(cat "$dir/file")" mine
rm -r "$dir"

# A key that does not fit.
exits 6 "a wrong key" \
	filterd mount --background --key-file "$tmp/wrong" "$tmp/disk.img" "$dir"
check "nothing is published then" test ! -e "$dir"
check "--keep-going publishes the rest" mounted "$tmp/disk.img" "$dir" \
	--keep-going --key-file "$tmp/wrong"
says "and tells what is missing" 'not unlocked'
check "the plain volume" test -f "$dir/disk2"
check "not the locked one" test ! -e "$dir/disk1"
filterd umount "$dir" >/dev/null 2>&1
exits 6 "with nothing left to publish" filterd mount --background --keep-going \
	--key-file "$tmp/wrong" "$tmp/luks" "$dir"
: >"$tmp/empty"
exits 6 "an empty key file" filterctl copy --key-file "$tmp/empty" \
	"$tmp/luks" "$tmp/copy"
says "is named" "key file '$tmp/empty'"
exits 4 "a partition that is not there" \
	filterd mount --background $key "$tmp/disk.img:9"
exits 3 "nothing known" sh -c \
	"truncate -s 1M '$tmp/zero' && \
	filterd mount --background '$tmp/zero' '$dir'"

# Without a source, and as JSON.
mkdir "$tmp/here" && ln "$tmp/disk.img" "$tmp/here/disk.img"
check "without a source" sh -c "cd '$tmp/here' && exec filterd mount"
says "the command is offered" 'filterd mount disk\.img'
check "as JSON" sh -c "cd '$tmp/here' && filterd mount --json |
	jq -e '.offers[] | select(.source.path == \"disk.img\") | .command'"
check "mounted with --json" mounted "$tmp/disk.img" "$dir" $key --json
check "is one object with numbers" jq -e '.volumes[] |
	select(.name == "disk1.crypt") | .size | numbers' "$tmp/out"
check "and a tree" jq -e '.media[0].children[0].children[0].path' "$tmp/out"
check "umount" filterd umount "$dir"

# Two sources of one name, at the default place.
twin=twin$$
for folder in a b; do
	mkdir "$tmp/$folder"
	filterctl image create --size 4M --scheme gpt \
		--partition rest:linux-data "$tmp/$folder/$twin.img" 2>/dev/null
	on_exit "filterd umount /run/filterd/mount/$twin"
	on_exit "filterd umount '/run/filterd/mount/$twin~2'"
	filterd mount --background "$tmp/$folder/$twin.img" >/dev/null 2>&1
done
check "the first has its own name" test -d "/run/filterd/mount/$twin"
check "the second is told apart" test -d "/run/filterd/mount/$twin~2"
