#!/bin/sh
# What the servers say of themselves is what they do: the descriptions in
# packaging/ against the tables of methods, in both directions, and in
# themselves.
. "$(dirname "$0")/lib.sh"
cd "$top_srcdir" || exit 99

# table INTERFACE: the methods that some table has.
table() {
	grep -rhoE "\{ \"$1\.[A-Za-z]+\"" daemon --include='*.c' |
		sed 's/.*\.\([A-Za-z]*\)"/\1/' | sort -u
}

# errors INTERFACE: those that some answer can be.
errors() {
	grep -rhE "\"$1\.[A-Z][A-Za-z]+\"" daemon --include='*.c' |
		grep -vE "\{ \"$1" | sed "s/.*\"$1\.\([A-Za-z]*\)\".*/\1/" |
		sort -u
}

described() {	# described WHAT INTERFACE
	sed -n "s/^$1 \([A-Za-z]*\).*/\1/p" "packaging/$2.varlink" | sort
}

# bare FILE: what is declared without a word on the line before it.
bare() {
	awk '/^(method|error|interface)/ && before !~ /^#/ { print $2 }
		{ before = $0 }' "$1"
}

# used FILE: the types of the members, without the language's own.
used() {
	sed -e 's/#.*//' "$1" | tr '(),' '\n\n\n' |
		sed -n 's/.*: *[?]*\(\[[a-z]*\]\)*[?]*\([A-Z][A-Za-z]*\).*/\2/p' |
		sort -u
}

plan 11
for interface in org.filterd.Manager org.filterd.Mount; do
	file=packaging/$interface.varlink
	same "$interface: the methods of its tables are described, no others" \
		"$(described method $interface)" "$(table $interface)"
	same "$interface: each has a word said of it" "$(bare $file)" ""
	same "$interface: the types that are used are there, no others" \
		"$(described type $interface)" "$(used $file)"
	if command -v varlinkctl >/dev/null; then
		check "$interface: is varlink's language" \
			varlinkctl validate-idl "$file"
	else
		skip 1 "needs varlinkctl"
	fi
	check "$interface: is installed" cmp "$file" \
		"$stage/share/varlink/$interface.varlink"
done
same "the errors that are answered are described, no others" \
	"$(described error org.filterd.Manager)" "$(errors org.filterd.Manager)"
