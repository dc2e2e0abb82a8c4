#!/bin/sh
# Packets a second and processor time a packet, by each way to send frames: AF_PACKET (sendmmsg), AF_XDP, and tcpreplay as
# fast as it can from memory (-t -K), in turns. Two namespaces and a veth; what arrives is thrown away.
#
#   send-rate.sh [ROUNDS] [PACKETS]
#
# Prints the medians. Root; needs ip, tcpreplay; and a machine that does nothing else.
set -eu

rounds=${1:-5}
packets=${2:-2000000}
here=$(cd "$(dirname "$0")/../.." && pwd)
run=$(mktemp -d)
sender=tjs$$
receiver=tjr$$

stop() {
    ip netns del "$sender" 2>/dev/null || true
    ip netns del "$receiver" 2>/dev/null || true
    rm -rf "$run"
}
trap stop EXIT
trap 'exit 130' INT TERM

ip netns add "$sender"
ip netns add "$receiver"
ip -n "$sender" link add tjv0 type veth peer name tjv1 netns "$receiver"
ip -n "$sender" addr add 10.93.0.1/24 dev tjv0
ip -n "$receiver" addr add 10.93.0.2/24 dev tjv1
ip -n "$sender" link set tjv0 up
ip -n "$receiver" link set tjv1 up
# The receiver's TCP must not answer half a million resets a second; AF_XDP is not seen by rules of the sender.
ip netns exec "$receiver" nft 'add table netdev t; add chain netdev t in { type filter hook ingress device tjv1 priority 0; policy accept; }; add rule netdev t in ip protocol tcp drop'

(cd "$here" && mvn -q -B -Dfast -Dmaven.test.skip=true package dependency:build-classpath -pl benchmarks -am \
    -Dmdep.outputFile="$run/classpath")
classpath=$here/benchmarks/target/classes:$(cat "$run/classpath")

ours() { # WAY PAYLOAD
    ip netns exec "$sender" java -XX:+UseSerialGC -cp "$classpath" io.tcpreplayj.bench.SendRate "$1" 10.93.0.2 "$packets" "$2"
}

# tcpreplay PAYLOAD: of one packet's capture, over and over; its own clock for the rate, time(1) for the processor.
theirs() {
    /usr/bin/time -f '%U %S' -o "$run/time" ip netns exec "$sender" tcpreplay -q -t -K -i tjv0 --loop "$((packets / 1000))" \
        "$run/$1.pcap" >"$run/out" 2>&1
    awk -v packets="$packets" 'NR == FNR { if (/^Rated:/) { for (i = 1; i < NF; i++) if ($(i + 1) == "pps") rate = $i } next }
        { printf "%d %d\n", rate, ($1 + $2) * 1e9 / packets }' "$run/out" "$run/time"
}

capture() { # PAYLOAD: a thousand frames of ours, as the wire writes them
    ip netns exec "$receiver" tcpdump -q -i tjv1 -c 1000 -w "$run/$1.pcap" tcp 2>"$run/tcpdump" &
    dump=$!
    until grep -q listening "$run/tcpdump"; do sleep 0.1; done
    ip netns exec "$sender" java -XX:+UseSerialGC -cp "$classpath" io.tcpreplayj.bench.SendRate packet 10.93.0.2 2000 "$1" >"$run/ignored"
    wait "$dump"
}

printf '%8s %10s %14s %14s\n' payload way packets/s 'CPU ns/packet'
for payload in 10 1400; do
    capture "$payload"
    for _ in $(seq "$rounds"); do
        for way in packet xdp tcpreplay; do
            case $way in
                tcpreplay) echo "$way $(theirs "$payload")" ;;
                *) echo "$way $(ours "$way" "$payload")" ;;
            esac
        done
    done >"$run/rows"
    for way in packet xdp tcpreplay; do
        awk -v way="$way" '$1 == way { print $2 }' "$run/rows" | sort -n >"$run/rates"
        awk -v way="$way" '$1 == way { print $3 }' "$run/rows" | sort -n >"$run/costs"
        middle=$(((rounds + 1) / 2))
        printf '%8d %10s %14d %14d\n' "$payload" "$way" "$(sed -n "${middle}p" "$run/rates")" "$(sed -n "${middle}p" "$run/costs")"
    done
done
