"""mirror.py DEVICE PORT ipip|gre|vxlan ADDRESS ETHER: sends what a device sends and receives of a TCP port to ADDRESS, in a
tunnel; with ETHER, ADDRESS's, only what is to the port, and the rest as it is; with "none" the rest not at all.

As a switch or a cloud's mirror does it, and IPVS in tunnel mode with what comes in (RFC 2003, RFC 2784, RFC 7348); for
kernels without the devices. Says "ready" when nothing is missed any more, and on stderr what it lost all the same.
"""
import socket
import struct
import sys

ETH_P_ALL, ETH_P_IP, TCP = 3, 0x0800, 6
SO_RCVBUFFORCE, SOL_PACKET, PACKET_STATISTICS = 33, 263, 6
PROTOCOLS = {"ipip": 4, "gre": 47}
# Of VXLAN: network 42, and an Ethernet frame.
HEADS = {
    "ipip": b"",
    "gre": struct.pack(">HH", 0, ETH_P_IP),
    "vxlan": struct.pack(">II", 0x08000000, 42 << 8) + bytes.fromhex("020000000002" "020000000001") + b"\x08\x00",
}

device, port, kind, address, ether = sys.argv[1], int(sys.argv[2]), *sys.argv[3:6]
wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
# The usual 208 KiB are some 200 packets, and whoever gets no processor for a moment reads none of them.
wire.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
wire.bind((device, 0))
if kind == "vxlan":
    tunnel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
else:
    tunnel = socket.socket(socket.AF_INET, socket.SOCK_RAW, PROTOCOLS[kind])
to = (address, 4789 if kind == "vxlan" else 0)
print("ready", flush=True)
while True:
    packet, source = wire.recvfrom(65535)
    lost = struct.unpack("II", wire.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
    if lost:
        print("lost", lost, "packets", file=sys.stderr, flush=True)
    if source[1] == ETH_P_IP and packet[9] == TCP:
        header = 4 * (packet[0] & 15)
        ports = struct.unpack_from(">HH", packet, header)
        if port == ports[1] or (port == ports[0] and not ether):
            tunnel.sendto(HEADS[kind] + packet, to)
        elif port == ports[0] and ether != "none":
            # By the same socket, which does not hear itself.
            wire.sendto(packet, (device, ETH_P_IP, 0, 0, bytes.fromhex(ether.replace(":", ""))))
