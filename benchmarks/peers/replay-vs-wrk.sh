#!/bin/sh
# Requests per second of `tcpreplay-j replay --transport tun --speed max` beside wrk's, against the same nginx on this
# machine, in turn, with as many connections. nginx has one worker on CPU 1; wrk and the replayer run on CPU 0.
#
#   replay-vs-wrk.sh [ROUNDS] [CONNECTIONS] [SECONDS]
#
# Prints one row a round, then the medians and their ratio. Needs root (TUN, tcpdump), nginx, wrk, tcpdump, taskset.
set -eu

rounds=${1:-5}
connections=${2:-64}
seconds=${3:-6}
here=$(cd "$(dirname "$0")/../.." && pwd)
tool="$here/tcpreplay-j"
run=$(mktemp -d)
nginx_pid=
tcpdump_pid=

stop() {
    [ -z "$tcpdump_pid" ] || kill "$tcpdump_pid" 2>/dev/null || true
    [ -z "$nginx_pid" ] || kill "$nginx_pid" 2>/dev/null || true
    rm -rf "$run"
}
trap stop EXIT INT TERM

port=$((20000 + $$ % 10000))
body=$(printf '%0100d' 0)
cat > "$run/nginx.conf" <<EOF
daemon off; user root; worker_processes 1; worker_cpu_affinity 10; pid $run/nginx.pid; error_log $run/error.log;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 100000000;
  client_body_temp_path $run/body; proxy_temp_path $run/proxy; fastcgi_temp_path $run/f;
  uwsgi_temp_path $run/u; scgi_temp_path $run/s;
  server { listen 127.0.0.1:$port; location / { return 200 "$body"; } }
}
EOF
nginx -p "$run" -e "$run/error.log" -c "$run/nginx.conf" &
nginx_pid=$!
for _ in $(seq 50); do
    if curl -s -o "$run/hello" "http://127.0.0.1:$port/"; then break; fi
    sleep 0.1
done

tcpdump -q -i lo -s 0 -B 262144 -w "$run/wrk.pcap" "tcp port $port" 2>"$run/tcpdump.log" &
tcpdump_pid=$!
sleep 1
taskset -c 0 wrk -t1 -c"$connections" -d"${seconds}s" "http://127.0.0.1:$port/" >"$run/record.txt"
sleep 1
kill -INT "$tcpdump_pid"
wait "$tcpdump_pid" || true
tcpdump_pid=
"$tool" index -q --db "$run/wrk.tfdb" "$run/wrk.pcap" >"$run/index.txt"
rm "$run/wrk.pcap"

# field FILE NAME: the number behind "NAME": in one JSON object.
field() {
    sed -n "s/.*\"$2\":\\([0-9.]*\\).*/\\1/p" "$1" | head -n 1
}

printf '%-6s %14s %14s %7s %18s %18s\n' round 'wrk req/s' 'replay req/s' ratio 'wrk µs cpu/req' 'replay µs cpu/req'
round=1
while [ "$round" -le "$rounds" ]; do
    taskset -c 0 sh -c "times >'$run/before'; wrk -t1 -c$connections -d${seconds}s 'http://127.0.0.1:$port/'; times >'$run/after'" \
        >"$run/wrk.txt"
    wrk_rate=$(sed -n 's/^Requests\/sec: *//p' "$run/wrk.txt")
    wrk_requests=$(sed -n 's/^ *\([0-9]*\) requests in .*/\1/p' "$run/wrk.txt")
    wrk_cpu=$(sed -n '2p' "$run/after" | tr 'ms' '  ' | awk '{print ($1 * 60 + $2) + ($3 * 60 + $4)}')
    taskset -c 0 "$tool" replay "$run/wrk.tfdb" --target "127.0.0.1:$port" --transport tun --speed max --json -q \
        >"$run/replay.json"
    awk -v round="$round" -v wrk="$wrk_rate" -v wrk_n="$wrk_requests" -v wrk_cpu="$wrk_cpu" \
        -v answered="$(field "$run/replay.json" answered)" \
        -v started="$(field "$run/replay.json" startedNs)" -v ended="$(field "$run/replay.json" endedNs)" \
        -v cpu="$(field "$run/replay.json" cpuSeconds)" 'BEGIN {
            ours = answered / ((ended - started) / 1e9)
            printf "%-6d %14.0f %14.0f %7.2f %18.2f %18.2f\n", round, wrk, ours, ours / wrk, \
                wrk_cpu / wrk_n * 1e6, cpu / answered * 1e6
        }' | tee -a "$run/rows"
    round=$((round + 1))
done

median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
printf 'median %14.0f %14.0f %7.2f %18.2f %18.2f\n' \
    "$(awk '{print $2}' "$run/rows" | median)" "$(awk '{print $3}' "$run/rows" | median)" \
    "$(awk '{print $4}' "$run/rows" | median)" "$(awk '{print $5}' "$run/rows" | median)" \
    "$(awk '{print $6}' "$run/rows" | median)"
