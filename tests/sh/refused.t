#!/bin/sh
# What cannot be opened is refused with the right words and exit code, and the
# source does not change by a bit.
. "$(dirname "$0")/lib.sh"
needs root fuse cryptsetup
plan 37

# refused CODE WORDS DESCRIPTION FILE [OPTION...]
refused() {
	code=$1 words=$2 what=$3 file=$4; shift 4
	before=$(sum "$file")
	exits "$code" "$what" filterd mount "$@" "$file" "$tmp/v"
	says "$what: says why" "$words"
	same "$what: source unchanged" "$(sum "$file")" "$before"
	[ ! -e "$tmp/v" ] || filterd umount "$tmp/v" >/dev/null 2>&1
}

wipe() {	# wipe FILE OFFSET LENGTH
	dd if=/dev/urandom of="$1" bs=1 seek="$2" count="$3" conv=notrunc \
		status=none
}

printf %s "wrong" >"$tmp/wrong"; chmod 600 "$tmp/wrong"
luks "$tmp/two" 20M --type luks2
luks "$tmp/one" 20M --type luks1

refused 6 'no key available' "LUKS2, wrong key" "$tmp/two" \
	--key-file "$tmp/wrong"
refused 6 'no key available' "LUKS1, wrong key" "$tmp/one" \
	--key-file "$tmp/wrong"
refused 6 'passphrase|key' "nobody to ask" "$tmp/two"

# One header copy damaged: opens, and says so; the disk stays as it is.
for at in 4096 20480; do
	cp "$tmp/two" "$tmp/half"; wipe "$tmp/half" $at 200
	before=$(sum "$tmp/half")
	check "one of two headers damaged (at $at): opens" \
		mounted "$tmp/half" "$tmp/v" -r --key-file "$tmp/key"
	filterd umount "$tmp/v" >/dev/null
	same "and is not repaired behind the user's back" \
		"$(sum "$tmp/half")" "$before"
done

cp "$tmp/two" "$tmp/bad"; wipe "$tmp/bad" 100 200; wipe "$tmp/bad" 16484 200
refused 7 'header|damaged|broken' "both LUKS2 headers damaged" "$tmp/bad" \
	--key-file "$tmp/key"
head -c 30000 "$tmp/two" >"$tmp/short"
refused 7 'truncated|short|damaged|broken|header' "LUKS2 header cut off" \
	"$tmp/short" --key-file "$tmp/key"
head -c 300K "$tmp/one" >"$tmp/short1"
refused 7 'truncated|short|damaged|broken|header' "LUKS1 header cut off" \
	"$tmp/short1" --key-file "$tmp/key"

# Killed in the middle of a re-encryption.
luks "$tmp/re" 200M --type luks2
cryptsetup reencrypt --batch-mode --force-offline-reencrypt --init-only \
	--key-file "$tmp/key" "$tmp/re" >/dev/null 2>&1
refused 9 're-?encrypt' "re-encryption under way" "$tmp/re" \
	--key-file "$tmp/key"

# A cipher that OpenSSL has not: refused before anybody is asked.
luks "$tmp/serpent" 20M --type luks1 -c serpent-xts-plain64 -s 256 \
	>/dev/null 2>&1
if cryptsetup isLuks "$tmp/serpent"; then
	refused 9 'serpent' "serpent" "$tmp/serpent"
else
	qemu-img create -q --object "secret,id=s,data=$passphrase" -f luks \
		-o key-secret=s,iter-time=10,cipher-alg=serpent-256 \
		"$tmp/serpent.q" 16M
	refused 9 'serpent' "serpent" "$tmp/serpent.q"
fi

# Headers that others made.
if [ -f "$testdata/luks2.tar.xz" ]; then
	tar --sparse -xJf "$testdata/luks2.tar.xz" -C "$tmp"
	header=$(find "$tmp" -name luks2_header_requirements | head -n 1)
	refused 9 'requirement' "an unknown requirement" "$header"
else
	skip 3 "shared test volumes are not here"
fi
# Qcow2 given as a disk.
if command -v qemu-img >/dev/null; then
	qemu-img create -q -f qcow2 "$tmp/disk.qcow2" 16M
	refused 9 'qcow2' "qcow2" "$tmp/disk.qcow2"
else
	skip 3 "needs qemu-img"
fi
: >"$tmp/empty"
exits 7 "an empty file" filterd mount --background "$tmp/empty" "$tmp/v"
exits 4 "a file that is not there" \
	filterd mount --background "$tmp/none" "$tmp/v"
mkfifo "$tmp/fifo"
exits 9 "a fifo does not hang" timeout 120 \
	filterd mount --background "$tmp/fifo" "$tmp/v"
