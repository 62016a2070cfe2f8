#!/bin/sh
# One medium that hangs with 64 requests in flight does not hold up its
# neighbour in the same process.
. "$(dirname "$0")/lib.sh"
needs root fuse
plan 5

type=7B0E3C5A-52A1-4E0B-9A52-0D7C1F3B6E12
filterctl image create --size 40M --scheme gpt --partition 16M:$type \
	--partition rest:linux-data "$tmp/disk.img" >/dev/null
mkdir "$tmp/p"
cat >"$tmp/p/hang.personality" <<END
[Personality]
Module=fault
[Match]
ContentHint=$type
[Module]
Property.hang=yes
Property.hang-after=200
END
check "mounted" mounted "$tmp/disk.img" "$tmp/v" -p "$tmp/p"
sick=$tmp/v/disk1.fault well=$tmp/v/disk2

# Milliseconds that 2,000 direct reads of the well volume take.
reads() {
	start=$(date +%s%3N)
	dd if="$well" of=/dev/null bs=4K count=2000 iflag=direct status=none ||
		return 1
	echo $(($(date +%s%3N) - start))
}

before=$(reads)
pid=$(fuser_pid "$tmp/v")
on_exit "kill -9 $pid"
dd if="$sick" of=/dev/null bs=4K count=250 iflag=direct status=none &
pids='' i=0
while [ $i -lt 64 ]; do
	dd if="$sick" of=/dev/null bs=4K skip=$((i * 10)) count=200 \
		iflag=direct status=none &
	pids="$pids $!"
	i=$((i + 1))
done 2>/dev/null

# hanging: how many of them are dd, and asleep.
hanging() {
	for pid_of_dd in $pids; do
		cat "/proc/$pid_of_dd/stat" 2>/dev/null
	done | grep -c '^[0-9]* (dd) [SD]'
}
i=0
while [ "$(hanging)" -lt 64 ] && [ $i -lt 600 ]; do
	i=$((i + 1))
	sleep 0.1
done
same "64 readers hang" "$(hanging)" 64
during=$(reads)
echo "# 2,000 reads before: $before ms, beside the hung volume: $during ms"
same "the neighbour reads on, and they hang" "${during:+$(hanging)}" 64
check "and writes" dd if=/dev/zero of="$well" bs=4K count=100 \
	conv=notrunc,fsync status=none
kill -9 "$pid"
wait 2>/dev/null
filterd umount "$tmp/v" >/dev/null 2>&1
same "the hung readers have ended, no mount is left" \
	"$(grep -c "$tmp" /proc/self/mounts)" 0
