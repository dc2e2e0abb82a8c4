#!/bin/sh
# A replay beside clients of the kernel that hold the same exchanges with the same server, over a bridge that loses packets
# both ways by the same seed, or (LOSS is "shuffled") loses none, but reorders 25 % by 1 to 50 ms, doubles 10 % and delays each
# by 0 to 100 ms.
#
#   loss-vs-kernel.sh [ROUNDS] [TRANSPORT] [LOSS] [LINEAR] [EXCHANGES]
#
# 2,000 flows; each side of a round has a port of its own, and the fate of a connection's n-th packet depends on the seed, the
# connection's place in the order and n alone, not on time. Prints for each side the seconds from the first SYN to the last
# flow's end, the flows that arrived whole, and what was sent again as the bridge saw it. LINEAR is tcp_syn_linear_timeouts of the
# kernel's clients: 0, the default here, doubles a SYN's timeout each time as we do (RFC 6298 5.5); Linux has 4 since 6.5. Needs
# root (namespaces), ethtool, nft.
set -eu

rounds=${1:-5}
transport=${2:-raw}
loss=${3:-0.05}
linear=${4:-0}
exchanges=${5:-6}
here=$(cd "$(dirname "$0")/../.." && pwd)
run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
trap 'exit 130' INT TERM

cd "$here"
mvn -q -B -Dfast -Dmaven.test.skip=true package dependency:build-classpath -pl faultlab -am \
    -Dmdep.outputFile="$run/classpath"
java -cp "faultlab/target/classes:$(cat "$run/classpath")" io.tcpreplayj.faultlab.LossAgainstKernel \
    "$run" "$here/tcpreplay-j" "$rounds" "$transport" "$loss" "$linear" "$exchanges"
