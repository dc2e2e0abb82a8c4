#!/bin/sh
# Records real HTTP traffic: wrk talks to nginx between two network namespaces of our own, over a veth pair without
# offloads, so that packets are as long as on a wire. Root; needs nginx, wrk, tcpdump, ip, ethtool.
#
#   http-capture.sh FILE [MEGABYTES]
#
# Nine of ten requests are for pages of 0.3 to 20 kB, the others for files of 60 to 300 kB; each connection carries 20
# requests. About 1,050 bytes a packet.
set -eu

file=$1
megabytes=${2:-1000}
run=$(mktemp -d)
client=tjc$$
server=tjs$$
nginx_pid=
tcpdump_pid=
wrk_pid=

stop() {
    for pid in $wrk_pid $tcpdump_pid $nginx_pid; do
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
ip netns exec "$client" ethtool -K tjv0 tso off gso off gro off tx off rx off >/dev/null
ip netns exec "$server" ethtool -K tjv1 tso off gso off gro off tx off rx off >/dev/null

mkdir "$run/www"
chmod 755 "$run" "$run/www"
for size in 300 900 2500 7000 20000 60000 300000; do
    head -c "$size" /dev/urandom | base64 -w 76 | head -c "$size" >"$run/www/$size"
done
cat >"$run/nginx.conf" <<EOT
daemon off; user root; worker_processes 1; pid $run/nginx.pid; error_log $run/error.log;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 20; tcp_nopush on; sendfile on;
  client_body_temp_path $run/body; proxy_temp_path $run/proxy; fastcgi_temp_path $run/f;
  uwsgi_temp_path $run/u; scgi_temp_path $run/s;
  server { listen 10.93.0.2:80; root $run/www; }
}
EOT
cat >"$run/requests.lua" <<'EOT'
local sizes = { 300, 900, 2500, 7000, 20000, 900, 2500, 300, 7000 }
wrk.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
wrk.headers["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
wrk.headers["Accept-Language"] = "en-GB,en;q=0.5"
wrk.headers["Cookie"] = "session=5f1e0c9a7d3b4e68; theme=light; consent=1; _ga=GA1.2.1730000000.1760000000"
local n = 0
function request()
    n = n + 1
    local size = n % 10 ~= 0 and sizes[n % #sizes + 1] or (n % 40 == 0 and 300000 or 60000)
    return wrk.format("GET", "/" .. size .. "?page=" .. n)
end
EOT
ip netns exec "$server" nginx -p "$run" -e "$run/error.log" -c "$run/nginx.conf" &
nginx_pid=$!
ip netns exec "$client" tcpdump -q -n -i tjv0 -s 0 -Z root -B 524288 -w "$file" tcp port 80 2>"$run/tcpdump.log" &
tcpdump_pid=$!
for _ in $(seq 50); do
    if [ -s "$file" ]; then break; fi
    sleep 0.1
done
ip netns exec "$client" wrk -t1 -c200 -d120s -s "$run/requests.lua" http://10.93.0.2/ >"$run/wrk.txt" &
wrk_pid=$!
while [ "$(stat -c %s "$file")" -lt $((megabytes * 1000000)) ]; do
    kill -0 "$wrk_pid"
    sleep 0.2
done
kill -INT "$wrk_pid"
wait "$wrk_pid" || true
wrk_pid=
sleep 1
kill -INT "$tcpdump_pid"
wait "$tcpdump_pid" || true
tcpdump_pid=
grep -E 'captured|dropped by kernel' "$run/tcpdump.log"
