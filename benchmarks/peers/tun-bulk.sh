#!/bin/sh
# Bodies of 1 MB from nginx to a replay over TUN: bytes a second, and processor time a byte of the replayer and of nginx, whose
# system calls do the kernel's work. In turns with another build's program, when one is given, and with the kernel's sockets.
#
#   tun-bulk.sh [ROUNDS] [COPIES] [OTHER-TREE]
#
# Root; needs nginx, ip; and a machine that does nothing else.
set -eu

rounds=${1:-3}
copies=${2:-100}
here=$(cd "$(dirname "$0")/../.." && pwd)
other=${3:-}
capture=$here/testdata/captures/keepalive4.pcap
run=$(mktemp -d)
space=tjb$$
nginx_pid=

stop() {
    if [ -n "$nginx_pid" ]; then
        kill "$nginx_pid" 2>/dev/null || true
        wait "$nginx_pid" 2>/dev/null || true
    fi
    ip netns del "$space" 2>/dev/null || true
    rm -rf "$run"
}
trap stop EXIT
trap 'exit 130' INT TERM

ip netns add "$space"
ip -n "$space" link set lo up
mkdir "$run/www"
dd if=/dev/urandom of="$run/www/index.html" bs=1048576 count=1 status=none
cat >"$run/nginx.conf" <<END
worker_processes 1;
daemon off;
master_process off;
pid $run/nginx.pid;
error_log /dev/null;
events { worker_connections 20000; }
http {
    access_log off;
    sendfile on;
    keepalive_requests 100000;
    server { listen 127.0.0.1:8080 backlog=65535; root $run/www; location / { rewrite ^ /index.html break; } }
}
END
ip netns exec "$space" nginx -c "$run/nginx.conf" &
nginx_pid=$!
"$here/tcpreplay-j" index -q --db "$run/here.tfdb" "$capture" >/dev/null
[ -z "$other" ] || "$other/tcpreplay-j" index -q --db "$run/other.tfdb" "$capture" >/dev/null

nginx_ticks() {
    awk '{ print $14 + $15 }' "/proc/$nginx_pid/stat"
}

# measured NAME PROGRAM DATABASE TRANSPORT: the bytes are those of bodies; a run's own words say how long it took.
measured() {
    before=$(nginx_ticks)
    /usr/bin/time -f '%U %S' -o "$run/time" ip netns exec "$space" "$2/tcpreplay-j" replay "$3" -q --json --speed max \
        --copies "$copies" --target 127.0.0.1:8080 --transport "$4" >"$run/report.json" 2>"$run/err" || true
    python3 - "$1" "$run/report.json" "$run/time" $(($(nginx_ticks) - before)) "$(getconf CLK_TCK)" <<'END'
import json, sys
name, report, times, ticks, hz = sys.argv[1:]
report = json.load(open(report))
answered = report["requests"]["answered"]
size = answered * 1048576
seconds = (report["endedNs"] - report["startedNs"]) / 1e9
own = sum(map(float, open(times).read().split()))
packets = report.get("packets") or {}
print(f'{name:12s} {answered:6d} answers {size / seconds / 1e6:6.0f} MB/s, CPU a byte: replayer {own / size * 1e9:.2f} ns, '
      f'nginx {float(ticks) / float(hz) / size * 1e9:.2f} ns; packets {packets.get("received", 0)} in, {packets.get("sent", 0)} out')
END
}

round=1
while [ "$round" -le "$rounds" ]; do
    [ -z "$other" ] || measured "tun, other" "$other" "$run/other.tfdb" tun
    measured tun "$here" "$run/here.tfdb" tun
    measured socket "$here" "$run/here.tfdb" socket
    round=$((round + 1))
done
