#!/bin/sh
# What an intercept costs, on the target's own host in each way to keep answers, and on an assistant host in each way to see
# them, with one replayer and with four: answers and packets a second, CPU of the intercept a packet, how long packets take from
# it to their session, latency as the replayer sees it, memory. Three namespaces, nginx; the capture is one of the project's own,
# many times.
#
#   intercept-modes.sh [COPIES] [CAPTURE]
#
# Root; needs nginx, nft, iptables, ss, ip, sysctl. Latencies include the feed: compare with the line "direct", by packet without one.
set -eu

copies=${1:-300}
here=$(cd "$(dirname "$0")/../.." && pwd)
capture=${2:-$here/testdata/captures/keepalive4.pcap}
run=$(mktemp -d)
client=tjc$$
server=tjs$$
assistant=tja$$
nginx_pid=
intercept_pid=

stop() {
    for pid in $intercept_pid $nginx_pid; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    ip netns del "$client" 2>/dev/null || true
    ip netns del "$server" 2>/dev/null || true
    ip netns del "$assistant" 2>/dev/null || true
    rm -rf "$run"
}
trap stop EXIT
trap 'exit 130' INT TERM

ip netns add "$client"
ip netns add "$server"
ip netns add "$assistant"
ip -n "$client" link add tjv0 type veth peer name tjv1 netns "$server"
ip -n "$client" addr add 10.93.0.1/24 dev tjv0
ip -n "$server" addr add 10.93.0.2/24 dev tjv1
ip -n "$client" link set tjv0 up
ip -n "$server" link set tjv1 up
ip -n "$server" route add default via 10.93.0.1
# The assistant has a wire of its own to each, so that the rows without it are as they would be where there is none.
ip -n "$server" link add tjv2 type veth peer name tjv3 netns "$assistant"
ip -n "$client" link add tjv4 type veth peer name tjv5 netns "$assistant"
ip -n "$server" addr add 10.93.1.2/24 dev tjv2
ip -n "$assistant" addr add 10.93.1.3/24 dev tjv3
ip -n "$client" addr add 10.93.2.1/24 dev tjv4
ip -n "$assistant" addr add 10.93.2.3/24 dev tjv5
for end in "$server tjv2" "$assistant tjv3" "$client tjv4" "$assistant tjv5"; do
    ip -n "${end% *}" link set "${end#* }" up
done
# What clients send does not come by the wire of the answers to them.
ip netns exec "$server" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.tjv1.rp_filter=0 net.ipv4.conf.tjv2.rp_filter=0
cat >"$run/nginx.conf" <<END
worker_processes 1;
daemon off;
pid $run/nginx.pid;
error_log /dev/null;
events { worker_connections 20000; }
http {
    access_log off;
    keepalive_requests 100000;
    server { listen 10.93.0.2:8080 backlog=65535; location / { return 200 "some hundred bytes of an answer\n"; } }
}
END
ip netns exec "$server" nginx -c "$run/nginx.conf" &
nginx_pid=$!
"$here/tcpreplay-j" keys -q "$run/lab.p12" >/dev/null
"$here/tcpreplay-j" index -q --db "$run/flows.tfdb" "$capture" >/dev/null

# line NAME REPLAYERS CPU_TICKS MEMORY_KIB: of several replayers' percentiles, the worst
line() {
    printf '%-14s %2s ' "$1" "$2"
    python3 - "$run" "$2" "$3" "$4" "$(getconf CLK_TCK)" <<'END'
import json, sys
run, replayers, ticks, memory, hz = sys.argv[1:]
reports = [json.load(open(f'{run}/report{i}.json')) for i in range(int(replayers))]
answered = sum(r["requests"]["answered"] for r in reports)
planned = sum(r["requests"]["total"] for r in reports)
seconds = (max(r["endedNs"] for r in reports) - min(r["startedNs"] for r in reports)) / 1e9
responses = sum(r["packets"]["received"] for r in reports)
cpu = float(ticks) / float(hz)
def worst(find, p):
    return max((find(r) or {}).get(p) or 0 for r in reports) / 1e3
service = lambda r: r["latencyNs"]["serviceTime"]
feed = lambda r: r["packets"].get("feedDelayNs")
print(f'{answered} of {planned} answers, {answered / seconds:.0f}/s; {responses / seconds:.0f} packets/s, '
      f'{cpu / responses * 1e6:.2f} us of CPU each; feed p50 {worst(feed, "p50"):.0f} us, p99 {worst(feed, "p99"):.0f} us; '
      f'answer p50 {worst(service, "p50"):.0f} us, p99 {worst(service, "p99"):.0f} us; {int(memory) // 1024} MiB')
END
}

# replay NUMBER ARGUMENTS
replay() {
    number=$1
    shift
    ip netns exec "$client" "$here/tcpreplay-j" replay "$run/flows.tfdb" -q --json --speed max --copies "$copies" \
        --target 10.93.0.2:8080 "$@" >"$run/report$number.json" 2>"$run/replay$number.err" || true
}

# intercepted NAME REPLAYERS HOST ADDRESS ARGUMENTS: a line of an intercept on that host, which the replayers find there
intercepted() {
    name=$1
    replayers=$2
    host=$3
    address=$4
    shift 4
    ip netns exec "$host" "$here/tcpreplay-j" intercept "$@" --payload 65535 --keys "$run/lab.p12" \
        >"$run/intercept.out" 2>"$run/intercept.err" &
    intercept_pid=$!
    until grep -q 'replayers find it' "$run/intercept.err"; do
        kill -0 "$intercept_pid" 2>/dev/null || { cat "$run/intercept.err" >&2; exit 1; }
        sleep 0.1
    done
    before=$(awk '{ print $14 + $15 }' "/proc/$intercept_pid/stat")
    replay_pids=
    number=0
    while [ "$number" -lt "$replayers" ]; do
        replay "$number" --clients "198.18.$((4 + 4 * number)).0/22" --intercept "$address" --keys "$run/lab.p12" &
        replay_pids="$replay_pids $!"
        number=$((number + 1))
    done
    for pid in $replay_pids; do
        wait "$pid"
    done
    after=$(awk '{ print $14 + $15 }' "/proc/$intercept_pid/stat")
    memory=$(awk '/^VmHWM/ { print $2 }' "/proc/$intercept_pid/status")
    line "$name" "$replayers" $((after - before)) "$memory"
    kill "$intercept_pid"
    wait "$intercept_pid" || true
    intercept_pid=
}

replay 0 --transport packet
line direct 1 0 0
for way in egress nfqueue tun; do
    for replayers in 1 4; do
        intercepted "$way" "$replayers" "$server" 10.93.0.2 --target 10.93.0.2:8080 --swallow "$way"
    done
done
ip -n "$server" route add 198.18.0.0/15 via 10.93.1.3
for how in ring pcap; do
    for replayers in 1 4; do
        intercepted "assistant $how" "$replayers" "$assistant" 10.93.2.3 -i tjv3 --capture "$how"
    done
done
