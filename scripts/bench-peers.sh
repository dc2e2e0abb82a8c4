#!/bin/sh
# bench-peers.sh: this program beside others doing the same job, on this machine, in turn. Every script in
# benchmarks/peers is one comparison; none of them is a test, because wall time depends on who else is at work.
set -eu
if [ "$(id -u)" -ne 0 ]; then
    echo "bench-peers: needs root (TUN devices, tcpdump)" >&2
    exit 2
fi
echo "bench-peers: load $(cut -d ' ' -f 1-3 /proc/loadavg) on $(nproc) CPUs; figures mean something below 0.5"
for peer in benchmarks/peers/*.sh; do
    echo "== $peer"
    "$peer"
done
