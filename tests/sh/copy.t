#!/bin/sh
# Volumes copied out and in without FUSE: holes, sizes, an interruption; and
# many volumes of one personality at once.
. "$(dirname "$0")/lib.sh"
needs root fuse cryptsetup script
plan 30

pass="--filter passthrough"
truncate -s 64M "$tmp/sparse"
for at in 3 17 40; do
	dd if=/dev/urandom of="$tmp/sparse" bs=1M count=1 seek=$at \
		conv=notrunc status=none
done
check "a sparse volume" filterctl copy $pass "$tmp/sparse" "$tmp/out.raw"
check "is the same" cmp "$tmp/sparse" "$tmp/out.raw"
check "and as sparse" test "$(stat -c %b "$tmp/out.raw")" -le 8192
same "for its owner alone" "$(stat -c %a "$tmp/out.raw")" 600
exits 1 "what is there is not overwritten" \
	filterctl copy $pass "$tmp/sparse" "$tmp/out.raw"
check "to a pipe" sh -c "filterctl copy $pass '$tmp/sparse' - |
	cmp - '$tmp/sparse'"

luks "$tmp/luks" 20M --type luks2
key="--key-file $tmp/key"
filterctl copy $key "$tmp/luks" "$tmp/before" 2>/dev/null
head -c 1000003 /dev/urandom >"$tmp/short"
check "a file that is shorter than the volume goes in" \
	filterctl copy $key --in "$tmp/short" "$tmp/luks"
filterctl copy $key "$tmp/luks" "$tmp/after" 2>/dev/null
check "it is there" cmp -n 1000003 "$tmp/short" "$tmp/after"
check "what is behind it stays" cmp -i 1000003 "$tmp/before" "$tmp/after"
truncate -s 20M "$tmp/long"
before=$(sum "$tmp/luks")
exits 1 "one that is longer does not" \
	filterctl copy $key --in "$tmp/long" "$tmp/luks"
says "with both sizes" 'too small: it has [0-9]+ bytes, the file 20971520'
same "and nothing is written" "$(sum "$tmp/luks")" "$before"
head -c 1000004 /dev/urandom >"$tmp/other"
check "only tried, one that fits" \
	filterctl copy --dry-run $key --in "$tmp/other" "$tmp/luks"
says "would go in" 'would fit'
exits 1 "one that does not" \
	filterctl copy --dry-run $key --in "$tmp/long" "$tmp/luks"
exits 6 "nor with another key" filterctl copy --dry-run \
	--key-file "$tmp/short" --in "$tmp/other" "$tmp/luks"
same "and nothing is written" "$(sum "$tmp/luks")" "$before"
exits 2 "a new file is not tried" \
	filterctl copy --dry-run $key "$tmp/luks" "$tmp/tried"

# Interrupted.  A thousand pieces of data with holes between them are requests
# of their own: slowed down, they would take five minutes.
slow="--filter fault,delay=300ms"
awk 'BEGIN { for (i = 0; i < 1000; i++) printf "x%8191s", "" }' |
	tr ' ' '\000' | cp --sparse=always /dev/stdin "$tmp/comb"
env --default-signal=INT filterctl copy $slow "$tmp/comb" "$tmp/half" \
	2>"$tmp/err" &
copier=$!
# Once SIGINT is caught (bit 2), the copy has begun.
until [ $((0x$(sed -n 's/^SigCgt:.//p' /proc/$copier/status) & 2)) -ne 0 ]; do
	kill -0 $copier || break
	sleep 0.1
done
kill -INT $copier
wait $copier
same "interrupted" $? 130
check "leaves no half file" test ! -e "$tmp/half"
script -qec "filterctl copy $pass '$tmp/sparse' '$tmp/shown'" /dev/null \
	>"$tmp/out" 2>&1
says "on a terminal it tells how far it is" '100%'

# Eight volumes of one personality, written all at once; one with another key.
set --
for i in 1 2 3 4 5 6 7 8; do
	set -- "$@" --partition 20M:luks
done
filterctl image create --size 162M --scheme gpt "$@" "$tmp/disk.img" 2>/dev/null
for i in 1 2 3 4 5 6 7 8; do
	filterctl copy --in "$tmp/luks" "$tmp/disk.img:$i" 2>/dev/null
done
check "eight volumes" mounted "$tmp/disk.img" "$tmp/v" $key
same "are there" "$(ls "$tmp/v" | grep -c 'disk[1-8]\.crypt$')" 8
says "links of the same UUID are told" 'by-uuid/.* already names another'
head -c 4M /dev/urandom >"$tmp/data"
for i in 1 2 3 4 5 6 7 8; do
	{ echo "volume $i"; cat "$tmp/data"; } |
		dd of="$tmp/v/disk$i.crypt" bs=64K iflag=fullblock \
			conv=notrunc,fsync status=none 2>/dev/null &
done
wait
filterd umount "$tmp/v" >/dev/null 2>&1
mounted "$tmp/disk.img" "$tmp/v" $key -r >/dev/null
for i in 1 2 3 4 5 6 7 8; do
	head -c 9 "$tmp/v/disk$i.crypt"
done >"$tmp/first"
same "each has its own bytes" "$(cut -d' ' -f2 "$tmp/first" | tr -d '\n')" \
	12345678
filterd umount "$tmp/v" >/dev/null 2>&1
printf other >"$tmp/other"; chmod 600 "$tmp/other"
cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 \
	--pbkdf-force-iterations 1000 \
	--key-file "$tmp/other" "$tmp/luks"
into "$tmp/disk.img" $((1024 * 1024 + 7 * 20 * 1024 * 1024)) "$tmp/luks"
exits 6 "one of them with another key" filterd mount --background $key \
	"$tmp/disk.img" "$tmp/v"
check "nothing is published" test ! -e "$tmp/v"
check "--keep-going" mounted "$tmp/disk.img" "$tmp/v" $key --keep-going
same "publishes the others" "$(ls "$tmp/v" | grep -c '\.crypt$')" 7
check "umount" filterd umount "$tmp/v"
