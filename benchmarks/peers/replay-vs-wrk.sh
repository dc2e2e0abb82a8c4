#!/bin/sh
# Requests per second of `tcpreplay-j replay --transport tun --speed max` beside wrk's, against the same nginx on this
# machine, in turn, with as many connections. nginx has one worker, on CPU 1; wrk and the replayer run where the kernel puts
# them. (Pinned to one CPU the agent shares it with the JVM's compiler, and starts at a third of its speed.)
#
#   replay-vs-wrk.sh [ROUNDS] [CONNECTIONS] [SECONDS]
#
# What is replayed is wrk's own traffic, recorded for SECONDS. Prints one row a round, then the medians. "all" counts the
# whole run, the JVM's warming-up included (of CPU: its start and the loading of the database, too); "steady" the second
# half of the packets. Needs root (TUN, tcpdump), nginx, wrk, tcpdump, two CPUs.
set -eu

rounds=${1:-5}
connections=${2:-64}
seconds=${3:-10}
here=$(cd "$(dirname "$0")/../.." && pwd)
tool="$here/tcpreplay-j"
run=$(mktemp -d)
nginx_pid=
tcpdump_pid=
ticks=$(getconf CLK_TCK)

stop() {
    [ -z "$tcpdump_pid" ] || kill "$tcpdump_pid" 2>/dev/null || true
    [ -z "$nginx_pid" ] || kill "$nginx_pid" 2>/dev/null || true
    [ -z "$nginx_pid" ] || wait "$nginx_pid" 2>/dev/null || true
    rm -rf "$run"
}
trap stop EXIT
trap 'exit 130' INT TERM

port=$((20000 + $$ % 10000))
url=http://127.0.0.1:$port/
body=$(printf '%0100d' 0)
cat >"$run/nginx.conf" <<EOT
daemon off; user root; worker_processes 1; worker_cpu_affinity 10; pid $run/nginx.pid; error_log $run/error.log;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 100000000;
  client_body_temp_path $run/body; proxy_temp_path $run/proxy; fastcgi_temp_path $run/f;
  uwsgi_temp_path $run/u; scgi_temp_path $run/s;
  server { listen 127.0.0.1:$port; location / { return 200 "$body"; } }
}
EOT
nginx -p "$run" -e "$run/error.log" -c "$run/nginx.conf" &
nginx_pid=$!
for _ in $(seq 50); do
    if curl -s -o "$run/hello" "$url"; then break; fi
    sleep 0.1
done

tcpdump -q -i lo -s 0 -B 262144 -w "$run/wrk.pcap" "tcp port $port" 2>"$run/tcpdump.log" &
tcpdump_pid=$!
sleep 1
wrk -t1 -c"$connections" -d"${seconds}s" "$url" >"$run/record.txt"
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

# sample PID: time (s), packets written to the device that PID opened, CPU time used (ticks); four rows a second, and but
# one process for each: on two CPUs the observer's own are taken from the observed.
sample() {
    device=
    while [ -r "/proc/$1/stat" ]; do
        if [ -z "$device" ]; then
            # The kernel tells by the descriptor which device it is (tun_chr_show_fdinfo in drivers/net/tun.c).
            name=$(sed -n 's/^iff:[[:space:]]*//p' "/proc/$1/fdinfo/"* 2>/dev/null | head -n 1) || true
            [ -z "$name" ] || device=/sys/class/net/$name
        else
            read -r packets <"$device/statistics/rx_packets" || break
            read -r stat <"/proc/$1/stat" || break
            read -r uptime _ </proc/uptime
            # Behind the name in brackets come the fields from the third on; utime and stime are 14 and 15 (proc(5)).
            # shellcheck disable=SC2086 # to be split
            set -- "$1" ${stat##*) }
            echo "$uptime $packets $((${13} + ${14}))"
        fi
        sleep 0.25
    done 2>/dev/null
}

wrk_round() {
    sh -c "times >'$run/before'; wrk -t1 -c$connections -d${seconds}s '$url'; times >'$run/after'" >"$run/wrk.txt"
    wrk_rate=$(sed -n 's/^Requests\/sec: *//p' "$run/wrk.txt")
    wrk_requests=$(sed -n 's/^ *\([0-9]*\) requests in .*/\1/p' "$run/wrk.txt")
    wrk_cpu=$(sed -n '2p' "$run/after" | tr 'ms' '  ' | awk '{ print ($1 * 60 + $2) + ($3 * 60 + $4) }')
}

replay_round() {
    "$tool" replay "$run/wrk.tfdb" --target "127.0.0.1:$port" --transport tun --speed max --json -q \
        >"$run/replay.json" &
    replay_pid=$!
    sample "$replay_pid" >"$run/samples"
    wait "$replay_pid"
}

printf '%-6s %9s %9s %6s %9s %6s   %8s %8s %8s\n' '' 'wrk' 'replay' '' 'replay' '' 'wrk' 'replay' 'replay'
printf '%-6s %9s %9s %6s %9s %6s   %8s %8s %8s\n' round 'req/s' 'all' 'ratio' 'steady' 'ratio' 'µs/req' 'all' 'steady'
round=1
while [ "$round" -le "$rounds" ]; do
    wrk_round
    replay_round
    awk -v round="$round" -v wrk="$wrk_rate" -v wrk_n="$wrk_requests" -v wrk_cpu="$wrk_cpu" -v ticks="$ticks" \
        -v answered="$(field "$run/replay.json" answered)" \
        -v started="$(field "$run/replay.json" startedNs)" -v ended="$(field "$run/replay.json" endedNs)" \
        -v cpu="$(field "$run/replay.json" cpuSeconds)" '
        $2 > 0 { n++; at[n] = $1; packets[n] = $2; used[n] = $3 }
        END {
            for (first = 1; first < n && packets[first] < answered / 2; first++);
            for (last = n; last > first && packets[last] > answered * 0.97; last--);
            if (last <= first) { print "replay-vs-wrk: the replay was too short to measure" > "/dev/stderr"; exit 1 }
            rate = (packets[last] - packets[first]) / (at[last] - at[first])
            steady_cpu = (used[last] - used[first]) / ticks / (packets[last] - packets[first])
            all = answered / ((ended - started) / 1e9)
            printf "%-6d %9.0f %9.0f %6.2f %9.0f %6.2f   %8.2f %8.2f %8.2f\n", round, wrk, all, all / wrk, rate,
                rate / wrk, wrk_cpu / wrk_n * 1e6, cpu / answered * 1e6, steady_cpu * 1e6
        }' "$run/samples" | tee -a "$run/rows"
    round=$((round + 1))
done

median() { # COLUMN
    awk -v column="$1" '{ print $column }' "$run/rows" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
printf '%-6s %9s %9s %6s %9s %6s   %8s %8s %8s\n' median \
    "$(median 2)" "$(median 3)" "$(median 4)" "$(median 5)" "$(median 6)" "$(median 7)" "$(median 8)" "$(median 9)"
