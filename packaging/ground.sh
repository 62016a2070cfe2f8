# ground.sh - what quickstart and runtests share: packages and the build
#
# Sourced with $top set to the checkout.

# configure would choose bash, and libtool is a large script: a small shell takes
# two thirds of the time to build.
CONFIG_SHELL=/bin/sh
export CONFIG_SHELL

packages_build="gcc make autoconf automake libtool pkg-config perl
	libfuse3-dev libblkid-dev libfdisk-dev libsmartcols-dev uuid-dev
	libjson-c-dev libseccomp-dev libsystemd-dev libudev-dev libssl-dev
	libcryptsetup-dev"
packages_run="fuse3 cryptsetup-bin e2fsprogs mount util-linux"
packages_test="libcunit1-dev clang libclang-rt-14-dev qemu-utils nbdkit
	grub-common parted gdisk fdisk jq procps xz-utils file man-db strace
	systemd"
packages_coverage="gcovr"
packages_integration="systemd-container mmdebstrap"
packages_vm="qemu-system-x86 mmdebstrap"
packages_long=valgrind

# ground_sudo COMMAND...: as root, through sudo where we are not.
ground_sudo() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "not root, and no sudo: as root run: $*" >&2
		return 1
	fi
}

# ground_install SET...: the packages of these sets that are missing.
ground_install() {
	wanted=$packages_run
	for set in "$@"; do
		eval "wanted=\"\$wanted \$packages_$set\""
	done
	missing=
	for package in $wanted; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
			grep -q 'ok installed' || missing="$missing $package"
	done
	# fusermount3 looks there for what a user may unmount; a bare debootstrap
	# folder has none.
	[ -e /etc/mtab ] || ground_sudo ln -s ../proc/self/mounts /etc/mtab
	[ -n "$missing" ] || return 0
	command -v apt-get >/dev/null || {
		echo "these are missing, and there is no apt-get:$missing" >&2
		return 1
	}
	echo "installing:$missing" >&2
	ground_sudo apt-get -qq update >&2 &&
	ground_sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install \
		-y --no-install-recommends $missing >&2 || return 1
	# What an earlier build did not find may be there now.
	rm -f "$top"/build/*/Makefile
}

# ground_configured: makes configure where it is missing or old.
ground_configured() {
	[ -n "$(find "$top/configure" -newer "$top/configure.ac" \
		2>/dev/null)" ] ||
		(cd "$top" && autoreconf -fi)
}

# ground_tree DIR [CONFIGURE ARGUMENT...]: configures there, where it was not;
# begins anew where it was with other arguments than these, if there are any.
ground_tree() {
	dir=$1; shift
	ground_configured || return 1
	if [ -f "$dir/Makefile" ] && { [ $# -eq 0 ] ||
		[ "$(cat "$dir/configured" 2>/dev/null)" = "$*" ]; }; then
		return 0
	fi
	rm -rf "$dir" && mkdir -p "$dir" &&
		(cd "$dir" && "$top/configure" -q --prefix=/usr/local "$@") &&
		echo "$*" >"$dir/configured"
}

# ground_build DIR [CONFIGURE ARGUMENT...]: configures and builds there.
ground_build() {
	ground_tree "$@" && make -s -C "$1" -j"$(nproc)"
}
