#!/bin/sh
# Who may include whom (docs/ARCHITECTURE.md): checked in the sources.
. "$(dirname "$0")/lib.sh"
cd "$top_srcdir" || exit 99

# none DESCRIPTION PATTERN FILE...: no file has a line with the pattern.
none() {
	description=$1 pattern=$2; shift 2
	found=$(grep -nE "$pattern" "$@" /dev/null)
	[ -z "$found" ] || printf '%s\n' "$found" | sed 's/^/# /'
	[ -z "$found" ]
	result $? "$description"
}

# but FILE... -- FILE...: the second list without the first.
but() {
	skip_list=" "
	while [ "$1" != -- ]; do skip_list="$skip_list$1 "; shift; done
	shift
	for file in "$@"; do
		case $skip_list in *" $file "*) ;; *) echo "$file" ;; esac
	done
}

sources="$(find common partmap filters daemon cli -name '*.[ch]')"

plan 9
none "filters include nothing of ours but the public header" \
	'#include "(cleanup|util|log|parse|ini|varlink|escape|failure|suggest|store|layer|medium|port)\.h"' \
	$(find filters -name '*.[ch]')
none "common knows nothing of media or filters" \
	'filterd/|"(medium|layer|store|personality|partmap)\.h"' common/*.[ch]
none "partmap knows nothing of filters or the daemon" \
	'filterd/filter\.h|"(medium|layer|store|personality)\.h"' partmap/*.[ch]
none "the command line knows no media" \
	'filterd/filter\.h|"(medium|layer|store|personality)\.h"' cli/*.[ch]
none "libblkid is in one file" '#include <blkid' \
	$(but partmap/blkid.c -- $sources)
none "libfdisk is in one file" '#include <libfdisk' \
	$(but partmap/write.c -- $sources)
none "libfuse is in session.c and export.c" '#include <fuse' \
	$(but daemon/session.c daemon/export.c -- $sources)
none "libsystemd is in events.c" '#include <systemd' \
	$(but daemon/events.c -- $sources)
none "libcryptsetup and OpenSSL are in the crypt filter" \
	'#include <(libcryptsetup|openssl/)' \
	$(but $(find filters/crypt -name '*.[ch]') -- $sources)
