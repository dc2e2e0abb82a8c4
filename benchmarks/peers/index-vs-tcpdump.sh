#!/bin/sh
# Wall time of `tcpreplay-j index` beside `tcpdump -r -w /dev/null` and `tshark -q -z conv,tcp` over the same capture of
# real HTTP traffic, whole processes, the JVM's start included, in turn. The capture is in the page cache.
#
#   index-vs-tcpdump.sh [ROUNDS] [MEGABYTES]
#
# Prints one row a round, then the medians. tshark, which takes some twenty times as long, runs once. Needs root (the
# recording), nginx, wrk, tcpdump, tshark.
set -eu

rounds=${1:-5}
megabytes=${2:-1000}
here=$(cd "$(dirname "$0")/../.." && pwd)
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
trap 'exit 130' INT TERM

"$here/benchmarks/http-capture.sh" "$run/http.pcap" "$megabytes"
bytes=$(stat -c %s "$run/http.pcap")

seconds() { # COMMAND...: wall time of a run
    rm -f "$run"/*.tfdb
    /usr/bin/time -f %e -o "$run/time" "$@" >"$run/out" 2>&1
    tail -n 1 "$run/time"
}

median() { # COLUMN
    awk -v column="$1" '{ print $column }' "$run/rows" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

cat "$run/http.pcap" >/dev/null
tshark=$(seconds tshark -q -z conv,tcp -r "$run/http.pcap")
printf '%-8s %9s %9s %9s %9s\n' round 'index s' 'tcpdump s' 'ratio' 'GB/s'
round=1
while [ "$round" -le "$rounds" ]; do
    index=$(seconds "$here/tcpreplay-j" index -q --db "$run/x.tfdb" "$run/http.pcap")
    tcpdump=$(seconds tcpdump -r "$run/http.pcap" -w /dev/null)
    echo "$index $tcpdump" >>"$run/rows"
    awk -v round="$round" -v index_s="$index" -v tcpdump_s="$tcpdump" -v bytes="$bytes" 'BEGIN {
        printf "%-8d %9.2f %9.2f %9.2f %9.2f\n", round, index_s, tcpdump_s, index_s / tcpdump_s, bytes / 1e9 / index_s }'
    round=$((round + 1))
done
awk -v index_s="$(median 1)" -v tcpdump_s="$(median 2)" -v tshark_s="$tshark" -v bytes="$bytes" 'BEGIN {
    printf "%-8s %9.2f %9.2f %9.2f %9.2f\n", "median", index_s, tcpdump_s, index_s / tcpdump_s, bytes / 1e9 / index_s
    printf "tshark   %9.2f: %.0f times as long as index\n", tshark_s, tshark_s / index_s }'
