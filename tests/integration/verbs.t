#!/bin/sh
# Every verb of filterctl, on a system where nobody has started anything: from an
# empty file to a file system on an encrypted partition, and all that can be
# asked and changed on the way.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup mkfs.ext4 jq script
plan 39

: >"$tmp/called"
# verb VERB ARGUMENT...: noted.
verb() {
	echo "$1" >>"$tmp/called"
	filterctl "$@"
}
disk=$keep/disk.img

# Without the service.
check "image: a disk" verb image create --size 96M --scheme gpt \
	--partition 48M:luks:secret --partition rest:linux-data:plain "$disk"
check "list-media" verb list-media "$disk"
says "has its partitions" 'disk2'
check "list-filters" verb list-filters -v
says "has crypt" '^crypt'
check "doctor" verb doctor
luks "$tmp/luks" 48M
check "copy: a LUKS volume into it" verb copy --in "$tmp/luks" "$disk:1"
check "explain" verb explain "$disk"
says "tells what would start" 'crypt'
printf '[Personality]\nModule=passthrough\n[Match]\nContentHint=Example\n' \
	>"$keep/example.personality"
check "verify" verb verify "$keep/example.personality"

# A file system, and back.
mkdir -p /mnt/secret
check "attach" verb attach --key-file "$tmp/key" "$disk"
same "starts the service" "$(unit ActiveState)" active
check "a file system is made" mkfs.ext4 -q -b 4096 \
	/run/filterd/media/disk/disk1.crypt
check "mount" verb mount --volume disk1.crypt "$disk" /mnt/secret
check "has it" mountpoint -q /mnt/secret
echo data >/mnt/secret/file
check "status" verb status
says "tells of the volume" 'disk1\.crypt'
check "tree" verb tree -l
check "holders" verb holders
says "tells of the loop device" 'loop'
exits 5 "detach while it is mounted" verb detach disk
check "umount" verb umount /mnt/secret
check "lets it be detached" sh -c \
	"filterctl status disk >/dev/null 2>&1 || exit 0; filterctl detach disk"

# A filter that runs.
filterctl monitor >"$tmp/events" 2>&1 &
on_exit "kill $!"
echo monitor >>"$tmp/called"
check "monitor follows" until_true grep -q following "$tmp/events"
check "attach with a filter" verb attach --filter fault "$disk:2"
check "monitor tells of it" until_true grep -q disk2.fault "$tmp/events"
check "get, set" sh -c "filterctl set disk2.fault read-error=ENODATA &&
	[ \"\$(filterctl get disk2.fault read-error)\" = ENODATA ]"
check "ctl" verb ctl get disk2.fault 5
check "stats" verb stats
check "top, on a terminal" script -qec \
	"timeout -s INT 3 filterctl top || true" /dev/null
check "log, log-level" sh -c "filterctl log | grep -q attached &&
	filterctl log-level debug"
check "open reads a medium as it is" verb open disk2 -- head -c 4
check "rescan" verb rescan

# What could start.
check "load, list-modules, match" sh -c "filterctl load passthrough &&
	filterctl list-modules | grep -q passthrough && filterctl match"
check "unload" verb unload passthrough
check "publish" verb publish org.example.net
check "reload" verb reload
check "detach" verb detach disk
printf '%s\n' get set top log log-level load list-modules match \
	>>"$tmp/called"
same "no verb is left" "$(sort -u "$tmp/called")" \
	"$(filterctl --help | sed -n 's/^  \([a-z-]*\) .*/\1/p' | sort -u)"
