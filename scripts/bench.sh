#!/bin/sh
# bench.sh run|check [REGEX]: JMH benchmarks with the allocation profiler. "run" keeps the figures under benchmarks/runs/;
# "check" is quick, keeps nothing, and fails when a path allocates more than benchmarks/gates.txt allows.
set -eu
mode=$1
only=${2:-.}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

mvn -q -B -Dfast -Dmaven.test.skip=true package dependency:build-classpath -pl benchmarks -am \
    -Dmdep.outputFile="$tmp/classpath"
classpath=benchmarks/target/classes:$(cat "$tmp/classpath")

case $mode in
    run)
        out=benchmarks/runs/$(date -u +%F)-$(uname -m)-$(nproc)cpu-$(git rev-parse --short HEAD 2>/dev/null || echo none)
        mkdir -p "$out"
        set --
        ;;
    check)
        out=$tmp
        # One JVM, and long enough for what JMH itself allocates (some 10 kB an iteration) to vanish.
        set -- -f 1 -wi 2 -w 1 -i 2 -r 2
        # Without the rest of them: what is not gated need not be run.
        [ "$only" != . ] || only=$(awk '!/^#/ && NF { printf "%s%s", sep, $1; sep = "|" }' benchmarks/gates.txt)
        ;;
    *)
        echo "usage: bench.sh run|check [REGEX]" >&2
        exit 2
        ;;
esac
java -cp "$classpath" org.openjdk.jmh.Main "$only" -prof gc -foe true -rf json -rff "$out/results.json" \
    "$@" >"$tmp/results.txt" || {
    cat "$tmp/results.txt" >&2
    exit 1
}
# The table at the end, without the profiler's own rows.
sed -n '/^Benchmark  /,$p' "$tmp/results.txt" | grep -v -e 'gc.alloc.rate ' -e 'gc.count' -e 'gc.time'
if [ "$mode" = check ]; then
    java -cp "$classpath" io.tcpreplayj.bench.AllocationGates "$out/results.json" benchmarks/gates.txt
else
    echo "bench: $out"
fi
