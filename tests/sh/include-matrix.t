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

plan 24
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
	$(but daemon/publish/session.c daemon/publish/export.c -- $sources)
none "libsystemd is in events.c, journal.c and notify.c" '#include <systemd' \
	$(but daemon/events.c daemon/journal.c daemon/notify.c -- $sources)
none "libudev is in hotplug.c" '#include <libudev' \
	$(but daemon/hotplug.c -- $sources)
none "libcryptsetup and OpenSSL are in the crypt filter" \
	'#include <(libcryptsetup|openssl/)' \
	$(but $(find filters/crypt -name '*.[ch]') -- $sources)
none "libseccomp is in cage.c" '#include <seccomp' \
	$(but daemon/helper/cage.c -- $sources)
none "libsmartcols is in print.c" '#include <libsmartcols' \
	$(but cli/print.c -- $sources)
none "modules are opened in object.c and the helper" \
	'#include <dlfcn|\<dlopen\(.*[,;]' \
	$(but daemon/data/object.c daemon/helper/helper-main.c -- $sources)
none "in common, json-c is where varlink is" '#include <json-c' \
	$(but common/varlink.h common/failure-json.h -- common/*.[ch])
none "the helper and what runs in it know no json-c" \
	'#include <json-c|"(varlink|failure-json)\.h"' \
	partmap/*.[ch] daemon/helper/helper-main.c daemon/helper/cage.[ch] \
	daemon/helper/proxy.[ch] daemon/helper/wire.[ch]
none "config.h comes from the command line" '#include ["<]config\.h' \
	$sources
missing=$(grep -L 'SPDX-License-Identifier: LGPL-2.1-or-later' $sources \
	include/filterd/*.h $(find tests -name '*.[ch]'))
[ -z "$missing" ] || printf '# %s\n' $missing
[ -z "$missing" ]
result $? "every source names its licence"
none "no source names a developer's folder" \
	'[^A-Za-z0-9._$}-]/(home|work|tmp/b-)[/a-z]' $sources \
	$(find tests packaging personalities docs -name '*.[cht]' -o \
		-name '*.sh' -o -name '*.am' -o -name '*.pod' -o -name '*.md' \
		-o -name '*.personality' | grep -v include-matrix) \
	configure.ac Makefile.am quickstart runtests CONTRIBUTING.md NEWS \
	README.md
untold=
for file in $(find daemon -name '*.c'); do
	noun=$(basename "$file" .c)
	grep -qE "^\\|( |.*, )$noun(,.*)? \\|" docs/ARCHITECTURE.md ||
		untold="$untold $noun"
done
same "ARCHITECTURE.md says what each file of daemon/ is for" "$untold" ""

# ladder FOLDER...: no header of a folder is included by one that stands before
# it.
ladder() {
	while [ $# -gt 1 ]; do
		low=$1; shift
		above=$(for high in "$@"; do ls "daemon/$high"; done |
			sed -n 's/\.h$//p' | tr '\n' '|')
		none "daemon/$low knows nothing of $*" \
			"#include \"(${above%|})\.h\"" daemon/$low/*.[ch]
	done
}
ladder data helper publish match faces service
