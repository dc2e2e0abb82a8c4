#!/usr/bin/env python3
"""tag.py IN OUT TPID:VID...: copies a little-endian Ethernet pcap with these VLAN tags (outermost first) in each frame."""
import struct
import sys

source, target, tags = sys.argv[1], sys.argv[2], sys.argv[3:]
tag_bytes = b"".join(struct.pack(">HH", int(tpid, 16), int(vid)) for tpid, vid in (t.split(":") for t in tags))

with open(source, "rb") as file:
    data = file.read()
assert data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"), "not a little-endian pcap"
assert struct.unpack_from("<I", data, 20)[0] == 1, "not Ethernet"

with open(target, "wb") as out:
    out.write(data[:24])
    offset = 24
    while offset < len(data):
        seconds, fraction, caplen, origlen = struct.unpack_from("<IIII", data, offset)
        frame = data[offset + 16:offset + 16 + caplen]
        frame = frame[:12] + tag_bytes + frame[12:]
        out.write(struct.pack("<IIII", seconds, fraction, len(frame), origlen + len(tag_bytes)) + frame)
        offset += 16 + caplen
