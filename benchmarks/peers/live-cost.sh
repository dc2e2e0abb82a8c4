#!/bin/sh
# What `tcpreplay-j live --target` costs the production servers beside which it runs, and how far behind them the target is:
# two hosts with an nginx each, in namespaces of their own, under a load of wrk or ab each, without and with a live on each,
# which replays to one nginx on a third host.
#
#   live-cost.sh [SECONDS] [ROUNDS] [LOAD...]      loads: 1000/s 5000/s most ab
#
# A load is that of both hosts together; ab asks as fast as it can, over keep-alive connections as wrk does. Prints a row for
# each load and way. p50 and p99 are what production's clients saw, of the slower host; "p99 x" is that with live over that
# without. CPU (of one processor), memory and the rest are the lives', together; requests by the servers' access logs; "lost" is
# the share of production's requests that the target never had. "whole/target/all" are connections: those of the target that
# brought as many requests as one of production's, all of the target, all of production; one that was given up in its middle is
# not whole. Behind is from the capture of a request to its leaving. Load, servers, lives and target share this machine's
# processors: the differences are an upper bound. Needs root (namespaces), ip, nginx, wrk, awk; without ab its load is left out.
# TCPREPLAYJ names another launcher.
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
    for host in c p q t; do ip netns delete "$ns$host" 2>/dev/null || true; done
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

for host in c p q t; do
    ip netns add "$ns$host"
    ip -n "$ns$host" link set lo up
done
join c 10.96.1.1 p 10.96.1.2
join p 10.96.2.1 t 10.96.2.2
join c 10.96.3.1 q 10.96.3.2
join q 10.96.4.1 t 10.96.4.2

# Each of the two: its address for clients, and the target's for it.
address() {
    case $1 in
        p) echo 10.96.1.2 ;;
        q) echo 10.96.3.2 ;;
    esac
}
target() {
    case $1 in
        p) echo 10.96.2.2 ;;
        q) echo 10.96.4.2 ;;
    esac
}

# server HOST
server() {
    mkdir "$run/$1"
    cat >"$run/$1/nginx.conf" <<EOT
daemon off; user root; worker_processes 1; pid $run/$1/pid; error_log $run/$1/error.log;
events { worker_connections 4096; }
http {
  log_format one '\$connection \$status'; access_log $run/$1/access.log one; keepalive_requests 100000000;
  client_body_temp_path $run/$1/b; proxy_temp_path $run/$1/p; fastcgi_temp_path $run/$1/f;
  uwsgi_temp_path $run/$1/u; scgi_temp_path $run/$1/s;
  server { listen 80; location / { return 200 "$(printf '%01000d' 0)"; } }
}
EOT
    ip netns exec "$ns$1" nginx -p "$run/$1" -e "$run/$1/error.log" -c "$run/$1/nginx.conf" &
    pids="$pids $!"
    for _ in $(seq 50); do
        if [ -s "$run/$1/pid" ]; then return; fi
        sleep 0.1
    done
}
for host in p q t; do server "$host"; done

# Clients think so long between an answer and the next request that CONNECTIONS of them make about the rate.
printf 'function delay() return 20 end\n' >"$run/think.lua"

# load HOST CONNECTIONS [SCRIPT]: one host's load, by $tester, and its report
load() {
    if [ "$tester" = ab ]; then
        ip netns exec "${ns}c" ab -q -k -c "$2" -t "$seconds" -n 100000000 -e "$run/$1.times" "http://$(address "$1")/" \
            >"$run/$1.txt" 2>&1
    else
        ip netns exec "${ns}c" wrk -t1 -c"$2" -d"${seconds}s" --latency ${3:+-s "$3"} "http://$(address "$1")/" \
            >"$run/$1.txt"
    fi
}

# loads CONNECTIONS [SCRIPT]: both hosts at once
loads() {
    load p "$@" &
    first=$!
    load q "$@"
    wait "$first"
}

# field NAME: the number behind "NAME": in each live's summary, the first one there, summed up
field() {
    for host in p q; do sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" "$run/$host.live.json" | head -n 1; done |
        awk '{ n += $1 } END { print n + 0 }'
}

# inside OBJECT NAME: the same within OBJECT, a line for each live
inside() {
    for host in p q; do
        sed -n "s/.*\"$1\":{[^}]*\"$2\":\([0-9.]*\).*/\1/p" "$run/$host.live.json" | head -n 1
    done
}

# greatest: of the numbers in standard input
greatest() {
    awk '$1 > n { n = $1 } END { print n + 0 }'
}

# behind QUANTILE, ms, of the live that is further behind
behind() {
    inside behindNs "$1" | greatest | awk '{ print $1 / 1e6 }'
}

# counts HOST...: how many requests each connection brought, in comm's order
counts() {
    for host in "$@"; do
        awk '{ n[$1]++ } END { for (c in n) print n[c] }' "$run/$host/access.log"
    done | sort
}

# latency QUANTILE, ms, of the slower host
latency() {
    for host in p q; do
        if [ "$tester" = ab ]; then
            awk -F , -v q="$1" '$1 == q { print $2 }' "$run/$host.times"
        else
            awk -v q="$1%" '$1 == q { v = $2; if (v ~ /us$/) v /= 1000; else if (v !~ /ms$/) v *= 1000; print v + 0 }' \
                "$run/$host.txt"
        fi
    done | greatest
}

# rate: requests a second of both
rate() {
    sed -n -e 's/^Requests\/sec: *//p' -e 's/^Requests per second: *\([0-9.]*\).*/\1/p' "$run/p.txt" "$run/q.txt" |
        awk '{ n += $1 } END { print n }'
}

# begin_live HOST
begin_live() {
    ip netns exec "$ns$1" "$tool" live -i "$1c" --port 80 --target "$(target "$1"):80" --record "$run/$1.live.tfdb" --json \
        >"$run/$1.live.json" 2>"$run/$1.live.err" &
    echo $! >"$run/$1.live.pid"
    pids="$pids $!"
    for _ in $(seq 300); do
        if grep -q 'capturing on' "$run/$1.live.err" 2>/dev/null; then return; fi
        sleep 0.1
    done
    cat "$run/$1.live.err" >&2
    exit 1
}

# used: processor time of both lives so far, ticks
used() {
    for host in p q; do sed 's/.*) //' "/proc/$(cat "$run/$host.live.pid")/stat"; done |
        awk '{ n += $12 + $13 } END { print n }'
}

# memory: what both lives had at most, MB
memory() {
    for host in p q; do sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(cat "$run/$host.live.pid")/status"; done |
        awk '{ n += $1 } END { printf "%d", n / 1024 }'
}

# requests HOST...
requests() {
    for host in "$@"; do cat "$run/$host/access.log"; done | wc -l
}

printf '%-10s %-8s %9s %8s %8s %6s %6s %6s %8s %6s %10s %10s %9s %-12s %9s %9s\n' load way 'req/s' 'p50 ms' 'p99 ms' 'p99 x' \
    'CPU %' 'RSS MB' dropped shed production target 'lost %' whole/target/all 'behind50' 'behind99'

# row NAME CONNECTIONS [SCRIPT]: so many at each host
row() {
    name=$1
    shift
    loads "$@"
    alone=$(latency 99)
    printf '%-10s %-8s %9.0f %8.2f %8.2f\n' "$name" without "$(rate)" "$(latency 50)" "$alone"
    rm -f "$run"/?.live.*
    begin_live p
    begin_live q
    # The JVMs compile meanwhile.
    loads "$@"
    sleep 1
    for host in p q t; do : >"$run/$host/access.log"; done
    before=$(used)
    loads "$@"
    cpu=$(($(used) - before))
    # What was in flight arrives, and the servers write it down.
    sleep 1
    rss=$(memory)
    for host in p q; do kill -TERM "$(cat "$run/$host.live.pid")"; done
    for host in p q; do wait "$(cat "$run/$host.live.pid")" || true; done
    counts p q >"$run/production.counts"
    counts t >"$run/target.counts"
    whole=$(comm -12 "$run/production.counts" "$run/target.counts" | wc -l)
    printf '%-10s %-8s %9.0f %8.2f %8.2f %6.2f %6.1f %6d %8d %6d %10d %10d %9.4f %-12s %9.1f %9.1f\n' "$name" with "$(rate)" \
        "$(latency 50)" "$(latency 99)" "$(echo "$(latency 99) $alone" | awk '{ print ($2 > 0 ? $1 / $2 : 0) }')" \
        "$(echo "$cpu $ticks $seconds" | awk '{ print $1 / $2 / $3 * 100 }')" "$rss" \
        "$(inside kernel dropped | awk '{ n += $1 } END { print n + 0 }')" "$(field flowsShed)" \
        "$(requests p q)" "$(requests t)" \
        "$(echo "$(requests p q) $(requests t)" | awk '{ print ($1 > 0 ? ($1 - $2) / $1 * 100 : 0) }')" \
        "$whole/$(wc -l <"$run/target.counts")/$(wc -l <"$run/production.counts")" "$(behind p50)" "$(behind p99)"
}

shift $(($# < 2 ? $# : 2))
[ $# -gt 0 ] || set -- 1000/s 5000/s most ab
for _ in $(seq "$rounds"); do
    for load in "$@"; do
        tester=wrk
        case $load in
            1000/s) row 1000/s 11 "$run/think.lua" ;;
            5000/s) row 5000/s 53 "$run/think.lua" ;;
            ab)
                if ! command -v ab >/dev/null 2>&1; then
                    echo "live-cost: ab is missing, so its load is left out: apt-get install apache2-utils" >&2
                    continue
                fi
                tester=ab
                row ab 32
                ;;
            *) row most 32 ;;
        esac
    done
done
