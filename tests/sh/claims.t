#!/bin/sh
# One source once: two writers, readers, a loop device, qemu.
. "$(dirname "$0")/lib.sh"
needs root fuse loop qemu-io
plan 11

truncate -s 16M "$tmp/disk.img"
mke2fs -q "$tmp/disk.img"
pass="--filter passthrough"
check "mounted" mounted "$tmp/disk.img" "$tmp/v" $pass
exits 5 "a second writer is refused" \
	filterd mount --background $pass "$tmp/disk.img" "$tmp/w"
says "with the reason" 'in use|held|locked'
exits 5 "a reader too" \
	filterd mount --background -r $pass "$tmp/disk.img" "$tmp/w"
exits 1 "qemu is refused as well" qemu-io -f raw -c 'write 0 512' "$tmp/disk.img"
check "looking is allowed" filterctl list-media "$tmp/disk.img"
filterd umount "$tmp/v" >/dev/null
check "two readers" mounted "$tmp/disk.img" "$tmp/v" -r $pass
check "at once" mounted "$tmp/disk.img" "$tmp/w" -r $pass
filterd umount "$tmp/v" >/dev/null
filterd umount "$tmp/w" >/dev/null
attach "$tmp/disk.img"
exits 5 "not while a loop device has it" \
	filterd mount --background $pass "$tmp/disk.img" "$tmp/v"
says "the loop device is named" "$loop"
detach "$loop"
check "free again" mounted "$tmp/disk.img" "$tmp/v" $pass
