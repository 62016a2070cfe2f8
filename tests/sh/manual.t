#!/bin/sh
# The manual says what the programs do: options, settings, keys, exit codes;
# its pages render without a warning, its references lead somewhere, and the
# example of filterd-filter(3) compiles and works.
. "$(dirname "$0")/lib.sh"
needs jq gcc man
plan 27

docs=${top_srcdir:?}/docs
filters=$top_srcdir/filters
pages="$docs/filterd.1.pod $docs/filterctl.1.pod
$docs/mount.filterd.8.pod
$docs/filterd.conf.5.pod
$docs/filterd.personality.5.pod $docs/filterd-filter.3.pod
$filters/crypt/filterd-crypt.7.pod $filters/fault/filterd-fault.7.pod
$filters/passthrough/filterd-passthrough.7.pod"

# The long options that a page tells of, and that the programs have.
told() {
	grep -oE 'B<--[a-z-]+' "$1" | sed 's/^B<//' | sort -u
}

offered() {
	for verb in "$@"; do
		$verb --help
	done | grep -oE '^ {2,6}(-., |    )--[a-z-]+' |
		grep -oE -- '--[a-z-]+' | sort -u
}

same "filterd(1) has the options of filterd" \
	"$(told "$docs/filterd.1.pod" | grep -v -e '--version')" \
	"$(offered "filterd mount" "filterd umount" "filterd serve")"
same "filterctl(1) has those of filterctl" \
	"$(told "$docs/filterctl.1.pod" | grep -v -e '--version')" \
	"$(offered "filterctl list-filters" "filterctl list-media" \
		"filterctl explain" "filterctl doctor" "filterctl verify" \
		"filterctl image create" "filterctl copy" \
		"filterctl attach" "filterctl detach" "filterctl status" \
		"filterctl tree" "filterctl log" "filterctl log-level" \
		"filterctl list-modules" "filterctl load" "filterctl unload" \
		"filterctl match" "filterctl publish" "filterctl reload" \
		"filterctl stats" "filterctl top" "filterctl get" \
		"filterctl set" "filterctl ctl" "filterctl rescan" \
		"filterctl open" "filterctl holders" \
		"filterctl mount" "filterctl umount")"
same "filterctl(1) has the verbs of filterctl" \
	"$(sed -n 's/^=head2 \([a-z-]*\).*/\1/p' "$docs/filterctl.1.pod" | sort -u)" \
	"$(filterctl --help | sed -n 's/^  \([a-z-]*\) .*/\1/p' | sort -u)"

# name=: of the page, and of the filter's table.
for name in crypt fault passthrough; do
	same "filterd-$name(7) has the settings of $name" \
		"$(grep '^=item B<' "$filters/$name/filterd-$name.7.pod" |
			grep -oE 'B<[a-z-]+=' | tr -d 'B<=' | sort)" \
		"$(filterctl list-filters --json | jq -r ".filters[] |
			select(.name == \"$name\") | .settings[].name" | sort)"
done

# A key that were not one would be warned of.
personality=$docs/filterd.personality.5.pod
section() {	# section NAME: its keys, as the page has them
	sed -n "/^=head2 \\[$1\\]/,/^=head[12] [^[]/p" "$personality" |
		sed '2,${/^=head/,$d}' | grep '^=item B<' |
		grep -oE 'B<[A-Za-z.]+=' | tr -d '<=' | sed 's/^B//'
}
value() {
	case $1 in
	Module) echo crypt ;;
	Name) echo name ;;
	ProviderClass) echo whole ;;
	Signature) echo 0:4c554b53babe ;;
	Size | Granule | PartitionID | Base | ProbeScore) echo 512 ;;
	Whole | Leaf | Writable | Removable | Live | Open | ReadOnly) echo yes ;;
	AutoAttach) echo ask ;;
	RequiredAt) echo root ;;
	AttachMediaObject) echo by-name ;;
	Children) echo rescan ;;
	Property.KEY) echo yes ;;
	*) echo word ;;
	esac
}
for part in Personality Match Module Policy; do
	echo "[$part]"
	for key in $(section $part); do
		echo "$key=$(value "$key")"
	done
done | sed 's/^Property.KEY/Property.discard/; s/^Children=.*/Children=rescan/' \
	>"$tmp/all.personality"
check "all keys of filterd.personality(5) are known" \
	filterctl verify "$tmp/all.personality"
same "without a word" "$(cat "$tmp/out" "$tmp/err")" ""
same "and all keys that there are stand there" \
	"$(sed -n 's/^	{ "\([A-Z][A-Za-z]*\)", [A-Z]*[,} ].*/\1/p' \
		"$top_srcdir/daemon/match/condition.c" | sort)" \
	"$(section Match | grep -v -e ProbeScore -e MatchCategory \
		-e ResourceMatch | sort)"

same "filterd.conf(5) has the keys of filterd.conf" \
	"$(grep '^=item B<' "$docs/filterd.conf.5.pod" |
		grep -oE '[A-Za-z]+=' | tr -d = | sort)" \
	"$(sed -n 's/^	{ "\([A-Za-z]*\)", take_.*/\1/p' \
		"$top_srcdir/daemon/service/conf.c" | sort)"

same "the exit codes" \
	"$(sed -n '/EXIT STATUS/,/=head1 FILES/s/^ *\([0-9][0-9]*\)  .*/\1/p' \
		"$docs/filterd.1.pod")" \
	"$(sed -n 's/^	EXIT_[A-Z_]* = \([0-9]*\),/\1/p' \
		"$top_srcdir/common/failure.h")"

# Rendered as a reader has them.
for page in $pages; do
	page=${page##*/} page=${page%.pod}
	check "$page renders" man -l --warnings \
		"$stage/share/man/man${page##*.}/$page"
	cat "$tmp/err" >>"$tmp/warnings"
done
same "none with a warning" "$(cat "$tmp/warnings")" ""
same "what they refer to is there" "$(
	grep -ohE 'L<filter[a-z.-]+\([0-9]\)>' $pages | sort -u |
	sed 's/^L<//; s/>$//; s/(/ /; s/)//' |
	while read -r name in; do
		[ -f "$stage/share/man/man$in/$name.$in" ] ||
			echo "$name($in)"
	done)" ""
same "each is referred to" "$(
	for page in $pages; do
		page=${page##*/} page=${page%.pod}
		cat $pages | grep -q "L<${page%.*}(${page##*.})>" ||
			echo "$page"
	done)" ""

# The example, as it stands there, with the line that stands there.
example=$docs/filterd-filter.3.pod
mkdir -m 755 "$tmp/mine"
awk '/^  \/\* example.c/ { on = 1 } on { sub(/^  /, ""); print }
	on && /^FILTERD_MODULE/ { exit }' "$example" >"$tmp/mine/example.c"
line=$(sed -n 's/^  \(gcc .*\)/\1/p' "$example")
check "the example compiles with its line" sh -c \
	"cd '$tmp/mine' && umask 022 && CPATH='$top_srcdir/include' $line"
same "without a warning" "$(cat "$tmp/out" "$tmp/err")" ""
truncate -s 1M "$tmp/disk.img"
printf EXAMPLE1 | dd of="$tmp/disk.img" conv=notrunc status=none
check "it opens the medium that the page makes" filterctl copy \
	--module-dir "$tmp/mine" --filter example,mask=0x0f "$tmp/disk.img" \
	"$tmp/copy"
same "and does what the page says" "$(od -An -tx1 -N2 "$tmp/copy")" " 0f 0f"
