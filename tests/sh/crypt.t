#!/bin/sh
# What a LUKS volume can be beyond the usual: its header elsewhere, an old
# cipher, a key that protects nothing.  The other side is cryptsetup and qemu.
. "$(dirname "$0")/lib.sh"
needs root fuse cryptsetup qemu-img qemu-io
plan 53

secret="secret,id=s,data=$passphrase"
head -c 6M /dev/urandom >"$tmp/data"
mkdir -p "$tmp/personalities"

starts_with_data() {
	cmp -n "$(stat -c %s "$tmp/data")" "$tmp/data" "$1"
}

reencrypt() {	# offline, without the kernel's device-mapper
	cryptsetup reencrypt --batch-mode --force-offline-reencrypt \
		--key-file "$tmp/key" --pbkdf pbkdf2 \
		--pbkdf-force-iterations 1000 "$@"
}

# A header that cryptsetup makes beside the data that it encrypts in place.
cp "$tmp/data" "$tmp/far.img"
check "cryptsetup encrypts beside a detached header" reencrypt --encrypt \
	--type luks2 --header "$tmp/far.hdr" "$tmp/far.img"
check "with that header it opens" mounted "$tmp/far.img" "$tmp/v" \
	--key-file "$tmp/key" --filter "crypt,header=$tmp/far.hdr"
check "and reads as it was" cmp "$tmp/data" "$tmp/v/far.crypt"
same "nobody has the header open" \
	"$(find "/proc/$(fuser_pid "$tmp/v")/fd" -lname '*far.hdr' | wc -l)" 0
head -c 6M /dev/urandom >"$tmp/data"
sum=$(sum "$tmp/far.hdr")
dd if="$tmp/data" of="$tmp/v/far.crypt" bs=1M conv=notrunc,fsync status=none
filterd umount "$tmp/v" >/dev/null
same "the header was not written" "$(sum "$tmp/far.hdr")" "$sum"
cp "$tmp/far.hdr" "$tmp/dec.hdr" && cp "$tmp/far.img" "$tmp/dec.img"
check "cryptsetup decrypts what we wrote" reencrypt --decrypt \
	--header "$tmp/dec.hdr" "$tmp/dec.img"
check "byte for byte" cmp "$tmp/data" "$tmp/dec.img"

exits 3 "without its header it is nothing" \
	filterd mount --background --filter crypt --key-file "$tmp/key" \
	"$tmp/far.img" "$tmp/v"
exits 9 "the header alone is told from a volume" \
	filterd mount --background "$tmp/far.hdr" "$tmp/v" --key-file "$tmp/key"
says "with what to do" "crypt,header="
exits 9 "also from its data" filterd mount --background --key-file "$tmp/key" \
	--filter "crypt,header=$tmp/far.hdr" "$tmp/far.hdr" "$tmp/v"
exits 3 "data are no header" filterd mount --background --key-file "$tmp/key" \
	--filter "crypt,header=$tmp/data" "$tmp/far.img" "$tmp/v"
says "by name" "setting 'header'"
exits 4 "a header that is not there" \
	filterd mount --background --key-file "$tmp/key" \
	--filter "crypt,header=$tmp/none" "$tmp/far.img" "$tmp/v"
says "by name" "setting 'header' of filter crypt: .*none"
mkfifo "$tmp/fifo"
exits 9 "a FIFO is no header" filterd mount --background --key-file "$tmp/key" \
	--filter "crypt,header=$tmp/fifo" "$tmp/far.img" "$tmp/v"
exits 9 "nor is a partition of an image" \
	filterd mount --background --key-file "$tmp/key" \
	--filter "crypt,header=$tmp/far.hdr:1" "$tmp/far.img" "$tmp/v"
exits 6 "a wrong key is one here too" \
	filterd mount --background --key-file "$tmp/data" \
	--keyfile-size 9 --filter "crypt,header=$tmp/far.hdr" \
	"$tmp/far.img" "$tmp/v"

# By a personality, which is read in any directory.
cat >"$tmp/personalities/far.personality" <<END
[Personality]
Module=crypt
[Match]
ProviderClass=whole
Size=$(stat -c %s "$tmp/far.img")
[Module]
Property.header=$tmp/far.hdr
END
run filterctl explain -p "$tmp/personalities" "$tmp/far.img" far
says "explain looks into the header that a personality names" "all holds"
check "a personality names the header" mounted "$tmp/far.img" "$tmp/v" \
	-p "$tmp/personalities" --key-file "$tmp/key" -r
check "and the volume reads" cmp "$tmp/data" "$tmp/v/far.crypt"
filterd umount "$tmp/v" >/dev/null
sed -i "s|$tmp/far.hdr|far.hdr|" "$tmp/personalities/far.personality"
cd "$tmp" || exit 1
run filterd mount -p "$tmp/personalities" --key-file "$tmp/key" far.img "$tmp/v"
says "by its whole path" "no absolute path"
check "but on the command line it may be short" mounted far.img "$tmp/v" \
	--key-file "$tmp/key" --filter crypt,header=far.hdr -r
filterd umount "$tmp/v" >/dev/null
cd / || exit 1

# LUKS1: what qemu wrote, without its header, which lies in a backup; and an
# offset that only the header knows.
qemu_luks1() {	# qemu_luks1 FILE SIZE OPTION...: made by cryptsetup
	file=$1 size=$2; shift 2
	rm -f "$file"
	luks "$file" "$size" --type luks1 "$@"
}
qemu_write() {	# qemu_write RAW LUKS1-IMAGE
	qemu-img convert -t unsafe --object "$secret" -n -f raw "$1" \
		--target-image-opts "driver=luks,key-secret=s,file.filename=$2"
}
qemu_read() {	# qemu_read LUKS1-IMAGE RAW
	qemu-img convert -t unsafe --object "$secret" -O raw --image-opts \
		"driver=luks,key-secret=s,file.filename=$1" "$2"
}
qemu_luks1 "$tmp/lost.img" 9M
qemu_write "$tmp/data" "$tmp/lost.img"
cryptsetup luksHeaderBackup --header-backup-file "$tmp/backup" "$tmp/lost.img"
dd if=/dev/zero of="$tmp/lost.img" bs=1M count=1 conv=notrunc status=none
exits 3 "a lost header" \
	filterd mount --background --filter crypt "$tmp/lost.img" "$tmp/v"
check "has a backup" mounted "$tmp/lost.img" "$tmp/v" \
	--key-file "$tmp/key" --filter "crypt,header=$tmp/backup"
check "which knows where the data are" starts_with_data "$tmp/v/lost.crypt"
filterd umount "$tmp/v" >/dev/null

# Old ciphers, both ways.
for cipher in aes-cbc-essiv:sha256 aes-cbc-plain64 aes-cbc-plain aes-xts-plain; do
	bits=256
	[ $cipher = aes-xts-plain ] && bits=512
	qemu_luks1 "$tmp/old.img" 9M --cipher $cipher --key-size $bits
	qemu_write "$tmp/data" "$tmp/old.img"
	mounted "$tmp/old.img" "$tmp/v" --key-file "$tmp/key"
	check "$cipher: we read what qemu wrote" \
		starts_with_data "$tmp/v/old.crypt"
	head -c 6M /dev/urandom >"$tmp/data"
	dd if="$tmp/data" of="$tmp/v/old.crypt" bs=1M conv=notrunc,fsync \
		status=none
	cp "$tmp/v/old.crypt" "$tmp/ours"
	filterd umount "$tmp/v" >/dev/null
	qemu_read "$tmp/old.img" "$tmp/theirs"
	check "$cipher: qemu reads what we wrote" cmp "$tmp/ours" "$tmp/theirs"
done

# Beyond 2 TiB, where plain begins anew and plain64 does not.
for cipher in aes-xts-plain aes-xts-plain64 aes-cbc-essiv:sha256; do
	bits=512
	[ $cipher = aes-cbc-essiv:sha256 ] && bits=256
	if ! truncate -s 3T "$tmp/huge.img" 2>/dev/null; then
		skip 3 "no file of 3 TiB can be made here"
		continue
	fi
	qemu_luks1 "$tmp/huge.img" 3T --cipher $cipher --key-size $bits
	volume="driver=luks,key-secret=s,file.filename=$tmp/huge.img"
	qemu-io --object "$secret" --image-opts "$volume" \
		-c "write -q -P 0x5a 2560G 64k" >"$tmp/out" 2>&1
	mounted "$tmp/huge.img" "$tmp/v" --key-file "$tmp/key"
	same "$cipher at 2.5 TiB: we read what qemu wrote" \
		"$(dd if="$tmp/v/huge.crypt" bs=64K skip=$((2560 << 14)) \
			count=1 status=none | tr -d '\132' | wc -c)" 0
	same "$cipher at 2.5 TiB: no more" \
		"$(dd if="$tmp/v/huge.crypt" bs=64K skip=$(((2560 << 14) + 1)) \
			count=1 status=none | tr -dc '\132' | wc -c |
			awk '{ print $1 < 4096 }')" 1
	head -c 64K /dev/zero | tr '\0' '\245' |
		dd of="$tmp/v/huge.crypt" bs=64K seek=$(((2560 << 14) + 7)) \
			conv=notrunc,fsync status=none
	filterd umount "$tmp/v" >/dev/null
	check "$cipher at 2.5 TiB: qemu reads what we wrote" qemu-io \
		--object "$secret" --image-opts "$volume" \
		-c "read -q -P 0x5a 2560G 64k" \
		-c "read -q -P 0xa5 2748779528192 64k"
	rm -f "$tmp/huge.img"
done

# A token would open it in the kernel's way; the helper loads none of their
# handlers.
luks "$tmp/token.img" 20M --type luks2
printf '{"type":"systemd-tpm2","keyslots":["0"]}' |
	cryptsetup token import --disable-external-tokens "$tmp/token.img"
check "a volume with a token opens by its passphrase" \
	mounted "$tmp/token.img" "$tmp/v" --key-file "$tmp/key" -r
says "and the token is told" "token 0, systemd-tpm2, is not used"
filterd umount "$tmp/v" >/dev/null

# Re-encryption: refused until it is finished, then another cipher's volume.
luks "$tmp/half.img" 40M --type luks2 --sector-size 512
mounted "$tmp/half.img" "$tmp/v" --key-file "$tmp/key"
dd if="$tmp/data" of="$tmp/v/half.crypt" bs=1M conv=notrunc,fsync status=none
filterd umount "$tmp/v" >/dev/null
reencrypt --init-only --cipher aes-cbc-essiv:sha256 --key-size 256 \
	"$tmp/half.img"
exits 9 "a re-encryption that was begun is refused" \
	filterd mount --background --key-file "$tmp/key" "$tmp/half.img" "$tmp/v"
says "with what to do" "resume-only"
reencrypt --resume-only "$tmp/half.img"
mounted "$tmp/half.img" "$tmp/v" --key-file "$tmp/key" -r
check "and opens when it is finished" starts_with_data "$tmp/v/half.crypt"
filterd umount "$tmp/v" >/dev/null

# A key whose halves are equal encrypts nothing that XTS could hide.
head -c 32 /dev/urandom >"$tmp/half"
cat "$tmp/half" "$tmp/half" >"$tmp/halves"
for type in luks1 luks2; do
	rm -f "$tmp/equal.img"
	luks "$tmp/equal.img" 20M --type $type --key-size 512 \
		--volume-key-file "$tmp/halves"
	exits 9 "$type: a key of equal halves is refused" \
		filterd mount --background --key-file "$tmp/key" \
		"$tmp/equal.img" "$tmp/v"
	says "$type: with the reason" "two halves of the volume key are equal"
done
same "no test left a mount" "$(grep -c "$tmp" /proc/self/mounts)" 0
