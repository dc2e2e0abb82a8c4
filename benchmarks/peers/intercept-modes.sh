#!/bin/sh
# What an intercept on the target's own host costs, in each way to keep answers: responses a second, CPU of the intercept a
# response, latency as the replayer sees it, memory. Two namespaces, nginx; the capture is one of the project's own, many times.
#
#   intercept-modes.sh [COPIES] [CAPTURE]
#
# Root; needs nginx, nft, iptables, ss, ip. Latencies include the feed: compare with the line "direct", by packet without one.
set -eu

copies=${1:-300}
here=$(cd "$(dirname "$0")/../.." && pwd)
capture=${2:-$here/testdata/captures/keepalive4.pcap}
run=$(mktemp -d)
client=tjc$$
server=tjs$$
nginx_pid=
intercept_pid=

stop() {
    for pid in $intercept_pid $nginx_pid; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    ip netns del "$client" 2>/dev/null || true
    ip netns del "$server" 2>/dev/null || true
    rm -rf "$run"
}
trap stop EXIT
trap 'exit 130' INT TERM

ip netns add "$client"
ip netns add "$server"
ip -n "$client" link add tjv0 type veth peer name tjv1 netns "$server"
ip -n "$client" addr add 10.93.0.1/24 dev tjv0
ip -n "$server" addr add 10.93.0.2/24 dev tjv1
ip -n "$client" link set tjv0 up
ip -n "$server" link set tjv1 up
ip -n "$server" route add default via 10.93.0.1
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
"$here/tcpreplay-j" index -q --db "$run/flows.tfdb" "$capture"

# line NAME JSON CPU_TICKS MEMORY_KIB
line() {
    printf '%-8s ' "$1"
    python3 - "$2" "$3" "$4" "$(getconf CLK_TCK)" <<'END'
import json, sys
report = json.load(open(sys.argv[1]))
answered = report["requests"]["answered"]
seconds = (report["endedNs"] - report["startedNs"]) / 1e9
service = report["latencyNs"]["serviceTime"]
cpu = float(sys.argv[2]) / float(sys.argv[4])
print(f'{answered} answers, {answered / seconds:.0f}/s, {cpu / answered * 1e6:.1f} us of CPU each, '
      f'p50 {service["p50"] / 1e3:.0f} us, p99 {service["p99"] / 1e3:.0f} us, {int(sys.argv[3]) // 1024} MiB')
END
}

replay() {
    ip netns exec "$client" "$here/tcpreplay-j" replay "$run/flows.tfdb" -q --json --speed max --copies "$copies" \
        --target 10.93.0.2:8080 "$@" >"$run/report.json" || true
}

replay --transport packet
line direct "$run/report.json" 0 0
for way in egress nfqueue tun; do
    ip netns exec "$server" "$here/tcpreplay-j" intercept --target 10.93.0.2:8080 --swallow "$way" --keys "$run/lab.p12" \
        >"$run/intercept.out" 2>"$run/intercept.err" &
    intercept_pid=$!
    until grep -q 'replayers find it' "$run/intercept.err"; do
        kill -0 "$intercept_pid" 2>/dev/null || { cat "$run/intercept.err" >&2; exit 1; }
        sleep 0.1
    done
    before=$(awk '{ print $14 + $15 }' "/proc/$intercept_pid/stat")
    replay --clients 198.18.4.0/22 --intercept 10.93.0.2 --keys "$run/lab.p12"
    after=$(awk '{ print $14 + $15 }' "/proc/$intercept_pid/stat")
    memory=$(awk '/^VmHWM/ { print $2 }' "/proc/$intercept_pid/status")
    line "$way" "$run/report.json" $((after - before)) "$memory"
    kill "$intercept_pid"
    wait "$intercept_pid" || true
    intercept_pid=
done
