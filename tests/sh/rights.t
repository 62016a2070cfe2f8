#!/bin/sh
# Who may do what at the service's socket: everybody, the members of the group
# that filterd.conf names, root.
. "$(dirname "$0")/lib.sh"
needs root fuse setpriv cryptsetup jq perl script
alone
plan 40

stranger() { setpriv --reuid=4241 --regid=4241 --clear-groups -- "$@"; }
member() { setpriv --reuid=4242 --regid=4242 --groups="$gid" -- "$@"; }

# await COMMAND...: until it succeeds; a minute at most.
await() {
	for i in $(seq 1200); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	return 1
}

# call METHOD PARAMETERS: as somebody who wrote his own client.
cat >"$tmp/call" <<'END'
#!/usr/bin/perl
use IO::Socket::UNIX;
my $link = IO::Socket::UNIX->new("/run/filterd/org.filterd.Manager") or die;
print $link "{\"method\":\"$ARGV[0]\",\"parameters\":$ARGV[1]}\0";
$link->flush;
$/ = "\0";
my $answer = <$link>;
chomp $answer;
print "$answer\n";
END
chmod 755 "$tmp/call"

group=games gid=$(getent group games | cut -d: -f3)
for etc in "$top_builddir/tests/stage/etc/filterd" "$stage/etc/filterd"; do
	mkdir -p "$etc" && mount -t tmpfs -o mode=0755 none "$etc" || exit 99
	printf '[Service]\nAttach=never\nGroup=%s\n' "$group" >"$etc/filterd.conf"
done
umask 077
check "the service starts" serve
umask 022
same "its socket is for everybody" \
	"$(stat -c %a /run/filterd/org.filterd.Manager)" 666

# What everybody may.
mkdir "$tmp/roots" "$tmp/members"
luks "$tmp/roots/secret.img" 20M
filterctl attach --key-file "$tmp/key" "$tmp/roots/secret.img" >/dev/null
check "a stranger looks" stranger filterctl status
says "at what there is" '^secret '
stranger filterctl status --json >"$tmp/seen"
same "but at no file's path" "$(grep -c "$tmp/roots" "$tmp/seen")" 0
check "at the tree" stranger filterctl tree -l
same "the same" "$(grep -c "$tmp/roots" "$tmp/out")" 0
same "which is told to members" "$(member filterctl status --json |
	grep -c "$tmp/roots/secret.img")" 1
truncate -s 1M "$tmp/public.img"
exits 8 "he attaches nothing" stranger filterctl attach -r "$tmp/public.img"
says "and hears who may" 'filterd\.conf'
exits 8 "nor detaches" stranger filterctl detach secret
exits 1 "root's volume is not his" stranger head -c 1 \
	/run/filterd/media/secret/secret.crypt
# Who holds a file without opening it keeps it from being unmounted.
hold='sysopen(my $file, $ARGV[0], 010000000) or exit 1'
exits 1 "and he does not hold it" stranger perl -e "$hold" \
	/run/filterd/media/secret/secret.crypt
"$tmp/call" org.filterd.Manager.Attach '{"source":"/dev/null"}' >"$tmp/answer"
same "root names what he likes" "$(jq -r .parameters.word "$tmp/answer")" \
	unsupported

# What members may.
luks "$tmp/members/own.img" 20M
chown -R 4242:4242 "$tmp/members"
chmod 700 "$tmp/members"
cp "$tmp/key" "$tmp/members/key" && chown 4242 "$tmp/members/key"
check "a member attaches what is his" member filterctl attach \
	--key-file "$tmp/members/key" "$tmp/members/own.img"
volume=/run/filterd/media/own/own.crypt
same "and the volume is his" "$(stat -c '%u %a' "$volume")" "4242 600"
check "he makes a file system" member mke2fs -q -F "$volume"
exits 1 "which a stranger does not read" stranger head -c 1 "$volume"
exits 1 "nor hold" stranger perl -e "$hold" "$volume"
check "as its owner does" member perl -e "$hold" "$volume"
exits 8 "he cannot attach what he cannot open" member filterctl attach \
	"$tmp/roots/secret.img"
chmod 644 "$tmp/roots/secret.img"
exits 8 "nor write what he can only read" member filterctl attach \
	"$tmp/roots/secret.img"
says "and hears what he can do" 'add -r'
member "$tmp/call" org.filterd.Manager.Attach \
	'{"source":"/etc/shadow","read_only":true}' >"$tmp/answer"
same "he names no path" "$(jq -r .parameters.word "$tmp/answer")" denied
exits 8 "and gives a filter no settings" member filterctl attach \
	--filter 'crypt,header=/etc/shadow' "$tmp/members/own.img"
exits 8 "what root attached he does not detach" member filterctl detach secret
same "and it is still there" "$(filterctl status --json |
	jq -r '.attachments[].name' | tr '\n' ' ')" "secret own "
check "he detaches his own" member filterctl detach own
check "root anybody's" sh -c "setpriv --reuid=4242 --regid=4242 \
	--groups=$gid filterctl attach --key-file $tmp/members/key \
	$tmp/members/own.img && filterctl detach own"
exits 6 "without a key nobody is asked" member filterctl attach \
	"$tmp/members/own.img"
says "and that is said" 'nobody to ask'

# The service has no terminal; who calls it has one.
cat >"$tmp/asked" <<END
script -qec "filterctl attach '$tmp/members/own.img'" /dev/null
END
{
	await grep -q 'Passphrase for own' "$tmp/shown"
	echo wrong
	await grep -q 'does not open' "$tmp/shown"
	echo "$passphrase"
	await grep -q 'own.crypt' "$tmp/shown"
} | member timeout 120 sh "$tmp/asked" >"$tmp/shown" 2>&1
grep -q "^$volume" "$tmp/shown"
result $? "a passphrase is asked for at his terminal"
same "and not shown" "$(grep -c "$passphrase" "$tmp/shown")" 0
check "it opened" member test -r "$volume"
member filterctl detach own 2>/dev/null

# He changes his mind.
{
	await grep -q 'Passphrase for own' "$tmp/shown2"
	printf '\003'
	await sh -c '! filterctl status --json | grep -q "\"own\""'
} | member timeout 120 sh "$tmp/asked" >"$tmp/shown2" 2>&1
await sh -c '! filterctl status --json | grep -q "\"own\""'
result $? "who interrupts it is not waited for"

# What happens is told.
filterctl monitor --json >"$tmp/all" 2>&1 &
monitor=$!
stranger filterctl monitor >"$tmp/little" 2>&1 &
on_exit "kill $monitor $!"
await grep -q following "$tmp/all"
await grep -q following "$tmp/little"
truncate -s 8M "$tmp/members/plain.img"
filterctl attach --filter passthrough "$tmp/members/plain.img" >/dev/null
filterctl detach plain 2>/dev/null
await grep -q '"detached"' "$tmp/all"
await grep -q detached "$tmp/little"
same "in order" "$(jq -r .event "$tmp/all" | tr '\n' ' ')" \
	"following attached volume-published detached "
same "to everybody" "$(awk '{ print $3 }' "$tmp/little" | tr '\n' ' ')" \
	"following attached volume-published detached "
same "without paths" "$(grep -c "$tmp" "$tmp/little")" 0
check "the service ends" served
await grep -q '"end"' "$tmp/all"
result $? "and says so to who follows"
