#!/bin/sh
# fuzz.sh - runs the fuzz targets of a build made with --enable-fuzzers
#
#   fuzz.sh SECONDS SRCDIR TARGET...	each for so long; what it finds stays
#   fuzz.sh merge SRCDIR TARGET...	the least of its inputs into the corpus
#
# In the build's folder.  New inputs are kept in tests/fuzz/work/TARGET, those
# that break something in tests/fuzz/crash, for tests/fuzz/found of the sources.
set -u
what=$1 sources=$2; shift 2
longest=65536 failed=0

for target in "$@"; do
	program=tests/fuzz/fuzz-$target
	work=tests/fuzz/work/$target
	corpus=$sources/tests/fuzz/corpus/$target
	found=$sources/tests/fuzz/found/$target
	mkdir -p "$work" tests/fuzz/crash || exit 2
	if [ "$what" = merge ]; then
		"$program" -merge=1 -max_len=$longest "$corpus" "$work" ||
			failed=1
		continue
	fi
	[ -d "$found" ] || found=
	# A quarantine of 256 MiB would be most of what it uses.
	ASAN_OPTIONS=quarantine_size_mb=32 "$program" \
		-max_total_time="$what" -max_len=$longest -timeout=60 \
		-rss_limit_mb=3000 -print_final_stats=1 \
		-dict="$sources/tests/fuzz/dict/$target" \
		-artifact_prefix="tests/fuzz/crash/$target-" \
		"$work" "$corpus" $found || failed=1
done
exit $failed
