#!/bin/sh
# Lets the JVM write down, parsed and verified, the classes that an index loads: cli/target/tcpreplay-j-VERSION.jsa, which the
# launcher uses when it is there (JEP 350). Without it all works the same, 0.1 s later; so a JVM that cannot is no failure.
set -u
tmp=$(mktemp -d) || exit 0
trap 'rm -rf "$tmp"' EXIT
rm -f cli/target/*.jsa cli/target/*.jsa.new
TCPREPLAYJ_WRITE_ARCHIVE=yes ./tcpreplay-j index -q --db "$tmp/x.tfdb" testdata/captures/keepalive4.pcap >"$tmp/log" 2>&1
for written in cli/target/*.jsa.new; do
    # At once: of an archive that is only half there a JVM that starts meanwhile would crash.
    if [ -f "$written" ]; then mv "$written" "${written%.new}"; fi
done
