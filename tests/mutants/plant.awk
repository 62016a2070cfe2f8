# plant.awk - puts one bug of a table into its source
#
#	awk -v name=NAME -f plant.awk TABLE SOURCE
#
# Prints the changed source.  The lines that the bug stands in ("-" and " " in
# the table) must be there once: a table that no longer fits must not pass.
FNR == NR && /^mutant / { on = $2 == name }
FNR == NR && on && /^[- ]/ { old[++n] = substr($0, 2) }
FNR == NR && on && /^[+ ]/ { text = text substr($0, 2) "\n" }
FNR == NR { next }
{ line[++lines] = $0 }

function is_at(i,	k)
{
	for (k = 1; k <= n; k++)
		if (line[i + k - 1] != old[k])
			return 0
	return 1
}

END {
	for (i = 1; n > 0 && i + n - 1 <= lines; i++)
		if (is_at(i)) {
			found++
			at = i
		}
	if (found != 1) {
		printf "its lines are there %d times, not once\n", found + 0 \
			>"/dev/stderr"
		exit 1
	}
	for (i = 1; i < at; i++)
		print line[i]
	printf "%s", text
	for (i = at + n; i <= lines; i++)
		print line[i]
}
