#!/bin/sh
# The main job as a plain user on an image of one's own.
. "$(dirname "$0")/lib.sh"
needs root fuse cryptsetup setpriv unshare fusermount3
plan 8

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
says "written" '^written'
says "unmounted" '^unmounted'
says "mounted at the default place" '^again'
says "what was written is there" '^same'
says "unmounted again" '^gone'
says "another's file is refused" '^code 8'
same "nothing is left" "$(find /tmp/filterd-65534 -type f 2>/dev/null)" ""
rmdir /tmp/filterd-65534/mount /tmp/filterd-65534 2>/dev/null
