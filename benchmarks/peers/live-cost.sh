#!/bin/sh
# What `tcpreplay-j live --target` costs the production server beside which it runs, and how far behind it the target is:
# nginx in a namespace of its own under a load of wrk, without and with live, which replays to an nginx in a third one.
#
#   live-cost.sh [SECONDS] [ROUNDS] [LOAD...]      loads: 1000/s 5000/s most
#
# Prints a row for each load and way. p50 and p99 are what production's clients saw; CPU (of one processor), memory and the
# rest are live's; requests by the two servers' access logs, the connections of which are compared one to one; behind is from
# the capture of a request to its leaving. Load, server, live and target share this machine's processors: the differences
# are an upper bound. Needs root (namespaces), ip, nginx, wrk, awk. TCPREPLAYJ names another launcher.
set -eu

seconds=${1:-10}
rounds=${2:-1}
here=$(cd "$(dirname "$0")/../.." && pwd)
tool=${TCPREPLAYJ:-$here/tcpreplay-j}
run=$(mktemp -d)
ns=lc$$
pids=
ticks=$(getconf CLK_TCK)

stop() {
    for pid in $pids; do kill "$pid" 2>/dev/null || true; done
    for host in c p t; do ip netns delete "$ns$host" 2>/dev/null || true; done
    rm -rf "$run"
}
trap stop EXIT
trap 'exit 130' INT TERM

# join HOST ADDRESS HOST ADDRESS
join() {
    ip link add "$1$3" netns "$ns$1" type veth peer name "$3$1" netns "$ns$3"
    ip -n "$ns$1" address add "$2/24" dev "$1$3"
    ip -n "$ns$3" address add "$4/24" dev "$3$1"
    ip -n "$ns$1" link set "$1$3" up
    ip -n "$ns$3" link set "$3$1" up
}

for host in c p t; do
    ip netns add "$ns$host"
    ip -n "$ns$host" link set lo up
done
join c 10.96.1.1 p 10.96.1.2
join p 10.96.2.1 t 10.96.2.2

# server HOST ADDRESS
server() {
    mkdir "$run/$1"
    cat >"$run/$1/nginx.conf" <<EOT
daemon off; user root; worker_processes 1; pid $run/$1/pid; error_log $run/$1/error.log;
events { worker_connections 4096; }
http {
  log_format one '\$connection \$status'; access_log $run/$1/access.log one; keepalive_requests 100000000;
  client_body_temp_path $run/$1/b; proxy_temp_path $run/$1/p; fastcgi_temp_path $run/$1/f;
  uwsgi_temp_path $run/$1/u; scgi_temp_path $run/$1/s;
  server { listen $2:80; location / { return 200 "$(printf '%01000d' 0)"; } }
}
EOT
    ip netns exec "$ns$1" nginx -p "$run/$1" -e "$run/$1/error.log" -c "$run/$1/nginx.conf" &
    pids="$pids $!"
    for _ in $(seq 50); do
        if [ -s "$run/$1/pid" ]; then return; fi
        sleep 0.1
    done
}
server p 10.96.1.2
server t 10.96.2.2

# Clients think so long between an answer and the next request that CONNECTIONS of them make about the rate.
printf 'function delay() return 20 end\n' >"$run/think.lua"

# load CONNECTIONS [SCRIPT]: wrk's report
load() {
    ip netns exec "${ns}c" wrk -t1 -c"$1" -d"${seconds}s" --latency ${2:+-s "$2"} http://10.96.1.2/ >"$run/wrk.txt"
}

# field NAME: the number behind "NAME": in live's summary, the first one
field() {
    sed -n "s/.*\"$1\":\\([0-9.]*\\).*/\\1/p" "$run/live.json" | head -n 1
}

# inside OBJECT NAME: the same within OBJECT
inside() {
    sed -n "s/.*\"$1\":{[^}]*\"$2\":\\([0-9.]*\\).*/\\1/p" "$run/live.json" | head -n 1
}

# behind QUANTILE, ms
behind() {
    inside behindNs "$1" | awk '{ print $1 / 1e6 }'
}

# counts HOST: how many requests each connection brought, in order of size
counts() {
    awk '{ n[$1]++ } END { for (c in n) print n[c] }' "$run/$1/access.log" | sort -n
}

latency() { # QUANTILE, ms
    awk -v q="$1%" '$1 == q { v = $2; if (v ~ /us$/) v /= 1000; else if (v !~ /ms$/) v *= 1000; printf "%.2f", v + 0 }' \
        "$run/wrk.txt"
}

rate() {
    sed -n 's/^Requests\/sec: *//p' "$run/wrk.txt"
}

begin_live() {
    ip netns exec "${ns}p" "$tool" live -i pc --port 80 --target 10.96.2.2:80 --record "$run/live.tfdb" --json \
        >"$run/live.json" 2>"$run/live.err" &
    live=$!
    pids="$pids $live"
    for _ in $(seq 150); do
        if grep -q 'capturing on' "$run/live.err"; then return; fi
        sleep 0.1
    done
    cat "$run/live.err" >&2
    exit 1
}

# used: processor time of live so far, ticks
used() {
    sed 's/.*) //' "/proc/$live/stat" | awk '{ print $12 + $13 }'
}

printf '%-10s %-8s %9s %8s %8s %6s %8s %8s %6s %10s %10s %-9s %9s %9s\n' load way 'req/s' 'p50 ms' 'p99 ms' 'CPU %' 'RSS MB' \
    dropped shed production target same 'behind50' 'behind99'

# row NAME CONNECTIONS [SCRIPT]
row() {
    load "$2" "${3:-}"
    printf '%-10s %-8s %9.0f %8s %8s\n' "$1" without "$(rate)" "$(latency 50)" "$(latency 99)"
    rm -f "$run"/live.*
    begin_live
    # The JVM compiles meanwhile.
    load "$2" "${3:-}"
    sleep 1
    for host in p t; do : >"$run/$host/access.log"; done
    before=$(used)
    load "$2" "${3:-}"
    cpu=$(($(used) - before))
    # What was in flight arrives, and both servers write it down.
    sleep 1
    rss=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$live/status")
    kill -TERM "$live"
    wait "$live" || true
    counts p >"$run/p.counts"
    counts t >"$run/t.counts"
    same=yes
    cmp -s "$run/p.counts" "$run/t.counts" || same=no
    printf '%-10s %-8s %9.0f %8s %8s %6.1f %8d %8d %6d %10d %10d %-9s %9.1f %9.1f\n' "$1" with "$(rate)" "$(latency 50)" \
        "$(latency 99)" "$(echo "$cpu $ticks $seconds" | awk '{ print $1 / $2 / $3 * 100 }')" $((rss / 1024)) \
        "$(inside kernel dropped)" "$(field flowsShed)" "$(wc -l <"$run/p/access.log")" "$(wc -l <"$run/t/access.log")" \
        "$same" "$(behind p50)" "$(behind p99)"
}

shift $(($# < 2 ? $# : 2))
[ $# -gt 0 ] || set -- 1000/s 5000/s most
for _ in $(seq "$rounds"); do
    for load in "$@"; do
        case $load in
            1000/s) row 1000/s 21 "$run/think.lua" ;;
            5000/s) row 5000/s 105 "$run/think.lua" ;;
            *) row most 64 ;;
        esac
    done
done
