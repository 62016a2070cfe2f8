#!/bin/sh
# No error of memory, and nothing lost, from the mounting of an encrypted
# partition to its end, with random I/O in between.
. "$(dirname "$0")/lib.sh"
needs root fuse cryptsetup valgrind mkfifo
plan 5
dir=$tmp/v

filterctl image create --size 30M --scheme apple --partition 20M:luks \
	--partition rest:linux-data "$tmp/disk.img" 2>/dev/null
luks "$tmp/luks" 20M --type luks2 --sector-size 4096
filterctl copy --in "$tmp/luks" "$tmp/disk.img:2" 2>/dev/null
mkfifo "$tmp/fifo"

on_exit "filterd umount '$dir'"
valgrind --leak-check=full --errors-for-leak-kinds=definite \
	--error-exitcode=99 --log-file="$tmp/valgrind" \
	filterd mount --key-file "$tmp/key" "$tmp/disk.img" "$dir" \
	>"$tmp/fifo" 2>"$tmp/log" &
valgrind=$!
published=1
exec 9<"$tmp/fifo"
while [ $published -ne 0 ] && read -r line <&9; do
	case $line in "press Ctrl-C"*)
		published=0
	esac
done
result $published "mounted below valgrind"
# A hundredth: it is slow, and looks at each access.
n=$((operations / 100 + 100))
check "$n operations, encrypted" "$torture/oracle" -n $n -s "$seed" \
	"$dir/disk2.crypt"
check "$n operations, plain" "$torture/oracle" -n $n -s "$seed" "$dir/disk3"
check "umount" filterd umount "$dir"
wait $valgrind
status=$?
cp "$tmp/valgrind" "$tmp/err"
tail -n 12 "$tmp/valgrind" | sed 's/^/# /'
result $status "no error, and nothing definitely lost"
