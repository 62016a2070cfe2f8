#!/bin/sh
# "Testing Your Filter Scheme", as its document types it: an image with a
# partition type of one's own, a file system on the unfiltered volume, a filter
# that matches the type, and the hint that the document misprints.
. "$(dirname "$0")/lib.sh"
needs root fuse mke2fs
plan 20

cd "$tmp" || exit 99
image=MySoftwareCompany_MyContent_Example.img
check "the image" filterctl image create --megabytes 5 \
	--partition-type MySoftwareCompany_MyContent $image
exits 1 "it is not overwritten" filterctl image create --megabytes 5 \
	--partition-type MySoftwareCompany_MyContent $image
says "and it says so" 'exists'
check "its media" filterctl list-media $image
same "three lines: scheme, map, content" "$(grep -c . "$tmp/out")" 4
says "the scheme" 'Apple_partition_scheme'
says "the map" 'Apple_partition_map'
says "the content" 'MySoftwareCompany_MyContent$|MySoftwareCompany_MyContent '

check "mounted without a filter" mounted $image "$tmp/v"
volume=$(find "$tmp/v" -maxdepth 1 -name '*2')
check "a file system on the unfiltered volume" mke2fs -q -t ext4 \
	-L My_Volume_Name "$volume"
check "umount" filterd umount "$tmp/v"

mkdir p
sample=$(find "$stage" -name sample.personality)
cp "$sample" p/
check "the sample personality is right" filterctl verify p/sample.personality
check "mounted with the personality" mounted $image "$tmp/v" -p "$tmp/p"
says "the filter stands on the content" 'passthrough'
check "the child's file" test -f "$volume.passthrough"
run filterctl list-media -p "$tmp/p" --json $image
says "the child has its own hint" 'Apple_HFS'
says "and its own name" 'MySoftwareCompany_Filtered'
check "the same file system in it" e2fsck -fn "$volume.passthrough"
filterd umount "$tmp/v" >/dev/null

sed -i 's/^ContentHint=.*/ContentHint=MySoftwareCompany_MyContentHint/' \
	p/sample.personality
run filterctl explain -p "$tmp/p" $image sample
says "explain: wanted" 'MySoftwareCompany_MyContentHint'
line=$(grep -n '^ContentHint' p/sample.personality | cut -d: -f1)
says "and where that stands" "sample.personality:$line"
