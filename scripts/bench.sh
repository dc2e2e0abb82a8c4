#!/bin/bash
# bench.sh run|check REGEX: runs JMH benchmarks with the allocation profiler and keeps the figures as JSON under
# benchmarks/runs/. "check" is quick and fails when a path allocates more than its gate in benchmarks/gates.txt allows
# (REGEX BYTES_PER_OP a line), or when a gate has no benchmark any more.
set -euo pipefail
mode=$1
only=${2:-.*}
classpath=$(mktemp)
trap 'rm -f "$classpath"' EXIT
mvn -q -B -Dfast -Dmaven.test.skip=true package dependency:build-classpath -pl benchmarks -am -Dmdep.outputFile="$classpath"
commit=$(git rev-parse --short HEAD 2>/dev/null || echo none)
run=benchmarks/runs/$(date -u +%F)-$(uname -m)-$(nproc)cpu-$commit
mkdir -p "$run"
speed=(-f 2 -wi 3 -i 5 -w 2 -r 2)
[ "$mode" = run ] || speed=(-f 1 -wi 2 -i 3 -w 1 -r 1)
java -cp "benchmarks/target/classes:$(cat "$classpath")" org.openjdk.jmh.Main "$only" "${speed[@]}" -prof gc \
    -jvmArgsAppend "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED -Dkryo.unsafe=false" \
    -rf json -rff "$run/results.json" | tee "$run/results.txt"
echo "bench: $run/results.json"
[ "$mode" = check ] || exit 0
python3 - "$run/results.json" benchmarks/gates.txt <<'PY'
import json
import re
import sys

results = json.load(open(sys.argv[1]))
gates = [line.split() for line in open(sys.argv[2]) if line.strip() and not line.startswith("#")]
bad = 0
for pattern, limit in gates:
    found = [r for r in results if re.search(pattern, r["benchmark"])]
    if not found:
        print(f"bench-check: no benchmark matches the gate {pattern}")
        bad += 1
    for r in found:
        norm = next(v["score"] for k, v in r["secondaryMetrics"].items() if k.endswith("gc.alloc.rate.norm"))
        verdict = "ok" if norm < float(limit) else "TOO MUCH"
        bad += verdict != "ok"
        print(f"bench-check: {r['benchmark']} {norm:.3f} B/op, limit {limit}: {verdict}")
sys.exit(1 if bad else 0)
PY
