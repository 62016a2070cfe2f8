# lib.sh - what the tests in the container share; ../sh/lib.sh is theirs too
#
# A test that needs a boot, or that things end, is booted again: $boot counts.
#
#	case $boot in
#	1)	plan 5; ...; again ;;
#	2)	...
#	esac
. "$(dirname "$0")/sh/lib.sh"
boot=$(cat /test/boot)
number=$(cat /test/number 2>/dev/null || echo 0)

# What lies here is there after the next boot too.
keep=/srv/keep
mkdir -p $keep

# again: switches off and boots; the test goes on there, with the next $boot.
again() {
	echo "$number" >/test/number
	: >/test/again
	exit 0
}

# unit PROPERTY: of filterd.service.
unit() {
	systemctl show -P "$1" filterd.service
}

# trixie COMMAND...: in a newer system, beside this one's /run and /proc.
trixie() {
	[ -e /trixie/run/filterd ] || {
		mount --bind /proc /trixie/proc
		mount --bind /run /trixie/run
	}
	chroot /trixie "$@"
}
