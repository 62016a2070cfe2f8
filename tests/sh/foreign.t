#!/bin/sh
# Images that are not raw are refused by name, with a command that makes them
# raw; and that command does.
. "$(dirname "$0")/lib.sh"
needs root fuse qemu-img sfdisk xz gzip
plan 62

v=$tmp/v raw=$tmp/raw.img
truncate -s 16M "$raw"
printf 'label: gpt\nsize=4M, type=L, name=Data\n' | sfdisk -q "$raw"
printf 'some bytes' | dd of="$raw" bs=1M seek=2 conv=notrunc status=none

# named NAME FILE [TRANSLATED]: refused as that, and as it stood.
named() {
	before=$(sum "$2")
	exits 9 "$1: is refused" filterd mount --background "$2" "$v"
	says "$1: by name" "^filterd: $2 is $1, not a raw disk\$"
	same "$1: and left as it was" "$(sum "$2")" "$before"
}

# converted FILE: the command of the hint makes of it what it was made of.
converted() {
	command=$(sed -n 's/^  hint: make it raw first: //p' "$tmp/err")
	rm -f "$tmp/disk.img"
	check "$1: is converted by: $command" \
		sh -c "cd '$tmp' && $command"
	cmp -n 16777216 "$tmp/disk.img" "$raw"
	result $? "$1: and is whole"
}

# FORMAT[:OPTION] and the name that is given to it.
while read -r format name; do
	file=$tmp/disk.${format%%:*}
	option=${format#*:}
	[ "$option" != "$format" ] || option=
	qemu-img convert -f raw -O "${format%%:*}" ${option:+-o "$option"} \
		"$raw" "$file"
	named "$name" "$file"
	run filterd mount "$file" "$v"
	converted "$format"
	rm -f "$tmp"/disk.*
done <<LIST
qcow2 a qcow2 image
qcow a qcow image
qed a QED image
vmdk a VMDK image
vpc:subformat=dynamic,force_size=on a VHD image
vpc:subformat=fixed,force_size=on a VHD image
vhdx a VHDX image
vdi a VDI image
LIST

gzip -c "$raw" >"$tmp/raw.gz"
named "an image compressed with gzip" "$tmp/raw.gz"
run filterd mount "$tmp/raw.gz" "$v"
converted gzip
xz -0 -c "$raw" >"$tmp/raw.xz"
named "an image compressed with xz" "$tmp/raw.xz"
run filterd mount "$tmp/raw.xz" "$v"
converted xz

# What no tool here makes: a disk image of a Mac's ends with its trailer.
{ cat "$raw"; printf 'koly\0\0\0\4\0\0\2\0'; head -c 500 /dev/zero; } \
	>"$tmp/mac.dmg"
named "a UDIF \(dmg\) image" "$tmp/mac.dmg"
says "dmg: with qemu-img's name for it" "qemu-img convert -f dmg -O raw"
qemu-img --help | grep -q '^Supported formats:.* dmg '
result $? "dmg: which qemu-img has"
for verb in list-media explain; do
	exits 9 "$verb refuses it too" filterctl $verb "$tmp/mac.dmg"
	says "$verb: by name" "is a UDIF \(dmg\) image"
done
exits 9 "JSON has the hint" \
	filterd mount --background --json "$tmp/mac.dmg" "$v"
says "as well" '"hint":"make it raw first: qemu-img convert -f dmg'
cp "$tmp/mac.dmg" "$tmp/a mac.dmg"
run filterctl list-media "$tmp/a mac.dmg"
says "a name is quoted as a shell wants it" "raw '$tmp/a mac.dmg' disk.img"
