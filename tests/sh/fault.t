#!/bin/sh
# With faults below the encryption, no error is swallowed.
. "$(dirname "$0")/lib.sh"
needs root fuse cryptsetup
plan 16

type=7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E11
luks "$tmp/luks" 20M --type luks2 --sector-size 4096
filterctl image create --size 24M --scheme gpt --partition rest:$type \
	"$tmp/disk.img" >/dev/null
filterctl copy --in "$tmp/luks" "$tmp/disk.img:1" >/dev/null 2>&1
mkdir "$tmp/p"
volume=$tmp/v/disk1.fault.crypt

# faulty SETTING...: the disk mounted with these settings of the fault filter.
faulty() {
	{
		printf '[Personality]\nModule=fault\n[Match]\nContentHint=%s\n' \
			$type
		printf 'ProbeScore=3000\n[Module]\n'
		[ $# -eq 0 ] || printf 'Property.%s\n' "$@"
	} >"$tmp/p/fault.personality"
	mounted "$tmp/disk.img" "$tmp/v" -p "$tmp/p" --key-file "$tmp/key"
}

put() {	# put COUNT [dd option...]
	count=$1; shift
	dd if=/dev/zero of="$volume" bs=64K count="$count" conv=notrunc "$@"
}

check "without a fault" faulty
check "writes and flushes pass" put 100 conv=notrunc,fsync
filterd umount "$tmp/v" >/dev/null

check "writes fail after a while" faulty write-error=EIO error-after=40
exits 1 "buffered: the writer or its fsync gets the error" \
	put 100 conv=notrunc,fsync
says "as EIO" 'Input/output error'
filterd umount "$tmp/v" >/dev/null 2>&1

faulty write-error=ENOSPC error-after=40
exits 1 "direct: the writer gets the error" put 100 oflag=direct
says "as ENOSPC" 'No space left'
filterd umount "$tmp/v" >/dev/null 2>&1

faulty flush-error=EIO error-count=1
exits 1 "a failed flush reaches fsync" put 1 conv=notrunc,fsync
says "as EIO" 'Input/output error'
check "who opens again starts clean" put 1 conv=notrunc,fsync
filterd umount "$tmp/v" >/dev/null 2>&1

faulty write-error=EIO error-after=40 tear=yes
exits 1 "a torn write is an error" put 100 oflag=direct
filterd umount "$tmp/v" >/dev/null 2>&1

faulty read-error=EIO error-offset=18M
exits 1 "a bad range fails to read" \
	dd if="$volume" of=/dev/null bs=64K iflag=direct
says "as EIO" 'Input/output error'
check "what is before it reads" \
	dd if="$volume" of=/dev/null bs=64K count=10 iflag=direct
filterd umount "$tmp/v" >/dev/null 2>&1

faulty zero-error=EIO write-error=EIO error-after=40
put 60 oflag=direct >/dev/null 2>&1
exits 1 "zeroing fails too" fallocate -p -o 0 -l 1M "$volume"
filterd umount "$tmp/v" >/dev/null 2>&1

faulty delay=1ms
check "delays only delay" put 50 conv=notrunc,fsync
filterd umount "$tmp/v" >/dev/null
