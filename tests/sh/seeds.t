#!/bin/sh
# Two questions that were asked of I/O Kit, with our own modules: the driver
# without hardware that nobody can find, and the driver that is loaded and not
# started.  The trees have the shape that ioreg(8) prints.
. "$(dirname "$0")/lib.sh"
needs root jq
alone
plan 75

modules=$tmp/modules p=$tmp/p
mkdir "$modules" "$p"
for name in virtual-driver com-derived-driver com-base-driver; do
	cp "$top_builddir/.libs/$name.so" "$modules"
done
chmod 755 "$modules" "$modules"/*

# personality NAME MODULE LINE...: a file of [Match] lines.
personality() {
	name=$1
	printf '[Personality]\nName=%s\nModule=%s\n[Match]\n' "$1" "$2"
	shift 2
	printf '%s\n' "$@"
}

# tree: below resources, without ids and how many hold what: "+-o name  <class
# name, states, busy 0>".
tree() {
	filterctl tree | sed -n '/+-o resources /,$p' |
		sed -E 's/ id 0x[0-9a-f]+,//; s/, holders [0-9]+//'
}

# step PERSONALITY: how far it got on resources.
step() {
	filterctl explain --json resources "$1" |
		jq -r '.media[] | select(.name == "resources") |
			.outcomes[].step'
}

# loaded NAME FIELD: of a module in the service.
loaded() {
	filterctl list-modules --json |
		jq -r ".modules[] | select(.name == \"$1\") | .$2"
}

states='registered, matched, active, busy 0>'

filterctl list-filters -v --module-dir "$modules" >"$tmp/out"
says "what is needed is listed" '^  needs com-derived-driver 1\.0\.0$'

# Question 1: "How do I get a reference to a loaded driver that is not
# registered?"
check "the service starts" serve -p "$p" --module-dir "$modules"
same "resources are always there" "$(tree)" \
	"  +-o resources  <class resources, $states"
exits 4 "no driver is there" filterctl tree class:virtual-driver
check "it is loaded, without a personality" filterctl load virtual-driver
says "and is told of" '^virtual-driver 1\.0\.0 is loaded$'
same "what is loaded is known" "$(loaded virtual-driver instances)" 0
same "and that nothing asks for it" \
	"$(loaded virtual-driver personalities)" 0

personality org.example.virtual virtual-driver ProviderClass=resources \
	ResourceMatch=example-ready MatchCategory=org.example.virtual \
	>"$tmp/virtual.personality"
check "its personality is loaded by hand" \
	filterctl load "$tmp/virtual.personality"
same "it waits for a resource" "$(loaded virtual-driver instances)" 0
same "explain knows" "$(step org.example.virtual)" match
filterctl explain resources org.example.virtual >"$tmp/out"
says "for which one" '(want|have) +example-ready$'
check "what there is" filterctl publish
same "is told" "$(cat "$tmp/out")" filterd
exits 2 "no name is refused" filterctl publish 'not a name'
check "it comes" filterctl publish example-ready
same "the driver is in the tree" "$(tree)" \
	"  +-o resources  <class resources, $states
    +-o virtual-driver  <class virtual-driver, $states"
same "it was started" "$(loaded virtual-driver instances)" 1
check "it is found by its class" filterctl tree class:virtual-driver
id=$(filterctl tree --json class:virtual-driver | jq -r '.entries[0].id')
check "by its id" filterctl tree "$(printf 'id:0x%x' "$id")"
says "it is the one" '^\+-o virtual-driver '
check "data goes in" filterctl set class:virtual-driver data=42
same "it has them" "$(filterctl get --json class:virtual-driver | jq -r '..|
	objects | select(.name? == "data") | .value')" 42
exits 2 "what it does not take is refused" \
	filterctl set class:virtual-driver data=1001
exits 2 "and what it does not know" filterctl set class:virtual-driver kye=1
check "its own figure" sh -c "filterctl stats --json |
	grep -q '\"data_count\"'"
check "a name that is there already" filterctl publish example-ready
same "changes nothing" "$(tree | wc -l)" 2
exits 5 "in use it stays" filterctl unload virtual-driver
says "and its holder is named" "'resources\\.virtual-driver' stands by it"

# Loaded only: a debugger comes first, then it is matched.
served
check "the service ends well" test $? -eq 0
personality org.example.virtual virtual-driver ProviderClass=resources \
	>"$tmp/virtual.personality"
check "it starts again" serve -p "$p" --module-dir "$modules"
check "loaded only" filterctl load --load-only "$tmp/virtual.personality"
says "the debugger's line" "gdb -p $service "
says "and what goes on" 'filterctl match virtual-driver '
same "it is loaded" "$(loaded virtual-driver version)" 1.0.0
same "and stands nowhere" "$(tree | wc -l)" 1
check "then it is matched" filterctl match virtual-driver
same "and stands there" "$(tree | tail -n +2)" \
	"    +-o virtual-driver  <class virtual-driver, $states"
served

# Question 2: "IOKit driver is loaded but not started".  Both drivers stand on
# resources, and neither has a category of its own.
personality com_derived_driver com-derived-driver ProviderClass=resources \
	>"$p/10-derived.personality"
personality com_base_driver com-base-driver ProviderClass=resources \
	>"$p/20-base.personality"
check "both are installed" serve -p "$p" --module-dir "$modules"
same "one of them stands" "$(tree | tail -n +2)" \
	"    +-o com-derived-driver  <class com-derived-driver, $states"
same "the other one is loaded all the same" \
	"$(loaded com-base-driver version)" 1.0.0
same "and not started" "$(loaded com-base-driver instances)" 0
same "since the first holds the category" "$(step com_base_driver)" score
check "explain" filterctl explain resources com_base_driver
says "names the holder" 'category "storage" (went to|is held here by) '
says "which is the other one" 'com_derived_driver'
served
check "verify says it before" sh -c "
	filterctl verify --module-dir '$modules' '$p/20-base.personality'"
says "as a warning" 'MatchCategory= of its own'
personality slip virtual-driver ProviderClass=resuorces >"$tmp/slip.personality"
check "and a slip of the pen" filterctl verify --module-dir "$modules" \
	"$tmp/slip.personality"
says "is shown" 'slip\.personality:5:1: warning: ProviderClass=resuorces is no'

# The first way out: a category of its own.
personality com_base_driver com-base-driver ProviderClass=resources \
	MatchCategory=com.base.driver >"$p/20-base.personality"
check "with a category" serve -p "$p" --module-dir "$modules"
same "both stand on resources" "$(tree | tail -n +2)" \
	"    +-o com-derived-driver  <class com-derived-driver, $states
    +-o com-base-driver  <class com-base-driver, $states"
exits 5 "what is needed is not unloaded" filterctl unload com-derived-driver
served

# The second one, which was found by trying: to stand on the other driver.  The
# file changes while the service runs.
rm "$p/20-base.personality"
check "with the one alone" serve -p "$p" --module-dir "$modules"
same "it stands there" "$(tree | wc -l)" 2
personality com_base_driver com-base-driver ProviderClass=com-derived-driver \
	>"$p/20-base.personality"
check "the files are read again" filterctl reload
same "the tree is the one of the question" "$(tree | tail -n +2)" \
"    +-o com-derived-driver  <class com-derived-driver, $states
      +-o com-base-driver  <class com-base-driver, $states"
same "the one needs the other" "$(loaded com-base-driver 'needs[0]')" \
	"com-derived-driver 1.0.0"
same "which is counted there" "$(loaded com-derived-driver dependents)" 1
check "a list for people" filterctl list-modules
says "has them" '^com-base-driver +1\.0\.0 +1 +1 +0 +com-derived-driver 1\.0\.0'

# A personality that leaves takes nothing down; idle, the code can go.
check "personalities leave" filterctl unload --personalities com-base-driver
same "what stands stays" "$(tree | wc -l)" 3
same "and counts no more" "$(loaded com-base-driver personalities)" 0
exits 5 "the code stays with it" filterctl unload com-base-driver
exits 4 "one that is not there" filterctl unload nothing
exits 4 "nor can it be loaded" filterctl load nothing
says "and that is said" "there is no filter 'nothing'"
printf '[Personality]\nModule=virtual-driver\n' >"$tmp/bad.personality"
exits 2 "nor a personality that stands nowhere" \
	filterctl load "$tmp/bad.personality"
says "with the place" 'bad\.personality:1:1: \[Match\] has no condition'
served
check "the service ended well" test $? -eq 0

# Without the needed one.
rm "$modules/com-derived-driver.so"
check "without what it needs" serve -p "$p" --module-dir "$modules"
exits 1 "it is not loaded" filterctl load com-base-driver
says "and why is said" "needs 'com-derived-driver 1\\.0\\.0', and there is none"
