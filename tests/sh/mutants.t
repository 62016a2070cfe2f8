#!/bin/sh
# The bugs that "make check-mutants" plants still fit the sources: who changes
# lines that one stands in hears of it here, without planting any.
. "$(dirname "$0")/lib.sh"
cd "$top_srcdir/tests/mutants" || exit 99
plan 3

misfits= strangers= names=
for table in *.mutants; do
	while read -r key value rest; do
		case $key in
		mutant) name=$value; names="$names$name
" ;;
		file) awk -v name="$name" -f plant.awk "$table" \
			"$top_srcdir/$value" >/dev/null 2>"$tmp/why" ||
			misfits="$misfits $name: $(cat "$tmp/why")" ;;
		by) grep -q "CHECK($rest)" "$top_srcdir/$value.c" ||
			strangers="$strangers $name" ;;
		esac
	done <"$table"
done
same "the lines of each bug are in its source, once" "$misfits" ""
same "each names a test case that there is" "$strangers" ""
same "no two have one name" "$(printf '%s' "$names" | sort | uniq -d)" ""
