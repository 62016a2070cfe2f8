#!/bin/sh
# One medium that hangs with 64 requests in flight leaves its neighbour, in the
# same process, as fast as before.
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
i=0
while [ $i -lt 64 ]; do
	dd if="$sick" of=/dev/null bs=4K skip=$((i * 10)) count=200 \
		iflag=direct status=none &
	i=$((i + 1))
done 2>/dev/null
# All are stuck once none has ended for as long as all take when they are well.
sleep 2
jobs >"$tmp/jobs"
[ "$(grep -c Running "$tmp/jobs")" -ge 64 ]
result $? "64 readers hang"
during=$(reads)
echo "# 2,000 reads before: $before ms, beside the hung volume: $during ms"
[ -n "$during" ] && [ "$during" -lt $((before * 4 + 2000)) ]
result $? "the neighbour reads on"
check "and writes" dd if=/dev/zero of="$well" bs=4K count=100 \
	conv=notrunc,fsync status=none
kill -9 "$pid"
wait 2>/dev/null
filterd umount "$tmp/v" >/dev/null 2>&1
same "the hung readers have ended, no mount is left" \
	"$(grep -c "$tmp" /proc/self/mounts)" 0
