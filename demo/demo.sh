#!/bin/bash
# The main job, on a real recording: a client talks to one server and is recorded; the recording is replayed at twice the
# speed against a second server, whose own log must hold every request. Exit 1 when one is missing.
#
# As root all of it happens in a network namespace of its own; without root on the loopback, from a recording in testdata/.
set -euo pipefail
cd "$(dirname "$0")/.."
project=$PWD

if [ "$(id -u)" -eq 0 ] && [ -z "${TCPREPLAYJ_DEMO_INSIDE:-}" ]; then
    name=tj-$$-1-demo
    if ip netns add "$name" 2>/dev/null; then
        trap 'ip netns delete "$name"' EXIT
        ip -n "$name" link set lo up
        TCPREPLAYJ_DEMO_INSIDE=$name ip netns exec "$name" "$0" "$@"
        exit
    fi
    echo "demo: this machine allows no network namespace; the host's loopback will do" >&2
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/tcpreplay-j-demo.XXXXXX")
pids=()
finish() {
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    for server in first second; do
        [ ! -s "$work/$server/nginx.pid" ] || kill "$(cat "$work/$server/nginx.pid")" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() {
    printf '$ %s\n' "$*"
    local status=0
    "$@" || status=$?
    [ "$status" -eq 0 ] || printf 'exit code %s\n' "$status"
    return "$status"
}
tcpreplay-j() { "$project/tcpreplay-j" "$@"; }

start_nginx() { # NAME PORT
    local run=$work/$1 user=
    mkdir -p "$run/www" "$run/tmp"
    for page in 1 2 3 4 5 6 7 8 9 10; do
        head -c $((page * page * 300)) /dev/zero | tr '\0' "$((page % 10))" >"$run/www/page$page.html"
    done
    # The same content of the same age: ETag and Last-Modified are part of an answer.
    touch -d 2026-01-01T00:00:00Z "$run"/www/*
    sed -e "s#@RUN@#$run#g; s#@PORT@#$2#g" \
        "$project/testdata/src/main/resources/io/tcpreplayj/testdata/nginx.conf.in" >"$run/nginx.conf"
    [ "$(id -u)" -ne 0 ] || user='user root;'
    nginx -p "$run" -e "$run/error.log" -g "$user" -c "$run/nginx.conf"
}

start_java() { # NAME PORT: the JDK's own HTTP server, with a log of the requests
    mkdir -p "$work/$1"
    java "$project/demo/LoggingServer.java" "$2" "$work/$1/access.log" &
    pids+=("$!")
    for _ in $(seq 150); do
        [ ! -e "$work/$1/access.log" ] || return 0
        sleep 0.1
    done
    echo "demo: the JDK's server did not start" >&2
    return 1
}

PATH=$PATH:/usr/sbin:/sbin
if command -v nginx >/dev/null; then
    start=start_nginx
    server="nginx $(nginx -v 2>&1 | sed 's:.*/::')"
else
    start=start_java
    server="the JDK's own HTTP server (nginx is not installed and could not be)"
fi

say "1. A client talks to a server, and is recorded"
capture=$work/capture.pcap
if [ "$(id -u)" -eq 0 ] && command -v tcpdump >/dev/null && command -v curl >/dev/null; then
    echo "server: $server, port 8001"
    $start first 8001
    # Immediate mode: otherwise the kernel keeps packets back for a second. It gives each packet a slot of the snaplen's
    # size, so the buffer (KiB) has to be large.
    tcpdump -q -n -U --immediate-mode -B 131072 -s 65600 -Z root -i lo -w "$capture" tcp port 8001 2>"$work/tcpdump.log" &
    tcpdump_pid=$!
    pids+=("$tcpdump_pid")
    until grep -q 'listening on' "$work/tcpdump.log"; do
        kill -0 "$tcpdump_pid" || { cat "$work/tcpdump.log" >&2; exit 1; }
        sleep 0.05
    done
    sleep 0.3
    base=http://127.0.0.1:8001
    for visitor in $(seq 20); do
        # Each visitor is one keep-alive connection; --rate gives them time to read.
        curl -sS --rate 5/s -A "visitor-$visitor" -o /dev/null "$base/page$((visitor % 10 + 1)).html?first" \
            -o /dev/null "$base/page1.html?second" -o /dev/null "$base/page2.html?third" \
            -o /dev/null "$base/page10.html?fourth" &
        visitors[visitor]=$!
        sleep 0.05
    done
    wait "${visitors[@]}"
    curl -sS -o /dev/null -d 'user=alice&comment=captured once, replayed twice as fast' "$base/post/form"
    sleep 0.5
    kill -TERM "$tcpdump_pid"
    wait "$tcpdump_pid" || true
    recorded=$(wc -l <"$work/first/access.log")
else
    cp testdata/captures/keepalive4.pcap "$capture"
    recorded=$(wc -l <testdata/captures/keepalive4.pcap.access.log)
    echo "not root (or no tcpdump, curl): taking a recording from testdata/captures/"
fi
echo "$recorded requests in the first server's log, $(wc -c <"$capture") bytes of capture"

cd "$work"
say "2. The capture becomes a flow database"
run tcpreplay-j index capture.pcap

say "3. What is in it"
printf '$ tcpreplay-j flows | head -n 6\n'
tcpreplay-j flows >flows.txt
head -n 6 flows.txt

say "4. It happens again, twice as fast, against a second server on port 8002"
$start second 8002
status=0
run tcpreplay-j replay --speed 2x --target 127.0.0.1:8002 || status=$?

say "5. What the second server says"
# nginx logs a request when it has sent the answer's last byte, which may be after the client's last word.
for _ in $(seq 20); do
    arrived=$(wc -l <"$work/second/access.log")
    [ "$arrived" -lt "$recorded" ] || break
    sleep 0.1
done
requests() { sed -n 's/^[^"]*"\([A-Z]* [^"]*\)".*/\1/p' "$1" | sort; }
if [ -e "$work/first/access.log" ]; then
    requests "$work/first/access.log" >expected.txt
else
    requests "$project/testdata/captures/keepalive4.pcap.access.log" >expected.txt
fi
requests "$work/second/access.log" >arrived.txt
echo "$arrived of $recorded requests are in its access log, for instance:"
head -n 3 "$work/second/access.log"
if [ "$status" -ne 0 ]; then
    echo "demo: FAILED: replay ended with exit code $status" >&2
    exit 1
fi
if [ "$recorded" -eq 0 ] || ! diff expected.txt arrived.txt >missing.txt; then
    echo "demo: FAILED: the logs of the two servers differ (< recorded, > replayed):" >&2
    head -n 20 missing.txt >&2
    exit 1
fi
say "Every request arrived."
