#!/bin/sh
# A line in fstab: an encrypted image is mounted at boot, by the service that
# its socket starts, and unmounted, clean, when the machine is switched off.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup mkfs.ext4 findmnt jq

case $boot in
1)	plan 12
	luks "$tmp/new.img" 40M
	truncate -s 20M "$tmp/fs"; mkfs.ext4 -q -F -b 4096 "$tmp/fs"
	check "a volume with a file system" filterctl copy \
		--key-file "$tmp/key" --in "$tmp/fs" "$tmp/new.img"
	mv "$tmp/new.img" $keep/disk.img
	cp "$tmp/key" $keep/key
	mkdir -p /mnt/vault
	echo "$keep/disk.img /mnt/vault filterd key-file=$keep/key,noatime 0 0" \
		>>/etc/fstab
	# Without udev there are no nodes before somebody makes them.
	for i in $(seq 0 63); do
		echo "b /dev/loop$i 0600 root root - 7:$i"
	done >/etc/tmpfiles.d/loop.conf
	systemctl daemon-reload
	check "systemd has made a unit of it" \
		systemctl cat mnt-vault.mount
	again ;;
2)	check "at the next boot it is mounted" findmnt -n /mnt/vault
	check "as systemd knows" systemctl is-active mnt-vault.mount
	same "with its options" "$(findmnt -n -o OPTIONS /mnt/vault |
		tr , '\n' | grep -c '^noatime$')" 1
	same "by the service, which holds it" "$(filterctl status --json |
		jq -r '.attachments[0].name')" disk
	for i in $(seq 100); do
		head -c 10000 /dev/urandom >/mnt/vault/file$i
	done
	sha256sum /mnt/vault/file* >$keep/sums
	again ;;
*)	check "after that one too" findmnt -n /mnt/vault
	check "what was written and not synced is there" \
		sha256sum -c --quiet $keep/sums
	check "filterctl umount" filterctl umount /mnt/vault
	says "gives the disk back" 'safe to remove'
	check "the file system was left clean" sh -c "filterctl copy \
		--key-file $keep/key $keep/disk.img '$tmp/after' &&
		dumpe2fs -h '$tmp/after' | grep -q 'state: *clean'"
	check "and is whole" e2fsck -fn "$tmp/after"
	;;
esac
