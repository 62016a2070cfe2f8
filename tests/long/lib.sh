# lib.sh - what the long tests share; ../sh/lib.sh is theirs too
#
# The environment says how long: without it each does a little, to show that it
# works; `make check-long` asks for all of it.
#
#	LONG_OPERATIONS	of the oracle, a stack and mode
#	LONG_CYCLES	of killing, of attaching and detaching
#	LONG_SEED	of all that is random; printed
#	LONG_DIR	where the images lie; memory is fastest
[ -z "${LONG_DIR:-}" ] || TMPDIR=$LONG_DIR export TMPDIR
. "$(dirname "$0")/../sh/lib.sh"

operations=${LONG_OPERATIONS:-300}
cycles=${LONG_CYCLES:-5}
seed=${LONG_SEED:-1}
torture=$top_builddir/tests/torture
echo "# LONG_OPERATIONS=$operations LONG_CYCLES=$cycles LONG_SEED=$seed"

# The programs may be instrumented: what they report is kept, and is a failure.
reports=$tmp/reports
mkdir "$reports"
TSAN_OPTIONS="${TSAN_OPTIONS:-} log_path=$reports/tsan exitcode=66"
ASAN_OPTIONS="${ASAN_OPTIONS:-} log_path=$reports/asan"
export TSAN_OPTIONS ASAN_OPTIONS

# no_reports: one check, that no sanitizer reported anything so far.
no_reports() {
	: >"$tmp/out"
	cat "$reports"/* >"$tmp/err" 2>/dev/null
	[ ! -s "$tmp/err" ]
	result $? "no sanitizer has reported anything"
}
