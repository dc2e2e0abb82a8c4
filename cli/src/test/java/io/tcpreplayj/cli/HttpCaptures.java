package io.tcpreplayj.cli;

import java.util.List;

/** The recorded captures of HTTP over formats that are read, each with what the same server logged. */
final class HttpCaptures {
    static final List<String> ALL = List.of(
            "http-abort/http-abort.pcap.gz",
            "http-download10m/http-download10m.pcap.zst",
            "http-gzip/http-gzip.pcap",
            "http-ipv6/http-ipv6.pcap",
            "http-jumbo/http-jumbo.pcap",
            "http-keepalive/http-keepalive.pcap",
            "http-lossynet/http-lossynet-client.pcap.gz",
            "http-lossynet/http-lossynet-server.pcap.gz",
            "http-manyflows/http-manyflows.pcap.zst",
            "http-midstream/http-midstream.pcap",
            "http-mixed/http-mixed.pcapng",
            "http-oneway/http-reqonly.pcap",
            "http-oneway/http-responly.pcap",
            "http-pipeline/http-pipeline.pcap.gz",
            "http-post/http-post.pcap.gz",
            "http-qinq/http-qinq.pcap",
            "http-reuse5tuple/http-reuse5tuple.pcap",
            "http-seqwrap/http-seqwrap.pcap",
            "http-short/http-short.pcap",
            "http-sll/http-any-sll1.pcap",
            "http-sll/http-any-sll2.pcap",
            "http-snap96/http-snap96-full.pcap",
            "http-snap96/http-snap96.pcap",
            "http-tfo/http-tfo.pcap",
            "http-vlan/http-vlan.pcap",
            "http-wrk/http-wrk.pcap.gz");

    private HttpCaptures() {}

    /** The recorded server port to choose. */
    static int port(final String capture) {
        return capture.startsWith("http-sll/") ? 8090 : 8080;
    }
}
