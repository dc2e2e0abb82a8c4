#!/bin/sh
# Wall time of `tcpreplay-j index` beside `tcpdump -r -w /dev/null` and `tshark -q -z conv,tcp` over the same capture of
# real HTTP traffic, whole processes, the JVM's start included, in turn. The capture is in the page cache.
#
#   index-vs-tcpdump.sh [ROUNDS] [MEGABYTES]
#
# Prints one row a round, then the medians: beside the two, what a JVM takes that only reads the file, and one that also finds
# headers, looks flows up and digests payload, and nothing else (IndexFloor.java). tshark, which takes some twenty times as
# long, runs once. Needs root (the recording), nginx, wrk, tcpdump, tshark, a JDK.
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

row() { # NAME INDEX TCPDUMP READ FLOOR
    awk -v name="$1" -v index_s="$2" -v tcpdump_s="$3" -v read_s="$4" -v floor_s="$5" -v bytes="$bytes" 'BEGIN {
        printf "%-8s %9.2f %9.2f %9.2f %9.2f %9.2f %9.2f\n", name, index_s, tcpdump_s, index_s / tcpdump_s,
            bytes / 1e9 / index_s, read_s, floor_s }'
}

median() { # COLUMN
    awk -v column="$1" '{ print $column }' "$run/rows" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

javac -d "$run" "$here/benchmarks/peers/IndexFloor.java"
floor() { # [read]
    seconds java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -cp "$run" IndexFloor "$run/http.pcap" "$@"
}

cat "$run/http.pcap" >/dev/null
tshark=$(seconds tshark -q -z conv,tcp -r "$run/http.pcap")
printf '%-8s %9s %9s %9s %9s %9s %9s\n' round 'index s' 'tcpdump s' 'ratio' 'GB/s' 'read s' 'floor s'
round=1
while [ "$round" -le "$rounds" ]; do
    index=$(seconds "$here/tcpreplay-j" index -q --db "$run/x.tfdb" "$run/http.pcap")
    tcpdump=$(seconds tcpdump -r "$run/http.pcap" -w /dev/null)
    read=$(floor read)
    floor=$(floor)
    echo "$index $tcpdump $read $floor" >>"$run/rows"
    row "$round" "$index" "$tcpdump" "$read" "$floor"
    round=$((round + 1))
done
row median "$(median 1)" "$(median 2)" "$(median 3)" "$(median 4)"
awk -v index_s="$(median 1)" -v tshark_s="$tshark" 'BEGIN {
    printf "tshark   %9.2f: %.0f times as long as index\n", tshark_s, tshark_s / index_s }'
