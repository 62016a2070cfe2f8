#!/bin/sh
# Loop devices on volumes: their sectors, their end, and what they do not
# discard; they do not keep a volume busy, who uses them does.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup mkfs.ext4 jq fstrim
plan 35

# loop_of: the device that the last answer tells of.
loop_of() {
	jq -r '.volumes[0].loop' "$tmp/out"
}

# on VOLUME: the devices on it.
on() {
	losetup -n -O NAME,BACK-FILE | awk -v file="$1" '$2 == file { print $1 }'
}

# off VOLUME: waits until there is none.
off() {
	for i in $(seq 600); do
		[ -n "$(on "$1")" ] || return 0
		sleep 0.1
	done
	return 1
}

queue() {	# queue LOOP FILE
	cat "/sys/block/${1#/dev/}/queue/$2"
}

key="--key-file $tmp/key"
mkdir "$tmp/mnt"
for sector in 512 4096; do
	luks "$tmp/luks" 48M --type luks2 --sector-size $sector
	check "mounted, $sector" mounted "$tmp/luks" "$tmp/v" $key --loop --json
	loop=$(loop_of) volume=$tmp/v/luks.crypt
	same "its device is told, $sector" "$(on "$volume")" "$loop"
	same "with its sectors, $sector" \
		"$(blockdev --getss "$loop")" "$sector"
	same "and size, $sector" "$(blockdev --getsize64 "$loop")" \
		"$(stat -c %s "$volume")"
	same "it clears itself, $sector" \
		"$(losetup -n -O AUTOCLEAR,DIO "$loop" | tr -d ' ')" 11
	check "takes a file system, $sector" mkfs.ext4 -q "$loop"
	check "which is mounted, $sector" mount "$loop" "$tmp/mnt"
	on_exit "umount '$tmp/mnt'"
	exits 1 "and cannot be trimmed, $sector" fstrim "$tmp/mnt"
	same "nor does the kernel try again, $sector" \
		"$(queue "$loop" discard_max_bytes)" 0
	cp /bin/sh "$tmp/mnt/sh"
	exits 5 "used, it keeps its volume, $sector" filterd umount "$tmp/v"
	says "and who uses it is told, $sector" "$loop \\(mounted on $tmp/mnt"
	check "the file system goes on, $sector" cmp /bin/sh "$tmp/mnt/sh"
	umount "$tmp/mnt"
	same "the device stays, $sector" "$(on "$volume")" "$loop"
	exec 3<"$loop"
	exits 5 "nor does it go while somebody has it open, $sector" \
		filterd umount "$tmp/v"
	same "and is the same, $sector" "$(on "$volume")" "$loop"
	exec 3<&-
	check "unused, it does not, $sector" filterd umount "$tmp/v"
	check "and is gone, $sector" off "$volume"
done

# Where holes can be made, a trim makes them: an image behind a filter that
# passes on.
truncate -s 64M "$tmp/plain"
mounted "$tmp/plain" "$tmp/v" --loop --json --filter passthrough
loop=$(loop_of)
mkfs.ext4 -q -E nodiscard "$loop" && mount "$loop" "$tmp/mnt" &&
	head -c 30M /dev/urandom >"$tmp/mnt/file" && sync -f "$tmp/mnt/file" &&
	rm "$tmp/mnt/file" && sync -f "$tmp/mnt" && fstrim "$tmp/mnt" &&
	umount "$tmp/mnt" && filterd umount "$tmp/v" >/dev/null 2>&1
check "what is trimmed is given back to the image's file system" \
	test "$(stat -c %b "$tmp/plain")" -lt 40000
