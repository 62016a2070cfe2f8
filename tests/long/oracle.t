#!/bin/sh
# Random I/O against a model, as long as is asked for: each stack and way of
# I/O; then the same bytes after a remount, and in what others make of the disk.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup sfdisk
oracle=$torture/oracle
ways="auto:buffered auto:direct auto:dsync auto:mmap auto:mixed none:files
	writeback:mixed"
plan 167
dir=$tmp/v key="--key-file $tmp/key"

# mode WAY: sets $cache, $mode and the options of both programs.
mode() {
	cache=${1%:*} mode=${1#*:} seed=$((seed + 1)) writeback=
	[ "$cache" != writeback ] || writeback=-w
}

# oracle VOLUME OPERATIONS
oracle() {
	"$oracle" $writeback -n "$2" -s $seed -m "$mode" -d "$tmp/dump.$1" \
		"$dir/$1"
}

# oracles VOLUME...: all at once; each has its part of the operations.
oracles() {
	pids=
	for volume in "$@"; do
		oracle "$volume" $((operations / $#)) &
		pids="$pids $!"
	done
	bad=0
	for pid in $pids; do
		wait "$pid" || bad=1
	done
	return $bad
}

dumped() {	# dumped VOLUME...: they are as the oracle left them
	for volume in "$@"; do
		cmp "$tmp/dump.$volume" "$dir/$volume" || return 1
	done
}

# stack NAME IMAGE VOLUMES OPTION...: every way on one stack.
stack() {
	name=$1 image=$2 volumes=$3; shift 3
	for way in $ways; do
		mode "$way"
		mounted "$image" "$dir" --cache "$cache" "$@"
		check "$name: cache $cache, $mode" oracles $volumes
		sed 's/^/# /' "$tmp/out"
		check "$name: umount" filterd umount "$dir"
		mounted "$image" "$dir" -r "$@"
		check "$name: cache $cache, $mode: the same after a remount" \
			dumped $volumes
		filterd umount "$dir" >/dev/null 2>&1
	done
}

# decrypted IMAGE: by cryptsetup, into $tmp/plain, with nothing of ours.
decrypted() {
	rm -f "$tmp/header" "$tmp/plain"
	cp --sparse=always "$1" "$tmp/plain" &&
	cryptsetup reencrypt --batch-mode --decrypt \
		--force-offline-reencrypt --key-file "$tmp/key" \
		--header "$tmp/header" "$tmp/plain" >/dev/null 2>&1
}

# same_as VOLUME FILE [SKIP]: what the oracle left there, in FILE.
same_as() {
	cmp -n "$(stat -c %s "$tmp/dump.$1")" "$tmp/dump.$1" "$2" 0 "${3:-0}"
}

truncate -s 12M "$tmp/raw"
stack "a plain image" "$tmp/raw" raw.passthrough --filter passthrough
check "a plain image: it holds just that" \
	same_as raw.passthrough "$tmp/raw"

# An Apple map's entries are blocks of 512 bytes from the second on: the base
# of entry N is the big-endian number at 512 * N + 8.
apple_base() {
	echo $((512 * 0x$(od -An -tx1 -j $((512 * $2 + 8)) -N 4 "$1" |
		tr -d ' \n')))
}

filterctl image create --size 48M --scheme apple --partition 28M:luks \
	--partition rest:linux-data "$tmp/apple.img" 2>/dev/null
luks "$tmp/luks" 28M --type luks2 --sector-size 512
filterctl copy --in "$tmp/luks" "$tmp/apple.img:2" 2>/dev/null
stack "an Apple partition" "$tmp/apple.img" apple3 $key
check "an Apple partition: it lies where the map says" \
	same_as apple3 "$tmp/apple.img" "$(apple_base "$tmp/apple.img" 3)"
stack "LUKS2 on Apple" "$tmp/apple.img" apple2.crypt $key
dd if="$tmp/apple.img" of="$tmp/luks" bs=64K count=28M iflag=skip_bytes,count_bytes \
	skip="$(apple_base "$tmp/apple.img" 2)" status=none
check "LUKS2 on Apple: cryptsetup decrypts it" decrypted "$tmp/luks"
check "LUKS2 on Apple: to the same" same_as apple2.crypt "$tmp/plain"
rm "$tmp/apple.img"

luks "$tmp/luks" 28M --type luks2 --sector-size 4096
stack "LUKS2, sectors of 4096" "$tmp/luks" luks.crypt $key
check "LUKS2, sectors of 4096: cryptsetup decrypts it" decrypted "$tmp/luks"
check "LUKS2, sectors of 4096: to the same" same_as luks.crypt "$tmp/plain"

luks "$tmp/inner" 28M --type luks2 --sector-size 512
luks "$tmp/outer" 44M --type luks2 --sector-size 4096
filterctl copy $key --in "$tmp/inner" "$tmp/outer" 2>/dev/null
stack "LUKS2 in LUKS2" "$tmp/outer" outer.crypt.crypt $key
check "LUKS2 in LUKS2: cryptsetup decrypts it" decrypted "$tmp/outer"
mv "$tmp/plain" "$tmp/inner" && truncate -s 28M "$tmp/inner"
check "LUKS2 in LUKS2: and what is in it" decrypted "$tmp/inner"
check "LUKS2 in LUKS2: to the same" same_as outer.crypt.crypt "$tmp/plain"

type=7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E11
filterctl image create --size 30M --scheme gpt --partition rest:$type \
	"$tmp/fault.img" >/dev/null 2>&1
luks "$tmp/luks" 28M --type luks2 --sector-size 4096
filterctl copy --in "$tmp/luks" "$tmp/fault.img:1" 2>/dev/null
mkdir "$tmp/p"
printf '[Personality]\nModule=fault\nProbeScore=3000\n[Match]\nContentHint=%s\n' \
	$type >"$tmp/p/fault.personality"
stack "LUKS2 on a fault filter" "$tmp/fault.img" fault1.fault.crypt \
	-p "$tmp/p" $key

# Partitions that meet inside a sector of the cipher, all written at once.
truncate -s 20M "$tmp/gpt"
printf '%s\n' 'label: gpt' 'start=2048,size=10001' 'start=12049,size=10003' \
	'start=22052,size=9999' | sfdisk -q "$tmp/gpt"
luks "$tmp/odds" 40M --type luks2 --sector-size 4096
filterctl copy $key --in "$tmp/gpt" "$tmp/odds" 2>/dev/null
stack "off the granule" "$tmp/odds" "odds.crypt1 odds.crypt2 odds.crypt3" $key
check "off the granule: cryptsetup decrypts it" decrypted "$tmp/odds"
n=0
for start in 2048 12049 22052; do
	n=$((n + 1))
	check "off the granule: partition $n is the same" \
		same_as odds.crypt$n "$tmp/plain" $((start * 512))
done

# What mkfs and a file system do: on a loop device on the volume.
for direct in off on; do
	seed=$((seed + 1))
	mounted "$tmp/luks" "$dir" $key
	attach "$dir/luks.crypt" --direct-io=$direct
	check "a loop device, direct-io=$direct" "$oracle" -n "$operations" \
		-s $seed -m mixed -d "$tmp/dump.luks.crypt" "$loop"
	sed 's/^/# /' "$tmp/out"
	detach "$loop"
	check "a loop device, direct-io=$direct: umount" filterd umount "$dir"
	mounted "$tmp/luks" "$dir" -r $key
	check "a loop device, direct-io=$direct: the same after a remount" \
		dumped luks.crypt
	filterd umount "$dir" >/dev/null 2>&1
done
no_reports
