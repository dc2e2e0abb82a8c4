#!/bin/sh
# How long it takes to open a database of 1,000,000 flows and print the first page, and to print the tenth of them for
# which a filter holds: the whole process, JVM start included, the file in the page cache. The database is made first.
#
#   flows-million.sh [ROUNDS] [FLOWS]
#
# Prints the median of the rounds and what is wanted of it. Needs 1 GB in TMPDIR.
set -eu

rounds=${1:-5}
flows=${2:-1000000}
here=$(cd "$(dirname "$0")/../.." && pwd)
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
trap 'exit 130' INT TERM

(cd "$here" && mvn -q -B -Dfast -Dmaven.test.skip=true package dependency:build-classpath -pl cli,benchmarks -am \
    -Dmdep.outputFile="$run/classpath")
java -cp "$here/benchmarks/target/classes:$(cat "$run/classpath")" io.tcpreplayj.bench.ManyFlows "$run/many.tfdb" "$flows"
cat "$run/many.tfdb" >/dev/null

page() {
    "$here/tcpreplay-j" flows "$run/many.tfdb" | head -n 25
}

filtered() {
    "$here/tcpreplay-j" flows -q "$run/many.tfdb" --where 'clientBytes > 1000'
}

# median FUNCTION LINES: runs it so often and prints the median in ms; what it prints must have so many lines.
median() {
    round=1
    while [ "$round" -le "$rounds" ]; do
        began=$(date +%s%N)
        "$1" >"$run/out" 2>"$run/err"
        ended=$(date +%s%N)
        lines=$(wc -l <"$run/out")
        if [ "$lines" -ne "$2" ]; then
            echo "flows-million: $1 printed $lines lines instead of $2" >&2
            exit 1
        fi
        echo $(((ended - began) / 1000000))
        round=$((round + 1))
    done | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

printf '%d flows, %d MB, median of %d\n' "$flows" $(($(wc -c <"$run/many.tfdb") / 1000000)) "$rounds"
printf '%-46s %5d ms (wanted: at most 500)\n' 'flows | head' "$(median page 25)"
printf '%-46s %5d ms (wanted: at most 2000)\n' "flows --where 'clientBytes > 1000'" "$(median filtered $((flows / 10 + 1)))"
