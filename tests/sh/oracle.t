#!/bin/sh
# Random I/O against a model: every stack, every way of I/O, every cache mode;
# and what was written is there after a remount.
. "$(dirname "$0")/lib.sh"
needs root fuse cryptsetup
oracle=$top_builddir/tests/torture/oracle
plan 52

truncate -s 12M "$tmp/raw"
luks "$tmp/luks512" 28M --type luks2 --sector-size 512
luks "$tmp/luks4096" 28M --type luks2 --sector-size 4096
luks "$tmp/stack" 28M --type luks2 --sector-size 4096

# stack NAME IMAGE VOLUME OPTION...: all $modes on one stack.
stack() {
	name=$1 image=$2 volume=$3; shift 3
	for mode in $modes; do
		mounted "$image" "$tmp/v" "$@"
		check "$name: $mode" "$oracle" $writeback -n $ops -s 7 -m $mode \
			-d "$tmp/dump" "$tmp/v/$volume"
		filterd umount "$tmp/v" >/dev/null
		mounted "$image" "$tmp/v" "$@" -r
		check "$name: $mode, the same after a remount" \
			cmp "$tmp/dump" "$tmp/v/$volume"
		filterd umount "$tmp/v" >/dev/null
	done
}

ops=10000
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

# The other caches of each stack, in fewer operations.
ops=2000 writeback='' modes=mixed
stack "LUKS 4096, cached" "$tmp/luks4096" luks4096.crypt --key-file "$tmp/key"
stack "two filters, cached" "$tmp/stack" stack.passthrough.crypt \
	--filter passthrough --key-file "$tmp/key"
modes=direct
stack "raw, uncached" "$tmp/raw" raw.passthrough --filter passthrough \
	--cache none
stack "LUKS 512, uncached" "$tmp/luks512" luks512.crypt \
	--key-file "$tmp/key" --cache none
stack "two filters, uncached" "$tmp/stack" stack.passthrough.crypt \
	--filter passthrough --key-file "$tmp/key" --cache none
modes=mixed writeback=-w
stack "raw, written back" "$tmp/raw" raw.passthrough --filter passthrough \
	--cache writeback
stack "LUKS 512, written back" "$tmp/luks512" luks512.crypt \
	--key-file "$tmp/key" --cache writeback
stack "LUKS 4096, written back" "$tmp/luks4096" luks4096.crypt \
	--key-file "$tmp/key" --cache writeback
