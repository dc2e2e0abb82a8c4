package io.tcpreplayj.cli.flags;

import io.tcpreplayj.cli.flags.Verb.Example;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The table that parser and help are made from. */
public final class Flags {
    public static final Flag DB =
            Flag.value("db", "FILE", "the flow database (default $TCPREPLAYJ_DB, else flows.tfdb)");
    public static final Flag JSON = Flag.toggle("json", "print JSON: one object, lists one object per line");
    public static final Flag QUIET = Flag.toggle('q', "quiet", "no progress and no notes on stderr");
    public static final Flag VERBOSE = Flag.toggle('v', "verbose", "say more; -vv adds the stack trace to an error")
            .repeating();
    public static final Flag HELP = Flag.toggle('h', "help", "print this help");

    public static final Flag DIGEST =
            Flag.value("digest", "sha256", "also keep the SHA-256 of both streams of each flow");
    public static final Flag HEAD =
            Flag.value("head", "N", "bytes to keep of the head of each answer, 0 to 65536 (default 256)");
    public static final Flag ACKS =
            Flag.toggle("acks", "also keep when each client acknowledged what, and the windows it offered");

    public static final Flag REDACT = Flag.toggle(
            "redact", "replace passwords, tokens, cookies and numbers of cards; see tcpreplay-j help redact");
    public static final Flag REDACT_RULE =
            Flag.values("redact-rule", "RULE", "the same, and header:NAME or the fields of field:WORD");
    public static final Flag HEADERS_ONLY =
            Flag.toggle("headers-only", "keep lengths and times, no payload; such flows are not replayable");

    public static final Flag MERGE = Flag.toggle(
            "merge", "read all captures as one, in order of time: flows that go on in the next file are one flow");
    public static final Flag FOLLOW = Flag.toggle(
            "follow",
            "go on with what is written to the captures, and with new files, as one; flows are committed when they end");
    public static final Flag DURATION =
            Flag.value("duration", "TIME", "end --follow after that time (default: at Ctrl-C)");
    public static final Flag MAX_BYTES = Flag.value(
            "max-bytes", "N", "read at most N bytes of each capture, decompressed, as 20g (default: no limit)");

    public static final Flag CAPTURE_INTERFACE =
            Flag.value('i', "interface", "NAME", "the interface to capture on; any is all of them");
    public static final Flag RECORD =
            Flag.value("record", "FILE", "the flow database to add to (default $TCPREPLAYJ_DB, else flows.tfdb)");
    public static final Flag LIVE_DURATION = Flag.value("duration", "TIME", "end after that time (default: at Ctrl-C)");
    public static final Flag UNTIL =
            Flag.value("until", "TIME", "end at that time: 2026-11-26T14:00:00Z, 14:00 of today (UTC), or +10m");
    public static final Flag CAPTURE = Flag.value(
            "capture",
            "HOW",
            "ring, pcap (libpcap), or raw: sockets of the IP layer, only what comes in (default ring)");
    public static final Flag TAP =
            Flag.value("capture", "HOW", "with -i or --swallow egress: ring, or pcap (libpcap) (default ring)");
    public static final Flag RING_BYTES =
            Flag.value("ring-bytes", "N", "memory for packets that wait to be read, 1m to 1g (default 64m)");
    public static final Flag PROMISCUOUS =
            Flag.toggle("promiscuous", "also packets to other hosts, as a mirror port sends them");

    public static final Flag FILTER_FILE =
            Flag.value("filter-file", "FILE", "the tcpdump expression, with # comments; read again at SIGHUP");
    public static final Flag METRICS = Flag.value(
            "metrics", "FILE", "write counters there every 5 s, for Prometheus' textfile collector: FILE.prom");
    public static final Flag FORWARD = Flag.value(
            "forward",
            "HOST[:PORT]",
            "send what is captured to live --listen there (default port 36524), or unix:PATH");
    public static final Flag ALSO =
            Flag.values("also", "HOST[:PORT],...", "with --forward: to these hosts too, each with a spool of its own");
    public static final Flag SOURCE_NAME = Flag.value(
            "name", "NAME", "with --forward: what this host is called there (default: host name and interface)");
    public static final Flag SPOOL =
            Flag.value("spool", "DIR", "with --forward: where packets wait while the line is down (default /var/tmp)");
    public static final Flag SPOOL_BYTES =
            Flag.value("spool-bytes", "N", "so many of them at most, 1m to 4t (default 1g)");
    public static final Flag RECEIVE = Flag.value(
            "listen", "[HOST]:PORT", "record or replay what live --forward of other hosts sends, or unix:PATH");
    public static final Flag SOURCES =
            Flag.value("sources", "N", "with --listen: end when so many hosts have come and said that this was all");

    public static final Flag ROTATE_SIZE =
            Flag.value("rotate-size", "N", "begin another database, named by its time, when one has N bytes, as 1g");
    public static final Flag ROTATE_EVERY = Flag.value("rotate-every", "TIME", "the same when one is that old, as 1h");
    public static final Flag KEEP_SIZE =
            Flag.value("keep-size", "N", "delete the oldest databases when all have more than N bytes");
    public static final Flag KEEP_AGE = Flag.value("keep-age", "TIME", "delete databases older than that");

    public static final Flag FROM = Flag.value(
            "from", "TIME", "packets from then on: 2026-11-26T14:00:00Z, 14:00 of the first day (UTC), or +10m");
    public static final Flag TO = Flag.value("to", "TIME", "packets before then");
    public static final Flag PACKET_PORT =
            Flag.values("port", "PORTS", "packets from or to these ports: 80, 80,443 or 8000-8099");
    public static final Flag PACKET_HOST =
            Flag.values("host", "NET", "packets from or to this host or network: 10.0.0.7 or 10.0.0.0/8");

    public static final Flag PORT =
            Flag.values("port", "PORTS", "flows to these server ports: 80, 80,443 or 8000-8099");
    public static final Flag HOST =
            Flag.values("host", "NET", "flows of this client or server: 10.0.0.7 or 10.0.0.0/8");
    public static final Flag WHERE =
            Flag.value("where", "EXPR", "flows for which the expression holds; see tcpreplay-j help filter");
    public static final Flag SAMPLE =
            Flag.value("sample", "P%", "that share of the clients, each with all its flows; always the same ones");
    public static final Flag MAX_FLOWS = Flag.value("max-flows", "N", "only the first N of the flows selected");
    public static final Flag FLOW = Flag.values("flow", "ID", "only the flows with these ids");
    public static final Flag SORT =
            Flag.value("sort", "FIELD,...", "in the order of these fields, -FIELD the greatest first (default by id)");
    public static final Flag FIELDS =
            Flag.value("fields", "FIELD,...", "these fields, exactly, as the columns or the JSON's members");
    public static final Flag COUNT = Flag.toggle("count", "print only how many flows were selected");

    public static final Flag WRITE =
            Flag.value('w', "write", "FILE", "where to, mode 0600; - is standard output, for a pipe");
    public static final Flag FORMAT =
            Flag.value("format", "NAME", "pcap or pcapng (default by FILE's name: .pcap and .cap are pcap)");

    public static final Flag HEX = Flag.toggle("hex", "both streams as hex dumps, not as text");
    public static final Flag DECODE =
            Flag.toggle("decode", "HTTP/1.x taken apart: lines, bodies without chunks and, when whole, without gzip");

    public static final Flag ALLOW_LOOSE_PERMS =
            Flag.toggle("allow-loose-perms", "add to a database that others may read or write");

    public static final Flag REPAIR =
            Flag.toggle("repair", "recover what is sound; the damaged file stays as DB.damaged");

    public static final Flag TARGET = Flag.value("target", "HOST:PORT", "the server to replay to");
    public static final Flag MAP =
            Flag.values("map", "PORT=HOST:PORT", "flows to the captured PORT (or range 8000-8009) go to HOST:PORT");
    public static final Flag SPEED =
            Flag.value("speed", "X", "2x is twice as fast, max drops all think time (default 1x)");
    public static final Flag COPIES = Flag.value("copies", "N", "replay each flow N times, 1 to 65535 (default 1)");
    public static final Flag TRANSPORT =
            Flag.value("transport", "NAME", "auto, tun, packet, xdp, raw or socket (default auto)");
    public static final Flag CLIENTS = Flag.value(
            "clients",
            "WHERE",
            "self: this host's own address (packet, raw); with --intercept or --transport socket: NETWORK or original");
    public static final Flag INTERCEPT = Flag.values(
            "intercept", "HOST[:PORT],...", "answers come from these intercepts, or unix:PATH; needs --clients");
    public static final Flag KEYS =
            Flag.value("keys", "FILE", "the key file of both ends of the feed; see tcpreplay-j keys");
    public static final Flag INTERFACE =
            Flag.value('i', "interface", "NAME", "on an assistant host: where the target's answers come in");
    public static final Flag SWALLOWED_CLIENTS =
            Flag.values("clients", "NET", "networks of replayed clients (default 198.18.0.0/15 and 2001:2::/48)");
    public static final Flag SERVED_TARGET =
            Flag.values("target", "HOST:PORT", "a server of this host; with -i: only its answers (default: any)");
    public static final Flag SWALLOW = Flag.value(
            "swallow", "HOW", "on the target's host: egress, nfqueue or tun (default: the first that it can do)");
    public static final Flag QUEUE_LENGTH =
            Flag.value("queue-length", "N", "answers that may wait with --swallow nfqueue (default 65536)");
    public static final Flag LISTEN =
            Flag.value("listen", "[HOST]:PORT", "where replayers connect, or unix:PATH (default :36524)");
    public static final Flag PAYLOAD = Flag.value(
            "payload", "BYTES", "so much of each answer's payload, 0 to 65535, for its comparison (default 0)");
    public static final Flag SEED = Flag.value("seed", "N", "fix what is random (default: random, and printed)");
    public static final Flag MAX_CONNECTIONS =
            Flag.value("max-connections", "N", "connections open at the same time, as 20k (default: no limit)");
    public static final Flag MAX_RATE = Flag.value(
            "max-rate",
            "N",
            "connections opened a second, evenly, and as many UDP conversations, as 500 or 5k (default: no limit)");
    public static final Flag RAMP =
            Flag.value("ramp", "TIME", "so long the rate of new connections grows evenly up to --max-rate (default 0)");
    public static final Flag LATE = Flag.value(
            "late",
            "POLICY",
            "flows that cannot begin when they are due: burst, as soon as they can; drop-flow=TIME, not when later than that"
                    + " (default burst)");
    public static final Flag MAX_BANDWIDTH = Flag.value(
            "max-bandwidth",
            "RATE",
            "bits a second of all clients, headers and payload, as 100M; or bytes, as 12.5MB (default: no limit)");
    public static final Flag RESPONSE_TIMEOUT =
            Flag.value("response-timeout", "TIME", "the longest wait for an answer (default 30s)");
    public static final Flag GIVE_UP = Flag.value(
            "give-up",
            "TIME",
            "end when a target that owes something says nothing to anybody for so long (default: as TCP does, 15 min)");
    public static final Flag PREWARM =
            Flag.value("prewarm", "TIME", "connections are open for so long before their first request (default 0)");
    public static final Flag GATE = Flag.value(
            "gate",
            "MODE",
            "what a request waits for: hybrid (the answer's bytes, or a pause), bytes, quiet or time (default hybrid)");
    public static final Flag CONGESTION_CONTROL = Flag.value(
            "cc", "NAME", "congestion control: reno, or off to send what the target's window takes (default reno)");
    public static final Flag ECN = Flag.value(
            "ecn", "on|off", "offer Explicit Congestion Notification, whatever the captured client did (default off)");
    public static final Flag DSCP = Flag.value(
            "dscp", "N", "Differentiated Services Code Point of the clients, 0 to 63, or captured (default 0)");
    public static final Flag TTL =
            Flag.value("ttl", "N", "Time to Live, or Hop Limit, of the clients, 1 to 255, or captured (default 64)");
    public static final Flag PRESERVE_ISN = Flag.toggle(
            "preserve-isn", "begin with the captured sequence numbers, not with ones that grow from run to run");
    public static final Flag ACK_POLICY = Flag.value(
            "ack-policy",
            "NAME",
            "when clients acknowledge: rfc, captured (within 500 ms and two segments), or stretched (within 500 ms; default"
                    + " rfc)");
    public static final Flag WINDOW_POLICY =
            Flag.value("window-policy", "NAME", "the windows that clients offer: open, or captured (default open)");
    public static final Flag MIDSTREAM = Flag.value(
            "midstream", "POLICY", "flows that began before the capture: skip, or synth a handshake (default skip)");
    public static final Flag GAP = Flag.value(
            "gap",
            "POLICY",
            "flows with holes in the client's bytes: drop-flow, truncate there, fill with zeros, or skip the holes"
                    + " (default drop-flow)");
    public static final Flag ON_EARLY_FIN = Flag.value(
            "on-early-fin",
            "POLICY",
            "the target closes before all was sent: continue sending, fail, or reconnect (default continue)");
    public static final Flag ON_RESET = Flag.value(
            "on-reset",
            "POLICY",
            "the target resets: fail, reconnect and send the cut-off request again, or skip-request it (default fail)");
    public static final Flag REWRITE = Flag.values(
            "rewrite",
            "RULE",
            "header:NAME=VALUE or text:FROM=TO: what clients said is changed before it is sent; may repeat");
    public static final Flag SESSIONS = Flag.value("sessions", "FILE", "write one JSON line for each session");
    public static final Flag ALLOW_PUBLIC =
            Flag.values("allow-public", "CIDR", "a public network that may be the target, where its own host vouches");
    public static final Flag ATTESTED =
            Flag.toggle("attested", "send nothing unless an intercept on the target's own host vouches for it");
    public static final Flag SAME_SERVER = Flag.toggle("same-server", "the target may be the captured server itself");
    public static final Flag BREAKER = Flag.value(
            "breaker",
            "on|off",
            "no more flows when the target refuses, ignores or resets unanswered 100 of those of 5 s, and a fifth; a pause when it is slow"
                    + " (default on)");
    public static final Flag LIST_ONLY = Flag.toggle("dry-run", "say what is left, and remove nothing");
    public static final Flag DRY_RUN = Flag.toggle("dry-run", "print the plan and send nothing");
    public static final Flag CONFIRM =
            Flag.toggle("confirm", "show the plan and the first requests, and wait for a yes before anything is sent");
    public static final Flag FAIL_ON = Flag.values(
            "fail-on", "FIGURE>LIMIT", "exit 4 when a figure is worse, as 'lag.p99>5ms' or 'flows.failed>1%'");
    public static final Flag STRICT = Flag.toggle("strict", "exit 8 also when flows were skipped by rule");

    private static final List<Flag> COMMON = List.of(JSON, QUIET, VERBOSE, HELP);
    private static final List<Flag> SELECTION = List.of(PORT, HOST, WHERE, SAMPLE, MAX_FLOWS, FLOW);

    public static final Verb INDEX = new Verb(
            "index",
            "CAPTURE... [EXPRESSION]",
            1,
            Integer.MAX_VALUE,
            "captures (files, named pipes, directories, globs, - for stdin) into the flow database; of their packets, those"
                    + " that a tcpdump expression selects",
            List.of(
                    new Example("index capture.pcap", "into flows.tfdb in this directory"),
                    new Example(
                            "index --db shop.tfdb *.pcap.gz tcp port 80 and host 10.0.0.1",
                            "of several captures what a tcpdump expression selects, into another database"),
                    new Example(
                            "index --follow ring/", "a directory into which tcpdump -G writes, as one, until Ctrl-C")),
            all(List.of(
                    List.of(DB, DIGEST, HEAD, ACKS, REDACT, REDACT_RULE, HEADERS_ONLY),
                    List.of(MERGE, FOLLOW, DURATION, MAX_BYTES, FROM, TO, PACKET_PORT, PACKET_HOST),
                    List.of(ALLOW_LOOSE_PERMS),
                    COMMON)));

    public static final Verb FLOWS = new Verb(
            "flows",
            "[DB]",
            0,
            1,
            "list, filter, sort and count the flows of a database",
            List.of(
                    new Example("flows", "all flows of flows.tfdb"),
                    new Example("flows --where 'dst port 8080 and clientBytes > 1000'", "some of them"),
                    new Example(
                            "flows shop.tfdb --sort -durationNs --max-flows 10 --json", "the ten longest, as JSON")),
            all(List.of(List.of(DB), SELECTION, List.of(SORT, FIELDS, COUNT), COMMON)));

    public static final Verb SHOW = new Verb(
            "show",
            "[DB] FLOW",
            1,
            2,
            "one flow: what the client did and when, and both streams in turn",
            List.of(
                    new Example("show 17", "flow 17 of flows.tfdb"),
                    new Example("show --decode 17", "its HTTP messages taken apart; --hex for bytes"),
                    new Example("show shop.tfdb 17 --json", "as JSON")),
            all(List.of(List.of(DB, HEX, DECODE), COMMON)));

    public static final Verb EXPORT = new Verb(
            "export",
            "[DB] -w FILE",
            0,
            1,
            "flows back to a capture: their own packets where the capture is still there, else rebuilt ones",
            List.of(
                    new Example("export -w some.pcap --where 'app == http'", "those flows of flows.tfdb"),
                    new Example("export shop.tfdb --flow 17 -w 17.pcap", "one flow"),
                    new Example("export -w -", "all flows of flows.tfdb as pcapng, into a pipe: | tshark -r -")),
            all(List.of(List.of(DB, WRITE, FORMAT), SELECTION, COMMON)));

    public static final Verb VERIFY = new Verb(
            "verify",
            "[DB]",
            0,
            1,
            "check every byte of a database; --repair recovers what a crash or damage left",
            List.of(
                    new Example("verify", "check flows.tfdb: exit 0 whole, 8 damaged"),
                    new Example("verify --repair shop.tfdb", "make a whole one of a damaged one"),
                    new Example("verify --json", "as one JSON object")),
            all(List.of(List.of(DB, REPAIR), COMMON)));

    public static final Verb REPLAY = new Verb(
            "replay",
            "[DB or CAPTURE]",
            0,
            1,
            "replay the flows' clients against a live server",
            List.of(
                    new Example("replay --target localhost:8080", "the flows of flows.tfdb, as they were"),
                    new Example(
                            "replay capture.pcap --target 10.0.0.9:80 --speed 2x",
                            "straight from a capture, twice as fast"),
                    new Example("replay --map 80=10.0.0.9:80 --map 443=10.0.0.9:8443", "several server ports")),
            all(List.of(
                    List.of(
                            DB,
                            TARGET,
                            MAP,
                            SPEED,
                            COPIES,
                            TRANSPORT,
                            CLIENTS,
                            INTERCEPT,
                            KEYS,
                            SEED,
                            MAX_CONNECTIONS,
                            MAX_RATE,
                            RAMP,
                            LATE,
                            MAX_BANDWIDTH,
                            RESPONSE_TIMEOUT,
                            GIVE_UP,
                            PREWARM,
                            GATE,
                            CONGESTION_CONTROL,
                            ECN,
                            DSCP,
                            TTL,
                            PRESERVE_ISN,
                            ACK_POLICY,
                            WINDOW_POLICY,
                            MIDSTREAM,
                            GAP,
                            ON_EARLY_FIN,
                            ON_RESET,
                            REWRITE),
                    List.of(
                            SESSIONS,
                            METRICS,
                            ALLOW_PUBLIC,
                            ATTESTED,
                            SAME_SERVER,
                            BREAKER,
                            DRY_RUN,
                            CONFIRM,
                            STRICT,
                            FAIL_ON),
                    SELECTION,
                    COMMON)));

    public static final Verb LIVE = new Verb(
            "live",
            "(-i INTERFACE | --listen [HOST]:PORT) [EXPRESSION]",
            0,
            Integer.MAX_VALUE,
            "what an interface sends and receives into the flow database, as it happens; of its packets, those that a tcpdump"
                    + " expression selects",
            List.of(
                    new Example("live -i eth0 --port 80", "this host's own web traffic, into flows.tfdb, until Ctrl-C"),
                    new Example(
                            "live -i any --port 80 --target 10.0.0.9:80",
                            "of all interfaces, and each request to another server as soon as it is captured"),
                    new Example(
                            "live -i eth0 --port 80 --forward 10.0.0.7 --keys lab.p12",
                            "to the host on which live --listen :36524 --keys lab.p12 --target 10.0.0.9:80 runs")),
            all(List.of(
                    List.of(CAPTURE_INTERFACE, CAPTURE, RECORD, LIVE_DURATION, UNTIL, PACKET_PORT, PACKET_HOST, SAMPLE),
                    List.of(FILTER_FILE, METRICS),
                    List.of(FORWARD, ALSO, SOURCE_NAME, SPOOL, SPOOL_BYTES, RECEIVE, SOURCES, KEYS),
                    List.of(ROTATE_SIZE, ROTATE_EVERY, KEEP_SIZE, KEEP_AGE),
                    List.of(RING_BYTES, PROMISCUOUS, DIGEST, HEAD, ACKS, REDACT, REDACT_RULE, HEADERS_ONLY),
                    List.of(TARGET, COPIES, TRANSPORT, CLIENTS, INTERCEPT),
                    List.of(MAX_CONNECTIONS, MAX_BANDWIDTH, RESPONSE_TIMEOUT, GIVE_UP, MIDSTREAM, BREAKER),
                    List.of(ALLOW_PUBLIC, ATTESTED, SAME_SERVER, STRICT, FAIL_ON, ALLOW_LOOSE_PERMS),
                    COMMON)));

    public static final Verb INTERCEPT_VERB = new Verb(
            "intercept",
            "[EXPRESSION]",
            0,
            Integer.MAX_VALUE,
            "keep the target's answers from everybody, and send them to the replayers; with -i those that a tcpdump expression"
                    + " selects",
            List.of(
                    new Example(
                            "intercept --target 10.0.0.9:80 --keys lab.p12", "on the target's host, for 198.18.0.0/15"),
                    new Example(
                            "intercept -i eth0 --keys lab.p12 --payload 65535",
                            "on a host to which the target routes them; with whole answers"),
                    new Example(
                            "intercept -i eth0 --clients 10.99.0.0/16 --listen unix:/run/tj.sock tcp src port 80",
                            "another network, a replayer on the same host; web servers' answers only")),
            all(List.of(
                    List.of(
                            INTERFACE,
                            SWALLOWED_CLIENTS,
                            SERVED_TARGET,
                            SWALLOW,
                            TAP,
                            QUEUE_LENGTH,
                            LISTEN,
                            KEYS,
                            PAYLOAD),
                    COMMON)));

    public static final Verb DOCTOR = new Verb(
            "doctor",
            "[DB]",
            0,
            1,
            "look at each hop of a replay, send one connection without a byte, and name what is wrong and its cure; with"
                    + " --clients original from an address of DB",
            List.of(
                    new Example("doctor --target 10.0.0.9:80", "would a replay to there work from here?"),
                    new Example(
                            "doctor --target 10.0.0.9:80 --clients 198.18.4.0/22 --intercept 10.0.0.3 --keys lab.p12",
                            "the same with an intercept; on the target and on the intercept's host, their own part"),
                    new Example("doctor --target localhost:8080 --json", "as one JSON object")),
            all(List.of(List.of(TARGET, TRANSPORT, CLIENTS, INTERCEPT, KEYS, ALLOW_PUBLIC), COMMON)));

    public static final Verb KEYS_VERB = new Verb(
            "keys",
            "FILE",
            1,
            1,
            "make a key file for replayers and intercepts, or show its fingerprint",
            List.of(
                    new Example("keys lab.p12", "make lab.p12 when it is not there, and print its fingerprint"),
                    new Example("keys /etc/tcpreplay-j/lab.p12", "the same elsewhere"),
                    new Example("keys -q lab.p12", "only the fingerprint")),
            all(List.of(List.of(QUIET, VERBOSE, HELP))));

    public static final Verb CLEANUP = new Verb(
            "cleanup",
            "",
            0,
            0,
            "remove what an intercept left whose guard was killed, too: rules of iptables, devices tjhole...",
            List.of(
                    new Example("cleanup --dry-run", "what was left on this host?"),
                    new Example("cleanup", "close the connections that it concerns, remove it, and say what it was"),
                    new Example("cleanup --json", "the same as one JSON object")),
            all(List.of(List.of(LIST_ONLY), COMMON)));

    /** All verbs, in the order of the help. */
    public static final List<Verb> VERBS =
            List.of(INDEX, FLOWS, SHOW, EXPORT, VERIFY, REPLAY, LIVE, INTERCEPT_VERB, DOCTOR, KEYS_VERB, CLEANUP);

    private Flags() {}

    /** The verb of that name, or null. */
    public static @Nullable Verb verb(final String name) {
        for (final Verb verb : VERBS) {
            if (verb.name().equals(name)) {
                return verb;
            }
        }
        return null;
    }

    private static List<Flag> all(final List<List<Flag>> parts) {
        return parts.stream().flatMap(List::stream).toList();
    }
}
