#!/bin/sh
# Random I/O against a model: every stack, every way of I/O, every cache mode;
# and what was written is there after a remount.
. "$(dirname "$0")/lib.sh"
needs root fuse cryptsetup
oracle=$top_builddir/tests/torture/oracle
plan 36

truncate -s 12M "$tmp/raw"
luks "$tmp/luks512" 28M --type luks2 --sector-size 512
luks "$tmp/luks4096" 28M --type luks2 --sector-size 4096
luks "$tmp/stack" 28M --type luks2 --sector-size 4096

# stack NAME IMAGE VOLUME OPTION...: all $modes on one stack.
stack() {
	name=$1 image=$2 volume=$3; shift 3
	for mode in $modes; do
		mounted "$image" "$tmp/v" "$@"
		check "$name: $mode" "$oracle" $writeback -n 10000 -s 7 -m $mode \
			-d "$tmp/dump" "$tmp/v/$volume"
		filterd umount "$tmp/v" >/dev/null
		mounted "$image" "$tmp/v" "$@" -r
		check "$name: $mode, the same after a remount" \
			cmp "$tmp/dump" "$tmp/v/$volume"
		filterd umount "$tmp/v" >/dev/null
	done
}

writeback=
modes="buffered direct dsync mmap mixed"
stack raw "$tmp/raw" raw.passthrough --filter passthrough
stack "LUKS 512" "$tmp/luks512" luks512.crypt --key-file "$tmp/key"
# Without a cache there is nothing that could be mapped.
modes="buffered direct dsync"
stack "LUKS 4096" "$tmp/luks4096" luks4096.crypt --key-file "$tmp/key" \
	--cache none
modes="buffered direct dsync mmap mixed"
writeback=-w
stack "two filters" "$tmp/stack" stack.passthrough.crypt \
	--filter passthrough --key-file "$tmp/key" --cache writeback
