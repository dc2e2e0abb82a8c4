#!/bin/bash
# record.sh [http|dns]: records testdata/captures/ anew, all or those of one protocol: real clients, a real nginx, a real
# dnsmasq, in network namespaces of its own (root). What comes out is committed; run it only to change what is recorded,
# and update testdata/README.md from what it prints.
set -euo pipefail
cd "$(dirname "$0")"
only=${1:-http dns}
for command in ip tcpdump dumpcap tshark nginx dnsmasq curl zstd gzip python3 ethtool getent; do
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
    [ ! -s "$work/dnsmasq.pid" ] || kill "$(cat "$work/dnsmasq.pid")" 2>/dev/null || true
    rm -rf "/etc/netns/$client"
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
    : >"$work/query.log"
}

captured() { # [LOG [PATTERN]]: stops it; the server's log of what was captured goes beside the file
    sleep 1.2 # dumpcap hands a block over once a second
    kill -TERM "$listener"
    wait "$listener" || true
    listener=
    # nginx's own time and addresses stay: they are what is compared.
    grep -e "${2:-}" "$work/${1:-access.log}" >"$out/$file.${1:-access.log}"
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

record_http() {
    capture keepalive4.pcap tcpdump -n -U --immediate-mode -Z root -i veth0 -w "$out/keepalive4.pcap" tcp port 8080
    talk 10.92.1.2
    captured
    zstd -q -19 -f -k "$out/keepalive4.pcap"

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
}

# Asks as a resolver's library does that knows the server at ADDRESS: A and AAAA from one port, and what was cut off by TCP.
resolve() { # ADDRESS NAME...
    mkdir -p "/etc/netns/$client"
    echo "nameserver $1" >"/etc/netns/$client/resolv.conf"
    shift
    for name; do
        c getent ahosts "$name" >/dev/null || true # no such name
    done
}

ask() { # ADDRESS: each kind of answer, ends of conversations apart, so that their order is that of the server's log
    resolve "$1" www.replay.test mail.replay.test absent.replay.test many.replay.test
    c python3 - "$1" <<'PY'
import socket, struct, sys, time

def query(number, name, kind):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", number, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", kind, 1)

def udp(*queries):
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.settimeout(5)
        s.connect((server, 53))
        for each in queries:
            s.send(each)
        answers = [s.recv(65535) for each in queries]
    time.sleep(0.05)
    return answers

server = sys.argv[1]
family = socket.AF_INET6 if ":" in server else socket.AF_INET
A, MX, TXT, AAAA = 1, 15, 16, 28
udp(query(11, "replay.test", MX))
udp(query(12, "replay.test", TXT))
udp(query(13, "www.replay.test", AAAA), query(14, "absent.replay.test", A), query(15, "mail.replay.test", A))
for number in range(20, 30):
    udp(query(number, f"host{number}.replay.test", A))
cut, = udp(query(30, "long.replay.test", TXT))
assert cut[2] & 2, "not truncated"
with socket.create_connection((server, 53), 5) as s:
    message = query(31, "long.replay.test", TXT)
    s.sendall(struct.pack(">H", len(message)) + message)
    left = struct.unpack(">H", s.recv(2, socket.MSG_WAITALL))[0]
    assert len(s.recv(left, socket.MSG_WAITALL)) > 512
PY
}

record_dns() {
    local templates=src/main/resources/io/tcpreplayj/testdata
    { sed -e "s#@RUN@#$work#g; s#@PORT@#53#g" $templates/dnsmasq.conf.in && cat $templates/zone.conf; } >"$work/dnsmasq.conf"
    s dnsmasq --conf-file="$work/dnsmasq.conf"

    capture dns4.pcap tcpdump -n -U --immediate-mode -Z root -i veth0 -w "$out/dns4.pcap" port 53
    ask 10.92.1.2
    captured query.log ' query\['

    capture dns6.pcapng dumpcap -q -i veth0 -f 'port 53' -w "$out/dns6.pcapng"
    ask fd92:1::2
    captured query.log ' query\['
}

mkdir -p "$out"
for protocol in $only; do
    "record_$protocol"
done
shopt -s nullglob
recorded=()
for file in "$out"/*.pcap "$out"/*.pcapng "$out"/*.gz "$out"/*.zst; do
    if [ -e "$file.query.log" ]; then protocol=dns; else protocol=http; fi
    case " $only " in *" $protocol "*) recorded+=("$file") ;; esac
done
python3 truth.py "${recorded[@]}"
for file in "${recorded[@]}"; do
    log=${file%.zst}.access.log
    [ -e "$log" ] || log=$file.query.log
    printf '%s  %s  %s bytes, %s packets, %s TCP flows, %s requests\n' "$(sha256sum <"$file" | cut -c1-64)" \
        "$(basename "$file")" "$(stat -c %s "$file")" "$(tshark -n -r "$file" 2>/dev/null | wc -l)" \
        "$(tshark -n -r "$file" -Y tcp -T fields -e tcp.stream 2>/dev/null | sort -u | wc -l)" \
        "$(wc -l <"$log")"
done
du -sk "$out"
