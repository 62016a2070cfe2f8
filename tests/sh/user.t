#!/bin/sh
# The main job as a plain user on an image of one's own.
. "$(dirname "$0")/lib.sh"
needs root fuse cryptsetup setpriv unshare fusermount3
plan 9

# Everything below a folder that nobody else can write, readable for the user;
# /dev/fuse as udev gives it (0666), in a mount namespace of our own.
luks "$tmp/disk.img" 20M --type luks2
root=${top_builddir:?}/tests/stage
cp -a "$root" "$tmp/root"
mkdir "$tmp/home"
mv "$tmp/disk.img" "$tmp/key" "$tmp/home"
chown -R 65534:65534 "$tmp/home"
mknod "$tmp/fuse" c 10 229 && chmod 666 "$tmp/fuse"
cat >"$tmp/steps" <<END
mount --bind '$tmp/fuse' /dev/fuse
cd '$tmp/home'
export HOME='$tmp/home' PATH='$tmp/root${stage#"$root"}/bin:$PATH'
as() { setpriv --reuid=65534 --regid=65534 --clear-groups -- "\$@"; }
as filterd mount --background --key-file key disk.img v && echo mounted
# What cannot be looked into belongs to root in /proc (proc(5)).
for proc in /proc/[0-9]*; do
	tr '\\0' ' ' <\$proc/cmdline 2>/dev/null |
		grep -q 'filterd mount .*disk.img v ' &&
		echo "memory of \$(stat -c %u \$proc/mem)"
done
as sh -c 'head -c 100000 /dev/urandom >data &&
	dd if=data of=v/disk.crypt conv=notrunc,fsync status=none' && echo written
as filterd umount v && echo unmounted
as filterd mount --background --key-file key disk.img && echo again
volume=\$(find /tmp/filterd-65534 -name disk.crypt)
as cmp -n 100000 data "\$volume" && echo same
as filterd umount "\${volume%/*}" && echo gone
as filterd mount --background --key-file key /etc/shadow v || echo "code \$?"
END
run apart sh "$tmp/steps"
says "mounted" '^mounted'
if grep -q 'define SANITIZED' "$top_builddir/config.h"; then
	skip 1 "sanitizers look into the process"
else
	says "its memory is closed to its user" '^memory of 0'
fi
says "written" '^written'
says "unmounted" '^unmounted'
says "mounted at the default place" '^again'
says "what was written is there" '^same'
says "unmounted again" '^gone'
says "another's file is refused" '^code 8'
same "nothing is left" "$(find /tmp/filterd-65534 -type f 2>/dev/null)" ""
rmdir /tmp/filterd-65534/mount /tmp/filterd-65534 2>/dev/null
