#!/bin/sh
# The service and disks that come and go: by a udev rule, by filterd.conf, and
# by themselves.
. "$(dirname "$0")/lib.sh"
needs root fuse loop cryptsetup sfdisk mkfs.ext4 jq perl udevadm systemctl
plan 34

media=/run/filterd/media
mkdir "$tmp/mnt"
modprobe -a loop fuse dm-crypt

# The disk "hot" gets a partition with a file system in LUKS.
plug blank scsi-hd '"bus":"bus.0"'
disk=$(disk blank)
echo 'size=48M,type=CA7D7CCB-63ED-4C53-861C-1742536059CC' |
	sfdisk -q --label gpt "$disk"
udevadm settle
node=$(part "$disk" 1)
cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 \
	--pbkdf-force-iterations 1000 --key-file "$tmp/key" "$node"
cryptsetup open --key-file "$tmp/key" "$node" vm
mkfs.ext4 -q /dev/mapper/vm
cryptsetup close vm
pull blank

# Whose disk comes by itself, and its key; who is asked.
mkdir -p /etc/filterd/filterd.conf.d
cp "$tmp/key" /etc/filterd/key
printf '[Service]\nAttachRemovable=ask\n' >/etc/filterd/filterd.conf.d/vm.conf
cat >/etc/udev/rules.d/66-vm.rules <<'END'
ACTION!="remove", ENV{ID_SERIAL}=="*byrule*", \
	ENV{FILTERD_ATTACH}="auto", ENV{FILTERD_KEY_FILE}="/etc/filterd/key"
END
udevadm control --reload
on_exit "journalctl -u filterd | tail -n 40 >/dev/console"

check "the service starts" systemctl start filterd
check "and holds nothing" sh -c "filterctl status --json |
	jq -e '.attachments == []'"

# follow: what happens, a line each, to $tmp/events.
follow() {
	perl -MIO::Socket::UNIX -e '
		$| = 1;
		my $s = IO::Socket::UNIX->new(
			"/run/filterd/org.filterd.Manager") or die $!;
		syswrite($s, qq({"method":"org.filterd.Manager.Monitor",) .
			qq("more":true}\0));
		while (sysread($s, my $buf, 4096)) {
			$buf =~ tr/\0/\n/;
			syswrite(STDOUT, $buf);
		}' >>"$tmp/events" &
	on_exit "kill $!"
	until_true grep -q following "$tmp/events"
}

# happened EVENT: on $node or its source.
happened() {
	until_true grep -E "\"event\": *\"$1\"" "$tmp/events"
}

held() {
	filterctl status --json | jq -r '[.attachments[].state] | join(" ")'
}

is_held() {
	[ "$(held)" = "$1" ]
}

check "somebody follows" follow
check "a disk is plugged in" plug byrule scsi-hd '"bus":"bus.0"'
disk=$(disk byrule) node=$(part "$(disk byrule)" 1)
name=${node#/dev/}
volume=$media/$name/$name.crypt
check "its volume comes by the rule" until_true test -f "$volume"
check "which is told" happened volume-published
check "udev knows whose it is" until_true sh -c "udevadm info -q property \
	'$node' | grep -q '^FILTERD_MEMBER=1$'"
check "not of the whole disk" sh -c "! udevadm info -q property '$disk' |
	grep -q '^FILTERD_MEMBER=1$'"
check "a file system on it" mount "$volume" "$tmp/mnt"
echo kept >"$tmp/mnt/file" && sync "$tmp/mnt/file"
check "it is pulled out while that is mounted" pull byrule
check "the volume is gone" until_true test ! -e "$media/$name"
check "which is told" happened vanished
same "its users are waited for" "$(held)" leaving
umount "$tmp/mnt"
check "and then it is gone" until_true is_held ""
check "which is told too" happened detached

check "plugged in again" plug byrule2 scsi-hd '"bus":"bus.0"'
node=$(part "$(disk byrule2)" 1)
name=${node#/dev/}
volume=$media/$name/$name.crypt
check "it comes again" until_true test -f "$volume"
check "with what was synced" sh -c "mount '$volume' '$tmp/mnt' &&
	cat '$tmp/mnt/file' && umount '$tmp/mnt'"
check "detached by hand" filterctl detach "$name"
udevadm trigger --settle "$node"
same "it stays so, whatever udev says of it" "$(held)" ""
check "until a rescan" filterctl rescan
check "it comes again" until_true test -f "$volume"
check "detached" filterctl detach "$name"
check "pulled out, in use by nobody" pull byrule2

# A stick: filterd.conf says that one is asked.
: >"$tmp/events"
check "a stick is plugged in" plug stick2 usb-storage '"bus":"usb.0"'
node=$(part "$(disk stick2)" 1)
name=${node#/dev/}
check "one is told" happened disk-found
check "which, and that it can be pulled out" sh -c "grep disk-found \
	'$tmp/events' | jq -se '.[0].parameters |
	.source == \"$node\" and .removable'"
same "nothing is attached" "$(held)" ""
check "it is, when one says so" filterctl attach \
	--key-file "$tmp/key" "$node"
check "it has its volume" test -f "$media/$name/$name.crypt"
check "pulled out" pull stick2
check "it is gone at once" until_true is_held ""
check "the service ends" systemctl stop filterd
same "well" "$(systemctl show -P Result filterd)" success
