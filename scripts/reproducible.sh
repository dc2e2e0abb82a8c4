#!/bin/sh
# Builds the tree twice, in two directories of different names, and compares every jar byte by byte.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

for copy in one another; do
    mkdir -p "$tmp/$copy"
    git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$tmp/$copy"
    echo "reproducible: building $copy"
    (cd "$tmp/$copy" && mvn -q -B -Dfast -Dmaven.test.skip=true package)
    (cd "$tmp/$copy" && find . -path '*/target/*.jar' -not -path '*/lib/*' | sort | xargs sha256sum) >"$tmp/$copy.sha256"
done
[ -s "$tmp/one.sha256" ] || { echo "reproducible: no jars were built" >&2; exit 1; }
diff "$tmp/one.sha256" "$tmp/another.sha256" || { echo "reproducible: the two builds differ" >&2; exit 1; }
cat "$tmp/one.sha256"
echo "reproducible: $(wc -l <"$tmp/one.sha256") jars, byte-identical in two builds"
