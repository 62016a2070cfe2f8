#!/bin/sh
# Names that a personality gives to the types of an MBR: in what is listed and
# explained, for matching, on devices; faults by file and line.
. "$(dirname "$0")/lib.sh"
needs root fuse loop jq sfdisk addpart
plan 31

dir=$tmp/v img=$tmp/disk.img p=$tmp/p
mkdir "$p"
truncate -s 64M "$img"
printf 'label: dos\n2048,8192,da\n10240,8192,83\n18432,8192,7\n' |
	sfdisk -q "$img"

# hints: "content_hint content_type content" of the partitions.
hints() {
	filterctl list-media -J -p "$p" "$img" 2>"$tmp/err" |
	jq -r '.media[1:][] | "\(.content_hint) \(.content_type) \(.content)"'
}

# filtered [SOURCE]: the files that a mount publishes.
filtered() {
	mounted "${1:-$img}" "$dir" -p "$p" >/dev/null
	(cd "$dir" && ls | tr '\n' ' ')
	filterd umount "$dir" >/dev/null 2>&1
}

# stands HINT...: a personality of passthrough for these.
stands() {
	printf '[Personality]\nModule=passthrough\n[Match]\nContentHint=%s\n' \
		"$*" >"$p/stands.personality"
}

same "types as they are" "$(hints)" "0xDA 0xDA 0xDA
Linux Linux Linux
Windows_NTFS Windows_NTFS Windows_NTFS"

cat >"$p/names.personality" <<-END
	[ContentTable]
	0xDA=Example_Vault
	0x83=Penguin
	; 0x07=Never
END
check "a file that only names types" filterctl verify "$p/names.personality"
same "a new name and another one" "$(hints)" "Example_Vault 0xDA Example_Vault
Penguin Linux Penguin
Windows_NTFS Windows_NTFS Windows_NTFS"
run filterctl list-media -p "$p" "$img"
says "in the table too" 'disk1 +Example_Vault '
same "without -p it is as it was" "$(filterctl list-media -J "$img" |
	jq -r '.media[1].content_hint')" 0xDA
run filterctl explain -p "$p" "$img"
same "it stands on nothing: explain does not name it" \
	"$(grep -c '^  names' "$tmp/out")" 0

stands Example_Vault
same "a personality matches the name" "$(filtered)" \
	"disk1.passthrough disk2 disk3 "
stands mbr:example_vault
same "without case, with a prefix" "$(filtered)" \
	"disk1.passthrough disk2 disk3 "
stands gpt:Example_Vault
same "of another map it is none" "$(filtered)" "disk1 disk2 disk3 "
stands 0xda
same "the number matches still" "$(filtered)" \
	"disk1.passthrough disk2 disk3 "
stands Linux
same "and the name that it had" "$(filtered)" "disk1 disk2.passthrough disk3 "
stands Penguin Windows_NTFS
same "several" "$(filtered)" "disk1 disk2.passthrough disk3.passthrough "
run filterctl explain -p "$p" "$img" stands
says "explain tells the name and the number" 'ContentHint = Penguin \(0x83\)'
says "where it does not match too" 'have  Example_Vault \(0xDA\)'

# One file may do both.
rm "$p"/*
printf '%s\n' '[Personality]' Module=passthrough '[ContentTable]' \
	0xDA=Example_Vault '[Match]' ContentHint=Example_Vault \
	>"$p/both.personality"
check "a file that names and matches" filterctl verify "$p/both.personality"
same "its filter stands" "$(filtered)" "disk1.passthrough disk2 disk3 "
check "a drop-in's directory" mkdir "$p/both.personality.d"
printf '[ContentTable]\n0xDA=\n0x07=Example_Vault\n' \
	>"$p/both.personality.d/10.conf"
same "a drop-in takes one back and adds one" "$(filtered)" \
	"disk1 disk2 disk3.passthrough "

# Two that name one type.
rm -r "$p"/*
printf '[ContentTable]\n0xDA=First\n' >"$p/10.personality"
printf '[ContentTable]\n\n0xDA=Second\n0x83=Also\n' >"$p/20.personality"
same "the first by its file's name has it" "$(hints | cut -d' ' -f1 |
	tr '\n' ' ')" "First Also Windows_NTFS "
says "the other is warned of by its line" \
	'20\.personality:3:6: .*0xDA is called First already, in .*10\.pers.*:2'

# Faults, each by its line; the file does not count.
cat >"$p/10.personality" <<-END
	[ContentTable]
	0xDA=two words
	0x1DA=Vault
	Linux=Vault
	0x05=Container
	0x07=0x08
END
exits 1 "faults" filterctl verify "$p/10.personality"
says "a name with a blank" '10\.personality:2:6: 0xDA= expects a name'
says "too large a number" '10\.personality:3:7: .*0x01 to 0xFF, not "0x1DA"'
says "a name for a key" '10\.personality:4:7: .*not "Linux"'
says "a container" '10\.personality:5:6: this type is no partition'
says "a number for a name" '10\.personality:6:6: 0x07= expects a name'
same "the others live" "$(hints | cut -d' ' -f1 | tr '\n' ' ')" \
	"Second Also Windows_NTFS "
printf '[ContentTable]\n0xDA=Vault\n[Match]\nContentHint=Vault\n' \
	>"$p/10.personality"
exits 1 "what matches needs a filter" filterctl verify "$p/10.personality"
says "as is said" 'Module= is missing'

# The kernel's own node of a partition.
rm "$p"/*
printf '[ContentTable]\n0xDA=Example_Vault\n' >"$p/names.personality"
stands Example_Vault
attach "$img"
addpart "$loop" 1 2048 8192
on_exit "delpart $loop 1"
check "the kernel has a node" test -b "${loop}p1"
same "its type is named too" "$(filtered "${loop}p1")" \
	"${loop#/dev/}p1.passthrough "
