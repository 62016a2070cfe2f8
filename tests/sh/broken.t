#!/bin/sh
# Broken maps and headers, thought of, drawn by a seed, or cut off: each gets
# an answer, the right exit code, a message, what can be had of it and nothing
# else, and is not changed.  FILTERD_SEED: another draw.
. "$(dirname "$0")/lib.sh"
needs root fuse
maker=$top_builddir/tests/torture/broken seed=${FILTERD_SEED:-1}
images=$tmp/broken
"$maker" "$images" "$seed" || exit 99
echo "# seed $seed"
mkdir "$tmp/said"
tab=$(printf '\t')
# Six kinds are cut; all others are listed too, by one process.
grep -v '^cut-' "$images/expected" | cut -f 1 >"$tmp/listed"
plan $(($(wc -l <"$tmp/listed") + 6 + 3))

# attempt FILE: mounts it; its exit code and files to standard output.
attempt() {
	timeout 120 filterd mount --background --key-file "$tmp/key" \
		"$images/$1" "$dir" >"$tmp/said/$1" 2>&1 </dev/null
	status=$?
	printf '%s\t%s\t' "$1" $status
	if [ $status -eq 0 ]; then
		find "$dir" -maxdepth 1 -type f -printf '%f:%s:%m ' |
			sed "s/${1%.img}//g"
		filterd umount "$dir" >/dev/null 2>&1 </dev/null ||
			printf 'umount:%s' $?
	fi
	echo
}

# Every so many images from the first, beside the others.
shares=$(nproc) share=0
while [ $share -lt "$shares" ]; do
	dir=$tmp/v$share
	awk -F"$tab" -v "n=$shares" -v "i=$share" 'NR % n == i { print $1 }' \
		"$images/expected" | while read -r file; do
		attempt "$file"
	done >"$tmp/got.$share" &
	share=$((share + 1))
done
wait

# What would make a terminal do something, or comes of a fault of ours.
evil=$(printf '[\001-\010\013-\037\177]\|\302[\200-\237]')
evil="$evil\|$(printf '\342\200[\213-\217\250-\256]\|\342\201[\246-\251]')"
# Those have no names of their own in the C locale, so that bytes are bytes.
evil="$evil\|Sanitizer\|runtime error"
(cd "$tmp/said" && LC_ALL=C grep -ral "$evil" .) |
	sed 's|^\./|said |' >"$tmp/bad"
# A failure is one line, which names the image, and perhaps a hint.
(cd "$tmp/said" && LC_ALL=C awk '
	FNR == 1 { stem = FILENAME; gsub(/^\.\/|\.img$/, "", stem) }
	/^filterd: / { lines[FILENAME]++ }
	/^filterd: / && index($0, stem) { named[FILENAME] = 1 }
	!/^filterd: / && !/^  hint: / { others[FILENAME]++ }
	END {
		for (file in lines)
			if (!named[file] || others[file] > 0)
				print "loud", file
			else
				print "told", file
	}' ./*.img) | sed 's| \./| |' >>"$tmp/bad"
"$maker" --compare "$images" "$seed" | sed 's/^/changed /' >>"$tmp/bad"

# verdicts: "0 or 1<TAB>description" for each image, or each kind that was cut.
verdicts() {
	LC_ALL=C awk -F"$tab" '
	function sorted(text, n, i, k, t, parts, all) {
		n = split(text, parts, " ")
		for (i = 1; i <= n; i++)
			for (k = i; k > 1 && parts[k] < parts[k - 1]; k--) {
				t = parts[k]
				parts[k] = parts[k - 1]
				parts[k - 1] = t
			}
		for (i = 1; i <= n; i++)
			all = all " " parts[i]
		return all
	}
	function judge(file, code, volumes) {
		if (!(file in got))
			return "was not tried"
		if (got[file] != code && !(code == -1 &&
		    got[file] ~ /^[03679]$/))
			return "exit code " got[file] ", expected " code
		if (volumes != "*" && code != -1 &&
		    sorted(volumes) != sorted(files[file]))
			return "has" sorted(files[file]) ", expected" \
				sorted(volumes)
		if (said[file])
			return "does what it should not: said"
		if (changed[file])
			return "was changed"
		if (got[file] > 0 && !told[file])
			return "has no message that names it, or too many"
		return ""
	}
	FILENAME == bad {
		split($0, word, " ")
		if (word[1] == "said") said[word[2]] = 1
		if (word[1] == "told") told[word[2]] = 1
		if (word[1] == "changed") changed[word[2]] = 1
		next
	}
	FILENAME != expected { got[$1] = $2; files[$1] = $3; next }
	{
		wrong = judge($1, $2, $3)
		if ($1 !~ /^cut-/) {
			print (wrong != "") "\t" $1 (wrong ? ": " wrong : "")
			next
		}
		kind = $1
		sub(/-[0-9]*K\.img$/, "", kind)
		n[kind]++
		if (wrong != "" && !first[kind])
			first[kind] = $1 ": " wrong
	}
	END {
		for (kind in n)
			print (first[kind] != "") "\t" kind ", cut off at " \
				n[kind] " places" (first[kind] ? ": " : "") \
				first[kind]
	}' bad="$tmp/bad" expected="$images/expected" \
		"$tmp/bad" "$tmp"/got.* "$images/expected"
}
verdicts >"$tmp/verdicts"
: >"$tmp/out" >"$tmp/err"
while IFS=$tab read -r wrong description; do
	result "$wrong" "$description"
done <"$tmp/verdicts"

(cd "$images" && xargs filterctl list-media) <"$tmp/listed" \
	>"$tmp/out" 2>"$tmp/err"
# By xargs: 123 is a code from 1 to 125, 125 a signal.
same "all in one list: an exit code, no signal" $? 123
missing=$(awk 'FILENAME == listed { sub(/\.img$/, ""); want[$1] = 1; next }
	{ delete want[$1] }
	FILENAME == err {
		for (name in want)
			if (index($0, name ".img")) delete want[name]
	}
	END { for (name in want) print name }' listed="$tmp/listed" \
	err="$tmp/err" "$tmp/listed" "$tmp/out" "$tmp/err")
same "all in one list: a row or a message for each" "$missing" ""
! cat "$tmp/out" "$tmp/err" | LC_ALL=C grep -aq "$evil"
result $? "all in one list: nothing that a terminal would obey"
