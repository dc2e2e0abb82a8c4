#!/usr/bin/env python3
"""truth.py CAPTURE...: writes CAPTURE.truth.json, what tshark says of each TCP flow and UDP conversation, nothing of this
project used.

The fields are a subset of those of the larger collection of captures that the tests use when it is there:
per flow client, server, start, end; per direction packets, payload (retransmissions included), unique (bytes of the
stream), gap_bytes, sha256 of the stream (only when it has no gap), syn, fin, rst.
Per UDP conversation its two ends a and b, packets and payload bytes each way; per DNS message over UDP the sender, id, name,
type, and of an answer the response code and whether it was truncated.
Only for captures recorded by record.sh: handshakes seen, no sequence number wraps, no two flows on one address pair.
"""
import hashlib
import json
import subprocess
import sys

FIELDS = """tcp.stream ip.src ip.dst ipv6.src ipv6.dst tcp.srcport tcp.dstport tcp.seq_raw tcp.len tcp.flags
            tcp.payload frame.time_epoch""".split()
UDP_FIELDS = """udp.stream ip.src ip.dst ipv6.src ipv6.dst udp.srcport udp.dstport udp.length frame.time_epoch
                dns.id dns.qry.name dns.qry.type dns.flags.response dns.flags.rcode dns.flags.truncated""".split()
FIN, SYN, RST, ACK = 1, 2, 4, 16
UDP_HEADER_BYTES = 8


def rows(capture, protocol="tcp", fields=FIELDS):
    command = ["tshark", "-n", "-r", capture, "-Y", protocol, "-T", "fields", "-E", "occurrence=l"]
    command += ["-o", "tcp.desegment_tcp_streams:FALSE", "-o", "tcp.relative_sequence_numbers:FALSE"]
    for field in fields:
        command += ["-e", field]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [dict(zip(fields, line.split("\t"))) for line in text.splitlines()]


def new_direction():
    return {"packets": 0, "payload": 0, "syn": 0, "fin": 0, "rst": 0, "isn": None, "segments": []}


def finish(direction):
    """The stream from the byte after the SYN; the first copy of a byte wins."""
    stream, end, gaps = bytearray(), direction["isn"] + 1, 0
    for seq, data in sorted(direction.pop("segments"), key=lambda s: s[0]):
        if seq > end:
            gaps += seq - end
            end = seq
        fresh = data[end - seq:]
        stream += fresh
        end += len(fresh)
    direction.update(unique=len(stream), gap_bytes=gaps)
    if gaps == 0:
        direction["sha256"] = hashlib.sha256(stream).hexdigest()


def truth(capture):
    flows = {}
    for row in rows(capture):
        source = (row["ip.src"] or row["ipv6.src"], row["tcp.srcport"])
        target = (row["ip.dst"] or row["ipv6.dst"], row["tcp.dstport"])
        flags, seq = int(row["tcp.flags"], 0), int(row["tcp.seq_raw"])
        flow = flows.get(row["tcp.stream"])
        if flow is None:
            assert flags & SYN and not flags & ACK, "a flow without its SYN: record again"
            flow = {"stream": int(row["tcp.stream"]), "client": ":".join(source), "server": ":".join(target),
                    "first": row["frame.time_epoch"], "c2s": new_direction(), "s2c": new_direction()}
            flows[row["tcp.stream"]] = flow
        flow["last"] = row["frame.time_epoch"]
        direction = flow["c2s" if ":".join(source) == flow["client"] else "s2c"]
        direction["packets"] += 1
        direction["payload"] += int(row["tcp.len"])
        for name, bit in (("syn", SYN), ("fin", FIN), ("rst", RST)):
            direction[name] += 1 if flags & bit else 0
        if flags & SYN:
            direction["isn"] = seq
        if row["tcp.payload"]:
            direction["segments"].append((seq, bytes.fromhex(row["tcp.payload"].replace(":", ""))))
    for flow in flows.values():
        c2s, s2c = flow["c2s"], flow["s2c"]
        finish(c2s)
        finish(s2c)
        both = c2s["fin"] and s2c["fin"]
        flow["start"] = "syn"
        flow["end"] = "rst" if c2s["rst"] or s2c["rst"] else "fin" if both else "open"
    return list(flows.values())


def udp_truth(capture):
    conversations, messages = {}, []
    for row in rows(capture, "udp", UDP_FIELDS):
        source = ":".join((row["ip.src"] or row["ipv6.src"], row["udp.srcport"]))
        target = ":".join((row["ip.dst"] or row["ipv6.dst"], row["udp.dstport"]))
        conversation = conversations.setdefault(row["udp.stream"], {
            "stream": int(row["udp.stream"]), "a": source, "b": target, "first": row["frame.time_epoch"],
            "a2b_packets": 0, "a2b_bytes": 0, "b2a_packets": 0, "b2a_bytes": 0})
        way = "a2b" if source == conversation["a"] else "b2a"
        conversation[way + "_packets"] += 1
        conversation[way + "_bytes"] += int(row["udp.length"]) - UDP_HEADER_BYTES
        conversation["last"] = row["frame.time_epoch"]
        if row["dns.id"]:
            message = {"from": source, "id": int(row["dns.id"], 0), "name": row["dns.qry.name"],
                       "type": int(row["dns.qry.type"])}
            if row["dns.flags.response"] in ("1", "True"):
                message.update(rcode=int(row["dns.flags.rcode"]), truncated=row["dns.flags.truncated"] in ("1", "True"))
            messages.append(message)
    return {"udp": list(conversations.values()), "dns": messages} if conversations else {}


for name in sys.argv[1:]:
    with open(name, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    tool = subprocess.run(["tshark", "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]
    with open(name + ".truth.json", "w", encoding="utf-8") as out:
        json.dump({"tool": tool, "files": [{"file": name.rsplit("/", 1)[-1], "sha256": digest}], "tcp": truth(name)}
                  | udp_truth(name), out, indent=1)
        out.write("\n")
