#!/bin/sh
# What `tcpreplay-j index` takes of a machine for captures that are larger than its heap. They are made as they are read:
# nothing but the databases is written. Prints one row a capture; fails when an index does.
#
#   index-memory.sh [SCALE]      SCALE 0.1 runs a tenth of each
#
# Full size: 10,000,000 half-open flows, 10,000,000 DNS queries of as many clients within 20 s and 1,000,000 flows open at the
# same time in a heap of 1 GiB, one flow of 100 GB and 10 GB of short connections in 512 MiB, one upload of 1 GB in 64 MiB.
set -eu

scale=${1:-1}
here=$(cd "$(dirname "$0")/.." && pwd)
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
trap 'exit 130' INT TERM
"$here/tcpreplay-j" --version >/dev/null
mkfifo "$run/capture"

scaled() { # NUMBER: so many, scaled
    awk -v n="$1" -v scale="$scale" 'BEGIN { printf "%.0f", n * scale }'
}

row() { # HEAP KIND ARGUMENT...
    heap=$1
    shift
    rm -f "$run"/*.tfdb
    java -cp "$here/testdata/target/classes" io.tcpreplayj.testdata.Floods "$run/capture" "$@" &
    TCPREPLAYJ_JAVA_OPTS="-Xmx$heap" /usr/bin/time -f '%e %M' -o "$run/time" \
        "$here/tcpreplay-j" index -q --json --db "$run/x.tfdb" "$run/capture" >"$run/index.json"
    wait $!
    awk -v what="$*" -v heap="$heap" -v json="$(cat "$run/index.json")" '{
        match(json, /"read":[0-9]+/); packets = substr(json, RSTART + 7, RLENGTH - 7)
        match(json, /"found":[0-9]+/); flows = substr(json, RSTART + 8, RLENGTH - 8)
        match(json, /"databaseBytes":[0-9]+/); bytes = substr(json, RSTART + 16, RLENGTH - 16)
        printf "%-26s %6s %12d %10d %9.1f %9.0f %11.1f\n", what, heap, packets, flows, $1, $2 / 1024, bytes / 1e6
    }' "$run/time"
}

printf '%-26s %6s %12s %10s %9s %9s %11s\n' capture heap packets flows seconds 'RSS MiB' 'database MB'
row 1g half-open "$(scaled 10000000)"
row 1g queries "$(scaled 10000000)"
row 1g simultaneous "$(scaled 1000000)" 4
row 512m download "$(scaled 100000000000)"
row 512m conversations "$(scaled 10000000000)"
row 64m upload "$(scaled 1000000000)"
