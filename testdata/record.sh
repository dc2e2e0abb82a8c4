#!/bin/bash
# Records testdata/captures/ anew: real clients, a real nginx, in network namespaces of its own (root). What comes out
# is committed; run it only to change what is recorded, and update testdata/README.md from what it prints.
set -euo pipefail
cd "$(dirname "$0")"
for command in ip tcpdump dumpcap tshark nginx curl zstd gzip python3 ethtool; do
    command -v "$command" >/dev/null || { echo "record: needs $command (make setup)" >&2; exit 2; }
done

id=tj-$$-0
client=${id}-client server=${id}-server
work=$(mktemp -d)
out=$PWD/captures
listener=
finish() {
    [ -z "$listener" ] || kill "$listener" 2>/dev/null || true
    [ ! -s "$work/nginx.pid" ] || kill "$(cat "$work/nginx.pid")" 2>/dev/null || true
    ip netns delete "$client" 2>/dev/null || true
    ip netns delete "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

c() { ip netns exec "$client" "$@"; }
s() { ip netns exec "$server" "$@"; }

for ns in "$client" "$server"; do
    ip netns add "$ns"
    ip -n "$ns" link set lo up
    # shellcheck disable=SC2016 # the inner shell's variable
    ip netns exec "$ns" sh -c 'for f in all default; do echo 0 >/proc/sys/net/ipv6/conf/$f/accept_dad; done'
done
ip link add veth0 netns "$client" type veth peer name veth0 netns "$server"
for ns in "$client" "$server"; do
    # Real segments, no larger than the MTU, with real checksums.
    ip netns exec "$ns" ethtool -K veth0 tx off rx off sg off tso off gso off gro off >/dev/null
    ip -n "$ns" link set veth0 up
done
for ns in "$client:1" "$server:2"; do
    ip -n "${ns%:*}" address add "10.92.1.${ns#*:}/24" dev veth0
    ip -n "${ns%:*}" address add "fd92:1::${ns#*:}/64" dev veth0 nodad
done

mkdir -p "$work/www" "$work/tmp"
python3 - "$work/www" <<'PY'
import random, sys
for page in range(1, 21):
    letters = random.Random(page).choices("abcdefghijklmnopqrstuvwxyz", k=30 * page * page)
    open(f"{sys.argv[1]}/page{page}.html", "w").write("".join(letters) + "\n")
PY
sed -e "s#@RUN@#$work#g; s#@PORT@#8080#g" src/main/resources/io/tcpreplayj/testdata/nginx.conf.in >"$work/nginx.conf"
s nginx -p "$work" -e "$work/error.log" -g 'user root;' -c "$work/nginx.conf"

capture() { # FILE COMMAND...: starts it in the client's namespace and waits until it listens
    file=$1
    shift
    : >"$work/listener.log"
    ip netns exec "$client" "$@" 2>"$work/listener.log" &
    listener=$!
    until grep -qiE 'listening on|^File:|Capturing on' "$work/listener.log"; do
        kill -0 "$listener" || { cat "$work/listener.log" >&2; exit 1; }
        sleep 0.05
    done
    sleep 0.3
    : >"$work/access.log"
}

captured() { # stops it; the server's log of these connections goes beside the file
    sleep 1.2 # dumpcap hands a block over once a second
    kill -TERM "$listener"
    wait "$listener" || true
    listener=
    # nginx's own time and addresses stay: they are what is compared.
    cp "$work/access.log" "$out/$file.access.log"
}

get() { c curl -sS --fail --max-time 10 -o /dev/null "$@"; }

talk() { # HOST: three keep-alive connections one after the other, two at once, a POST, an upload with a half second's think
    local base=http://$1:8080
    get "$base/page1.html" -o /dev/null "$base/page5.html" -o /dev/null "$base/page9.html"
    get "$base/page2.html" -o /dev/null "$base/close/page3.html"
    get -d 'user=alice&comment=captured+once%2C+replayed+twice' "$base/post/form"
    get "$base/page4.html" -o /dev/null "$base/page6.html" & local one=$!
    get "$base/page7.html" -o /dev/null "$base/page8.html" & local two=$!
    wait "$one" "$two"
    head -c 6000 "$work/www/page20.html" | get --data-binary @- -H 'Expect:' "$base/post/upload"
}

rm -rf "$out"
mkdir -p "$out"

capture keepalive4.pcap tcpdump -n -U --immediate-mode -Z root -i veth0 -w "$out/keepalive4.pcap" tcp port 8080
talk 10.92.1.2
captured
zstd -q -19 -k "$out/keepalive4.pcap"

capture keepalive6.pcapng dumpcap -q -i veth0 -f 'tcp port 8080' -w "$work/keepalive6.pcapng"
talk '[fd92:1::2]'
captured
gzip -9 -n <"$work/keepalive6.pcapng" >"$out/keepalive6.pcapng.gz"
mv "$out/keepalive6.pcapng.access.log" "$out/keepalive6.pcapng.gz.access.log"

capture cooked2.pcap tcpdump -n -U --immediate-mode -Z root -i any -y LINUX_SLL2 -w "$out/cooked2.pcap" tcp port 8080
get http://10.92.1.2:8080/page3.html -o /dev/null http://10.92.1.2:8080/page4.html
get 'http://[fd92:1::2]:8080/page3.html'
captured

capture cooked1.pcap tcpdump -n -U --immediate-mode -Z root -i any -y LINUX_SLL -w "$out/cooked1.pcap" tcp port 8080
get http://10.92.1.2:8080/page3.html -o /dev/null http://10.92.1.2:8080/page4.html
captured

# Tags are put into the frames of a recording, as a trunk port would: not every kernel has VLAN devices.
capture untagged tcpdump -n -U --immediate-mode -Z root --time-stamp-precision=nano -i veth0 -w "$work/untagged.pcap" tcp port 8080
get http://10.92.1.2:8080/page3.html -o /dev/null http://10.92.1.2:8080/page5.html
get 'http://[fd92:1::2]:8080/page4.html'
captured
python3 tag.py "$work/untagged.pcap" "$out/vlan.pcap" 8100:100
python3 tag.py "$work/untagged.pcap" "$out/qinq-nanoseconds.pcap" 88a8:200 8100:7
cp "$out/untagged.access.log" "$out/qinq-nanoseconds.pcap.access.log"
mv "$out/untagged.access.log" "$out/vlan.pcap.access.log"

# The client gives up in the middle of an answer: RST.
capture aborted.pcap tcpdump -n -U --immediate-mode -Z root -i veth0 -w "$out/aborted.pcap" tcp port 8080
c python3 - <<'PY'
import socket, struct
s = socket.create_connection(("10.92.1.2", 8080))
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
s.sendall(b"GET /page1.html HTTP/1.1\r\nHost: replay.test\r\n\r\n")
s.recv(10)
s.close()
PY
captured

python3 truth.py "$out"/*.pcap "$out"/*.gz "$out"/*.zst
for file in "$out"/*.pcap "$out"/*.gz "$out"/*.zst; do
    printf '%s  %s  %s bytes, %s packets, %s flows, %s requests\n' "$(sha256sum <"$file" | cut -c1-64)" \
        "$(basename "$file")" "$(stat -c %s "$file")" "$(tshark -n -r "$file" 2>/dev/null | wc -l)" \
        "$(tshark -n -r "$file" -T fields -e tcp.stream 2>/dev/null | sort -u | wc -l)" \
        "$(wc -l <"${file%.zst}.access.log")"
done
du -sk "$out"
