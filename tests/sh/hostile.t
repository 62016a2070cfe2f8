#!/bin/sh
# Where other users can interfere: directories, file names, and our memory.
. "$(dirname "$0")/lib.sh"
needs root fuse cryptsetup jq readelf
plan 20

luks "$tmp/disk.img" 20M --type luks2
before=$(sum "$tmp/disk.img")
key="--key-file $tmp/key"

# The directory above the volumes may be another's, who turns it into a link.
mkdir -p "$tmp/above" "$tmp/other/v"
: >"$tmp/other/v/disk.crypt"
check "mounted below another's directory" \
	mounted "$tmp/disk.img" "$tmp/above/v" $key
mv "$tmp/above" "$tmp/moved"
ln -s other "$tmp/above"
check "unmounted where it really is" filterd umount "$tmp/moved/v"
check "what lies at the old path stays" test -f "$tmp/other/v/disk.crypt"
check "and no mount is left" sh -c "! grep -q '$tmp' /proc/self/mounts"
check "nor the directory" test ! -e "$tmp/moved/v"

# A mount that died there.
rm "$tmp/above"; mkdir "$tmp/above"
mounted "$tmp/disk.img" "$tmp/above/v" $key
fuser_pid "$tmp/above/v"
kill -KILL "$filterd_pid"
mv "$tmp/above" "$tmp/again"
ln -s other "$tmp/above"
check "a dead one is cleared where it really is" \
	filterd umount "$tmp/again/v"
check "what lies at the old path stays again" \
	test -f "$tmp/other/v/disk.crypt"
check "and no dead mount is left" sh -c "! grep -q '$tmp' /proc/self/mounts"

# Whoever may write in DIR could put links there.
mkdir "$tmp/his"; chown 65534 "$tmp/his"
exits 8 "another's directory is refused" \
	filterd mount --background $key "$tmp/disk.img" "$tmp/his"
says "and what to do is said" 'hint: name a directory that is yours'
mkdir "$tmp/open"; chmod 1777 "$tmp/open"
exits 8 "one that all can write is refused" \
	filterd mount --background $key "$tmp/disk.img" "$tmp/open"
same "nothing was put there" "$(ls -A "$tmp/his" "$tmp/open" | grep -v :)" ""

# A file's name is not for a terminal to obey.
evil=$(printf '%s/\033]0;x\007\342\200\256\nz\377.img' "$tmp")
filterctl image create --size 4M --scheme gpt --partition rest:linux-data \
	"$evil" >/dev/null 2>&1
tame() { ! cat "$tmp/out" "$tmp/err" | tr -d '\n' |
	LC_ALL=C grep -qa "[[:cntrl:]]\|$(printf '\342\200\256\|\377')"; }
run filterctl explain "$evil"
tame; result $? "explain tames a file's name"
run filterctl list-media "$evil"
tame; result $? "list-media does"
run filterd mount --background "$evil" "$tmp/e"
tame; result $? "mount does"
filterd umount "$tmp/e" 2>/dev/null
check "and umount" test ! -e "$tmp/e"
filterctl list-media --json "$evil" >"$tmp/json"
check "JSON is JSON" jq -e '.media | length > 0' "$tmp/json"

mounted "$tmp/disk.img" "$tmp/v" $key
fuser_pid "$tmp/v"
check "no core of what has keys" \
	grep -qE '^Max core file size +[01] +[01] ' "/proc/$filterd_pid/limits"
filterd umount "$tmp/v" 2>/dev/null
same "the source is unchanged" "$(sum "$tmp/disk.img")" "$before"

bare=
for file in "$stage/bin/filterd" "$stage/bin/filterctl" \
	"$stage/libexec/filterd/helper" "$stage"/lib/filterd/filters/*.so; do
	readelf -d "$file" | grep -q NOW || bare="$bare $file"
done
same "no program's table of addresses stays writable" "$bare" ""
