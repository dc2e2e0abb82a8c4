#!/bin/sh
# Whether ten times the capture takes ten times as long: index of 1 GB and of 10 GB of short connections, made as they are
# read, in turns. Prints a row a run and the ratio of the best ones; fails when that is more than 10.5.
#
#   index-linear.sh [ROUNDS] [MEGABYTES]      MEGABYTES of the smaller one
set -eu

rounds=${1:-3}
megabytes=${2:-1000}
here=$(cd "$(dirname "$0")/.." && pwd)
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
trap 'exit 130' INT TERM
"$here/tcpreplay-j" --version >/dev/null
mkfifo "$run/capture"

index() { # MEGABYTES: prints the processor's and the clock's seconds
    rm -f "$run"/*.tfdb
    java -cp "$here/testdata/target/classes" io.tcpreplayj.testdata.Floods "$run/capture" conversations "$1"000000 &
    /usr/bin/time -f '%U %S %e' -o "$run/time" \
        "$here/tcpreplay-j" index -q --db "$run/x.tfdb" "$run/capture" >/dev/null
    wait $!
    awk '{ printf "%.2f %.2f\n", $1 + $2, $3 }' "$run/time"
}

printf '%10s %14s %10s\n' MB 'CPU seconds' seconds
for _ in $(seq "$rounds"); do
    for size in "$megabytes" "${megabytes}0"; do
        echo "$size $(index "$size")"
    done
done | tee "$run/rows" | awk '{ printf "%10d %14.2f %10.2f\n", $1, $2, $3 }'
awk -v small="$megabytes" '
    { if (!($1 in best) || $3 < best[$1]) best[$1] = $3 }
    END {
        ratio = best[small "0"] / best[small]
        printf "ten times the capture takes %.2f times as long (wanted: at most 10.5)\n", ratio
        exit ratio > 10.5
    }' "$run/rows"
