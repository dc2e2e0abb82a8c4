#!/bin/sh
# Many connections open at the same time: what they take of the replayer's memory, and what nginx says of them.
#
#   open-sessions.sh [SESSIONS] [SPEED]
#
# 100,000 clients connect over TUN to nginx with keep-alive, in a namespace of their own, ask once, wait until all have asked, ask
# again and close. At the height, when all are open, the JVM collects its garbage and counts what is left. Prints open
# connections as nginx counts them, bytes of live heap a session, in all and of the engine's classes, and what became of the
# flows; fails when not every flow was replayed or not all were open at once. Needs root, nginx, curl and 3 GB of memory.
set -eu

sessions=${1:-100000}
speed=${2:-0.05x}
here=$(cd "$(dirname "$0")/.." && pwd)
run=$(mktemp -d)
ns=tj-open-$$
clean() {
    [ ! -f "$run/nginx.pid" ] || kill "$(cat "$run/nginx.pid")" 2>/dev/null || true
    ip netns del "$ns" 2>/dev/null || true
    rm -rf "$run"
}
trap clean EXIT
trap 'exit 130' INT TERM

in_namespace() {
    ip netns exec "$ns" "$@"
}

ip netns add "$ns"
in_namespace ip link set lo up
ulimit -n "$(ulimit -Hn)"
# Each worker has file descriptors of its own, and the kernel spreads connections evenly over their sockets.
workers=$((sessions / 12000 + 1))
cat >"$run/nginx.conf" <<EOF
worker_processes $workers;
pid $run/nginx.pid;
error_log $run/error.log;
events { worker_connections 16000; }
http {
    access_log off;
    keepalive_timeout 600s;
    client_header_timeout 600s;
    keepalive_requests 1000;
    server {
        listen 127.0.0.1:8080 backlog=65535 reuseport;
        location /status { stub_status; }
        location / { return 200 ok; }
    }
}
EOF
in_namespace sysctl -q -w net.core.somaxconn=65535 net.ipv4.tcp_max_syn_backlog=65535
in_namespace nginx -c "$run/nginx.conf" -p "$run"

java -cp "$here/testdata/target/classes" io.tcpreplayj.testdata.Floods "$run/many.pcap" simultaneous "$sessions" 2
"$here/tcpreplay-j" index -q --db "$run/many.tfdb" "$run/many.pcap" >"$run/index.out"
rm "$run/many.pcap"

export TCPREPLAYJ_JAVA_OPTS="${TCPREPLAYJ_JAVA_OPTS:--Xmx2g}"
in_namespace "$here/tcpreplay-j" replay "$run/many.tfdb" --target 127.0.0.1:8080 --transport tun --speed "$speed" \
    --json -q >"$run/replay.json" 2>"$run/replay.err" &
replay=$!

open() {
    in_namespace curl -s http://127.0.0.1:8080/status | awk '/Active/ { print $3 - 1 }'
}
most=0
while kill -0 "$replay" 2>/dev/null && [ "$most" -lt "$sessions" ]; do
    now=$(open)
    [ "${now:-0}" -le "$most" ] || most=$now
    sleep 0.2
done
java=$(ps -o pid= --ppid "$replay" | tr -d ' ')
jcmd "${java:-$replay}" GC.class_histogram >"$run/histogram" || jcmd "$replay" GC.class_histogram >"$run/histogram"
most=$(open)
rss=$(awk '/VmRSS/ { print $2 }' "/proc/${java:-$replay}/status")
exit=0
wait "$replay" || exit=$?

printf 'open at once, as nginx counts      %12d of %d\n' "$most" "$sessions"
awk -v n="$sessions" -v rss="$rss" '
    /^Total/ { all = $3 }
    $4 ~ /^io\.tcpreplayj\.replay\.tcp\./ || $4 ~ /^io\.tcpreplayj\.replay\.script\.(ScriptCursor|AnswerWait|RowGates|SegmentEnds)/ {
        engine += $3
    }
    END {
        printf "live heap a session                %12d bytes, with its script, its books and the plan\n", all / n
        printf "of that, objects of the client TCP %12d bytes, without their arrays\n", engine / n
        printf "resident memory                    %12d MiB\n", rss / 1024
    }' "$run/histogram"
grep -o '"flows":{[^}]*}[^}]*}[^}]*}' "$run/replay.json" || cat "$run/replay.json" "$run/replay.err"
[ "$exit" -eq 0 ] && [ "$most" -ge "$sessions" ]
