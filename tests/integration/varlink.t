#!/bin/sh
# Everything through varlinkctl of a newer systemd, which knows of the service
# only what that says of itself: each method that it describes is called.
. "$(dirname "$0")/lib.sh"
needs root fuse jq
plan 49

control=/run/filterd/org.filterd.Manager
interface=/usr/local/share/varlink/org.filterd.Manager.varlink
: >"$tmp/called"

# call METHOD PARAMETERS [OPTION...]
call() {
	method=$1 parameters=$2; shift 2
	echo "$method" >>"$tmp/called"
	trixie varlinkctl --json=short "$@" call "$control" \
		"org.filterd.Manager.$method" "$parameters"
}

# answers METHOD PARAMETERS FILTER: with what jq finds true.
answers() {
	run call "$1" "$2" && [ -s "$tmp/out" ] &&
		jq -e "$3" "$tmp/out" >/dev/null
	result $? "$1"
}

# fails METHOD PARAMETERS ERROR
fails() {
	! run call "$1" "$2" && grep -q "$3" "$tmp/out" "$tmp/err"
	result $? "$1: $3"
}

first() {
	tr -d '\036' <"$tmp/stream" | head -n 1
}

# streams METHOD PARAMETERS FILTER: the first of its answers, which are in
# $tmp/stream; the call goes on, as $caller.
streams() {
	echo "$1" >>"$tmp/called"
	chroot /trixie varlinkctl --json=short --more call "$control" \
		"org.filterd.Manager.$1" "$2" >"$tmp/stream" 2>&1 &
	caller=$!
	on_exit "kill $caller"
	is_first() {
		first | jq "$1" | grep -qx true
	}
	until_true is_first "$3"
	result $? "$1, with more"
}

check "varlinkctl starts the service" trixie varlinkctl info $control
says "it says what it is" 'org.filterd.Manager'
check "it lists its interfaces" trixie varlinkctl list-interfaces $control
says "ours is there" '^org.filterd.Manager$'
check "it describes it" trixie varlinkctl introspect $control \
	org.filterd.Manager
# What it prints has its own order and spacing: the same words, then.
words() {
	sed -e 's/\x1b\[[0-9;]*m//g' -e 's/#.*//' "$1" | tr -s '() ,\t\n' '\n' |
		grep -v '^$' | sort
}
words "$tmp/out" >"$tmp/described"
words $interface >"$tmp/installed"
check "as the file that is installed" diff "$tmp/installed" "$tmp/described"

# What looks.
answers Status '{}' '.service.pid > 0'
answers ListFilters '{}' '.filters[] | select(.name == "crypt")'
answers Doctor '{}' '.findings | length > 5'
answers CreateImage "{\"path\":\"$keep/disk.img\",\"size\":67108864,
	\"scheme\":\"gpt\",\"partitions\":[{\"size\":\"16M\",
	\"type\":\"linux-data\"},{\"size\":\"rest\",\"type\":\"luks\"}]}" '. == {}'
answers ListMedia "{\"sources\":[\"$keep/disk.img\"]}" \
	'[.media[].name] | index("disk2")'
answers Explain "{\"source\":\"$keep/disk.img\"}" '.media | length == 3'
printf '[Personality]\nModule=crypt\n[Match]\nProbeScore=x\n' \
	>"$keep/bad.personality"
answers Verify "{\"files\":[\"$keep/bad.personality\"]}" '.faults[0].line == 4'
fails Copy "{\"source\":\"$keep/disk.img:1\",\"fd\":0}" 'Failed\|InvalidParam'
fails Status '{"name":"nothing"}' 'not attached'
fails Explain "{\"source\":\"$keep/none.img\"}" 'No such file'

# What comes and goes, while somebody watches.
streams Monitor '{}' '.event == "following"'
answers Attach "{\"source\":\"$keep/disk.img:1\",\"filter\":\"fault\"}" \
	'.volumes[0].name == "disk1.fault"'
check "it is heard of" until_true grep -q '"volume-published"' "$tmp/stream"
kill $caller
answers Status '{"name":"disk1.fault"}' '.attachments[0].state == "published"'
answers Tree '{}' '.tree'
answers Tree '{"what":"class:fault"}' '.entries[0].id'
answers Record '{"name":"disk"}' '.media | length > 0'
answers Rescan '{}' '. == {}'
answers Log '{"filter":"none"}' '.lines == []'
answers Log '{"lines":1}' '.lines | length == 1'
answers LogLevel '{"level":"debug"}' '.level == "debug"'
answers LogLevel '{}' '.level == "debug"'

# The filter that runs.
answers Stats '{}' '.levels | length > 1'
answers GetSettings '{"name":"disk1.fault"}' \
	'.settings[] | select(.name == "read-error")'
answers SetSettings '{"name":"class:fault","settings":[{"name":"read-error",
	"value":"ENODATA"}]}' '.changes[0].value == "ENODATA"'
answers ListControls '{}' '.controls[0].filter == "fault"'
answers Control '{"name":"disk1.fault","code":5,"room":100}' \
	'.data | length == 80'
streams Talk '{"name":"disk1.fault"}' '.talk > 0'
talk=$(first | jq .talk)
answers Message "{\"talk\":$talk,\"code\":5,\"room\":100}" \
	'.data | length == 80'
kill $caller
check "who talked has gone" until_true sh -c "filterctl ctl list --json |
	jq -e '.controls[0].connected | not'"

# What could start.
answers Load '{"name":"passthrough"}' '.name == "passthrough"'
answers ListModules '{}' '[.modules[].name] | index("passthrough")'
answers Match '{"name":"passthrough"}' '.generation > 0'
answers Unload '{"name":"passthrough"}' '.name == "passthrough"'
answers Publish '{"name":"org.example.net"}' '.published'
answers Reload '{}' '.generation > 0'

# Who uses what.
answers Holders '{}' '.holders[] | select(.holder == "fault")'
streams Open '{"medium":"disk1","shared":true}' '.id > 0'
id=$(first | jq .id)
fails Close "{\"id\":$((id + 1000))}" 'Failed'
kill $caller
check "who had it open has gone" until_true sh -c "filterctl holders --json |
	jq -e '[.holders[] | select(.holder == \"read\")] == []'"
answers Detach '{"name":"disk"}' '. == {}'
fails Detach '{"name":"disk"}' 'not attached'

same "each method has been called" "$(sort -u "$tmp/called")" \
	"$(sed -n 's/^method \([A-Za-z]*\).*/\1/p' $interface | sort -u)"
