#!/bin/sh
# What each level has done: counted, and told in three ways.
. "$(dirname "$0")/lib.sh"
needs root fuse jq
alone
plan 29

exits 1 "nobody answers" filterctl stats
serve
check "nothing is attached" filterctl stats
says "and nothing was done" 'nothing was done yet'
truncate -s 8M "$tmp/disk.img"
filterctl attach --filter fault "$tmp/disk.img" >/dev/null
volume=/run/filterd/media/disk/disk.fault

# of LEVEL KIND MEMBER: what is told of it.
of() {
	filterctl stats --json | jq -r --arg level "$1" --arg kind "$2" \
		--arg member "$3" '.levels[] | select(.level == $level) |
		.requests[] | select(.kind == $kind)[$member]'
}

before=$(of volume read bytes)
dd if="$volume" of=/dev/null bs=64K count=16 iflag=direct status=none
dd if=/dev/zero of="$volume" bs=4096 count=5 oflag=direct conv=notrunc,fsync \
	status=none
filterctl set disk.fault read-error=EIO >/dev/null
run dd if="$volume" of=/dev/null bs=4096 count=1 iflag=direct
filterctl set disk.fault read-error=none >/dev/null

same "what was read of the file is counted" \
	"$(($(of volume read bytes) - before))" 1048576
same "what was written" "$(of volume write count)" 5
same "by each level" "$(of filter write bytes) $(of device write bytes)" \
	"20480 20480"
check "flushes" test "$(of filter flush count)" -ge 1
same "errors, where they were made" \
	"$(of device read errors) $(of filter read errors)" "0 1"
same "all that began has ended" "$(of filter read running)" 0
same "the buckets hold what was counted" "$(filterctl stats --json |
	jq '[.levels[].requests[] | ([.times[].count] | add // 0) == .count] |
	all')" true
same "no quantile is before another" "$(filterctl stats --json |
	jq '[.levels[].requests[] | .p50 <= .p99] | all')" true
same "the filter's own figures are with it" "$(filterctl stats --json |
	jq -r '.levels[] | select(.level == "filter").figures[] |
	select(.key == "writes_count").value')" 5

check "one volume's state" filterctl status disk.fault
says "has them too" '^  writes +5$'

# A request that is under way.
filterctl set disk.fault hang=yes >/dev/null
dd if="$volume" of=/dev/null bs=4096 count=1 iflag=direct status=none &
reader=$!
until [ "$(of filter read running)" -ge 1 ]; do sleep 0.05; done
same "what hangs is running, and not below" "$(of device read running)" 0
filterctl set disk.fault hang=no >/dev/null
check "until it does not" wait "$reader"

check "a table for people" filterctl stats
says "with a row for each kind" '^disk\.fault +fault +write +5 '
check "of one medium" filterctl stats disk.fault
same "alone" "$(grep -c device "$tmp/out")" 0
exits 4 "of none" filterctl stats nothing
exits 2 "not two ways at once" filterctl stats --json --interval 1s

# What Prometheus reads: each family once, samples of it alone, an end.
filterctl stats --openmetrics >"$tmp/metrics"
same "the end is marked" "$(tail -n 1 "$tmp/metrics")" "# EOF"
same "each sample belongs to the family above it" "$(awk '
	/^# TYPE/ { family = $3 }
	!/^#/ && index($0, family) != 1 { print }' "$tmp/metrics")" ""
same "counters are counted" "$(grep -c 'filterd_requests_total{source="disk",medium="disk.fault",level="volume",filter="",kind="write"} 5$' \
	"$tmp/metrics")" 1
same "buckets only grow, up to the count" "$(awk '
	/^filterd_request_seconds_bucket/ {
		key = $0; sub(/,le=.*/, "", key)
		if (key == last && $2 < n) print "shrinks: " $0
		last = key; n = $2
	}
	/^filterd_request_seconds_count/ && $2 != n { print "differs: " $0 }
	' "$tmp/metrics")" ""

# What is done now.
dd if="$volume" of=/dev/null bs=64K iflag=direct status=none
check "each interval by itself" filterctl stats --interval 100ms --count 2
check "pictures follow each other where there is no terminal" \
	filterctl top --interval 100ms --count 2
same "each with every level" "$(grep -c '^disk.fault ' "$tmp/out")" 4
filterctl detach disk 2>/dev/null
served
