#!/bin/sh
# What others write we read, what we write others read, byte for byte:
# cryptsetup, qemu-img, nbdkit, GRUB.
. "$(dirname "$0")/lib.sh"
needs root fuse cryptsetup qemu-img nbdkit grub-fstest mkfs.ext4
plan 20

secret="secret,id=s,data=$passphrase"
head -c 9M /dev/urandom >"$tmp/data"

qemu_read() {	# qemu_read LUKS1-IMAGE OUT
	qemu-img convert --object "$secret" -O raw --image-opts \
		"driver=luks,key-secret=s,file.filename=$1" "$2"
}

write_volume() {	# through the mounted volume, over its first bytes
	dd if="$tmp/data" of="$1" bs=1M conv=notrunc,fsync status=none
}

starts_with_data() {
	cmp -n "$(stat -c %s "$tmp/data")" "$tmp/data" "$1"
}

# LUKS1 by qemu
qemu-img create -q --object "$secret" -f luks -o key-secret=s,iter-time=10 \
	"$tmp/q.img" 16M
qemu-img convert --object "$secret" -n -f raw "$tmp/data" --target-image-opts \
	"driver=luks,key-secret=s,file.filename=$tmp/q.img"
check "qemu's LUKS1 opens" mounted "$tmp/q.img" "$tmp/v" --key-file "$tmp/key"
check "and reads as qemu wrote it" starts_with_data "$tmp/v/q.crypt"
head -c 9M /dev/urandom >"$tmp/data"
write_volume "$tmp/v/q.crypt"
cp "$tmp/v/q.crypt" "$tmp/ours"
check "umount" filterd umount "$tmp/v"
check "qemu opens what we wrote" qemu_read "$tmp/q.img" "$tmp/theirs"
check "and reads the same" cmp "$tmp/ours" "$tmp/theirs"
check "nbdkit reads the same" nbdkit -U - --filter=luks file "$tmp/q.img" \
	passphrase="+$tmp/key" --run "qemu-img convert -f raw -O raw \$uri $tmp/nbd"
check "byte for byte" cmp "$tmp/ours" "$tmp/nbd"

# LUKS1 by cryptsetup
luks "$tmp/c1.img" 20M --type luks1
check "cryptsetup's LUKS1 opens" \
	mounted "$tmp/c1.img" "$tmp/v" --key-file "$tmp/key"
write_volume "$tmp/v/c1.crypt"
cp "$tmp/v/c1.crypt" "$tmp/ours"
filterd umount "$tmp/v" >/dev/null
qemu_read "$tmp/c1.img" "$tmp/theirs"
check "qemu reads what we wrote in it" cmp "$tmp/ours" "$tmp/theirs"

# LUKS2, 512 and 4096: GRUB reads a file of our ext4; cryptsetup decrypts ours
# and encrypts for us, offline.
for sector in 512 4096; do
	luks "$tmp/c2.img" 48M --type luks2 --sector-size $sector
	mounted "$tmp/c2.img" "$tmp/v" --key-file "$tmp/key"
	mkdir -p "$tmp/files" && cp "$tmp/data" "$tmp/files/data"
	check "LUKS2 $sector: mke2fs on the volume" mke2fs -q -b 4096 -t ext4 \
		-O ^metadata_csum_seed,^orphan_file -d "$tmp/files" \
		"$tmp/v/c2.crypt"
	cp "$tmp/v/c2.crypt" "$tmp/ours"
	filterd umount "$tmp/v" >/dev/null
	printf '%s\n' "$passphrase" | grub-fstest -C "$tmp/c2.img" \
		cp '(crypto0)/data' "$tmp/grub" >"$tmp/out" 2>&1
	cmp "$tmp/data" "$tmp/grub" >>"$tmp/out" 2>&1
	result $? "LUKS2 $sector: GRUB reads the file from our volume"
	rm -f "$tmp/grub"

	cp --sparse=always "$tmp/c2.img" "$tmp/dec.img"
	check "LUKS2 $sector: cryptsetup decrypts what we wrote" \
		cryptsetup reencrypt --batch-mode --decrypt \
		--force-offline-reencrypt --key-file "$tmp/key" \
		--header "$tmp/hdr.$sector" "$tmp/dec.img"
	check "LUKS2 $sector: byte for byte" \
		cmp -n "$(stat -c %s "$tmp/ours")" "$tmp/ours" "$tmp/dec.img"

	cp "$tmp/data" "$tmp/enc.img" && truncate -s 64M "$tmp/enc.img"
	cryptsetup reencrypt --batch-mode --encrypt --type luks2 \
		--force-offline-reencrypt --reduce-device-size 32M \
		--sector-size $sector --pbkdf pbkdf2 \
		--pbkdf-force-iterations 1000 --key-file "$tmp/key" \
		"$tmp/enc.img" >"$tmp/out" 2>&1
	mounted "$tmp/enc.img" "$tmp/v" --key-file "$tmp/key" -r
	check "LUKS2 $sector: we read what cryptsetup encrypted" \
		starts_with_data "$tmp/v/enc.crypt"
	filterd umount "$tmp/v" >/dev/null
done
same "no test left a mount" "$(grep -c "$tmp" /proc/self/mounts)" 0
