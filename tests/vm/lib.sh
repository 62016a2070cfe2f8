# lib.sh - what the tests in the machine share; ../sh/lib.sh is theirs too
. "$(dirname "$0")/sh/lib.sh"

# disk SERIAL: the node of the disk, once it is there.
disk() {
	for i in $(seq 300); do
		for block in /sys/block/*; do
			node=/dev/${block##*/}
			[ "$(lsblk -dno SERIAL "$node" 2>/dev/null)" = "$1" ] &&
				echo "$node" && return
		done
		sleep 0.2
	done
	return 1
}

# part DISK N: the node of its partition.
part() {
	case $1 in
	*[0-9])	echo "$1p$2" ;;
	*)	echo "$1$2" ;;
	esac
}

# monitor COMMAND [ARGUMENTS]: asks the machine's monitor for that, in JSON;
# fails as it does.
monitor() {
	[ -n "${monitor_open:-}" ] || {
		exec 7<>/dev/virtio-ports/filterd.monitor
		monitor_open=yes
		# Another test may have said it before.
		monitor qmp_capabilities >/dev/null
	}
	printf '{"execute":"%s","arguments":%s}\n' "$1" "${2:-{\}}" >&7
	while read -r line <&7; do
		case $line in
		'{"return"'*)	return 0 ;;
		'{"error"'*)	echo "$line" >&2; return 1 ;;
		esac
	done
}

# plug SERIAL DRIVER [MEMBERS]: puts the disk "hot" into the machine.
plug() {
	monitor device_add "{\"driver\":\"$2\",\"id\":\"$1\",
		\"serial\":\"$1\",\"drive\":\"hot\"${3:+,$3}}"
}

# pull ID: takes it out, whoever uses it, and waits until it is gone.
pull() {
	gone=$(disk "$1")
	monitor device_del "{\"id\":\"$1\"}" &&
		until_true test ! -e "/sys/block/${gone#/dev/}"
}
