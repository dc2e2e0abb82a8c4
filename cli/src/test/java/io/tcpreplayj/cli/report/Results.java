package io.tcpreplayj.cli.report;

import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.Trouble;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Made-up results of replays. */
public final class Results {
    private Results() {}

    /** 100 flows of which two failed. */
    public static ReplayResult some() {
        return result(ordered("midstream", 3L, "tls", 5L), Map.of("reset-by-target", 2L), null, 0);
    }

    /** 100 flows, all replayed. */
    public static ReplayResult clean() {
        return result(Map.of(), Map.of(), null, 0);
    }

    /** The same, but for the flows. */
    public static ReplayResult clean(final ReplayResult.Flows flows) {
        return clean(flows, clean().packets(), clean().replayer());
    }

    /** The same, but for the packets. */
    public static ReplayResult clean(final ReplayResult.Packets packets) {
        return clean(clean().flows(), packets, clean().replayer());
    }

    /** The same, held back by its guard rails. */
    static ReplayResult restrained(final ReplayResult.Restraint restraint) {
        final ReplayResult.Replayer usual = clean().replayer();
        return clean(
                clean().flows(),
                clean().packets(),
                new ReplayResult.Replayer(usual.cpuSeconds(), usual.maxRssBytes(), usual.trustworthy(), restraint));
    }

    private static ReplayResult clean(
            final ReplayResult.Flows flows, final ReplayResult.Packets packets, final ReplayResult.Replayer replayer) {
        final ReplayResult good = clean();
        return new ReplayResult(
                flows,
                good.requests(),
                good.reconnects(),
                good.bytes(),
                good.responses(),
                good.latencyNs(),
                good.lagNs(),
                good.transport(),
                good.transportReason(),
                good.target(),
                good.speed(),
                good.copies(),
                good.seed(),
                good.startedNs(),
                good.endedNs(),
                replayer,
                packets,
                good.trouble(),
                good.interruptedBy());
    }

    /** The same figures with the kernel's TCP. */
    public static ReplayResult ofSockets() {
        return result(Map.of(), Map.of(), null, 0, "socket");
    }

    /** Four DNS conversations, and nothing of TCP. */
    public static ReplayResult ofUdpAlone() {
        final ReplayResult some = clean();
        return withoutRequests(
                new ReplayResult.Flows(4, 4, Map.of(), Map.of()),
                new ReplayResult.Udp(
                        new ReplayResult.Udp.Datagrams(9, 9, 0, 9, 300, 600),
                        0,
                        new ReplayResult.Udp.Dns(9, 9, 0, 0, 0, 8, Map.of("NOERROR -> NXDOMAIN", 1L), 0, 0),
                        new ReplayResult.Udp.Answers(0, 0, 0, 0, 0, 0),
                        some.latencyNs(),
                        some.lagNs()));
    }

    /** A hundred connections that asked nothing. */
    public static ReplayResult withoutRequests() {
        return withoutRequests(clean().flows(), null);
    }

    private static ReplayResult withoutRequests(final ReplayResult.Flows flows, final ReplayResult.@Nullable Udp udp) {
        final ReplayResult some = clean();
        final ReplayResult.Percentiles nothing = some.latencyNs().serviceTime();
        return new ReplayResult(
                flows,
                new ReplayResult.Requests(0, 0, 0, 0),
                new ReplayResult.Reconnects(0, 0, 0),
                new ReplayResult.Bytes(0, 0, 0, 0),
                new ReplayResult.Responses(0, 0, 0, Map.of()),
                new ReplayResult.Latency(nothing, nothing, nothing),
                some.lagNs(),
                "socket",
                "UDP goes over the kernel's sockets",
                "127.0.0.1:53",
                1,
                1,
                some.seed(),
                some.startedNs(),
                some.endedNs(),
                some.replayer(),
                some.packets(),
                null,
                0,
                null,
                udp);
    }

    public static ReplayResult result(
            final Map<String, Long> skipped,
            final Map<String, Long> failed,
            final @Nullable Trouble trouble,
            final int signal) {
        return result(skipped, failed, trouble, signal, "tun");
    }

    private static ReplayResult result(
            final Map<String, Long> skipped,
            final Map<String, Long> failed,
            final @Nullable Trouble trouble,
            final int signal,
            final String transport) {
        return new ReplayResult(
                new ReplayResult.Flows(100, 100 - Ledgers.sum(skipped) - Ledgers.sum(failed), skipped, failed),
                new ReplayResult.Requests(180, 180, 178, 2),
                new ReplayResult.Reconnects(failed.isEmpty() ? 0 : 3, failed.isEmpty() ? 0 : 2, 0),
                new ReplayResult.Bytes(20_880, 20_870, 1_460, 418_080),
                new ReplayResult.Responses(170, 168, 2, Map.of("truncated", 10L)),
                new ReplayResult.Latency(
                        new ReplayResult.Percentiles(178, 1_250_000, 2_000_000, 15_000_000, 90_000_000, 1_234_000_000),
                        new ReplayResult.Percentiles(178, 850_000, 900_000, 950_000, 980_000, 999_000),
                        new ReplayResult.Percentiles(0, 0, 0, 0, 0, 0)),
                new ReplayResult.Lag(12_000, 340_000, 1_500_000),
                transport,
                "the target is on this machine",
                "127.0.0.1:8080",
                2.0,
                1,
                42,
                1_700_000_000_000_000_000L,
                1_700_000_012_300_000_000L,
                new ReplayResult.Replayer(1.25, 83_000_000, true),
                new ReplayResult.Packets(900, 1200, 1, 0, ReplayResult.EgressWatch.held(0), null),
                trouble,
                signal);
    }

    private static Map<String, Long> ordered(final String a, final long m, final String b, final long n) {
        final Map<String, Long> map = new LinkedHashMap<>();
        map.put(a, m);
        map.put(b, n);
        return map;
    }
}
