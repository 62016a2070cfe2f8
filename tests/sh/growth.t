#!/bin/sh
# A disk that grows while it is in use: filters that can follow, and so do the
# files of their volumes, for who has them open too.
. "$(dirname "$0")/lib.sh"
needs root fuse loop jq
alone
plan 14

serve
volume=/run/filterd/media/disk/disk.fault
truncate -s 4M "$tmp/disk.img"
filterctl attach --filter fault "$tmp/disk.img" >/dev/null
exec 7<>"$volume"
same "it is as large as its disk" "$(stat -c %s "$volume")" 4194304
exits 1 "what lies behind cannot be written" dd if=/dev/zero of="$volume" \
	bs=4096 seek=1024 count=1 conv=notrunc status=none
truncate -s 6M "$tmp/disk.img"
printf hello | dd of="$tmp/disk.img" bs=1 seek=4194304 conv=notrunc status=none
check "it is looked at again" filterctl rescan disk

# becomes SIZE FILE: as soon as it is so large.
becomes() {
	for i in $(seq 1200); do
		[ "$(stat -c %s "$2")" = "$1" ] && return 0
		sleep 0.05
	done
	return 1
}

check "the volume follows" becomes 6291456 "$volume"
same "what lies there is seen" "$(dd if="$volume" bs=1 skip=4194304 count=5 \
	status=none)" hello
same "by who had it open before" "$(stat -L -c %s /proc/self/fd/7)" 6291456
check "it can be written" sh -c "printf there |
	dd of='$volume' bs=1 seek=6291450 conv=notrunc,fsync status=none"
same "down to the disk" "$(tail -c 6 "$tmp/disk.img" | tr -d '\0')" there
same "the service tells the new size" "$(filterctl status --json |
	jq '.attachments[0].volumes[0].size')" 6291456
exec 7>&-

# A partition is as long as its map says.
filterctl image create --size 8M --scheme apple --partition 4M:Linux \
	"$tmp/map.img" >/dev/null
filterctl attach "$tmp/map.img" >/dev/null
size=$(stat -c %s /run/filterd/media/map/map2)
truncate -s 16M "$tmp/map.img"
check "a disk with a map grows" filterctl rescan map
check "and is told of" sh -c "until grep -q \"'map' has another size\" \
	'$tmp/service.log'; do sleep 0.05; done"
same "its partitions do not" "$(stat -c %s /run/filterd/media/map/map2)" \
	"$size"

# One that is as it was.
check "nothing to follow is no error" filterctl rescan disk
check "the service ends" served
