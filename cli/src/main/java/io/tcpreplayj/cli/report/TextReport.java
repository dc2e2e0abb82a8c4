package io.tcpreplayj.cli.report;

import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.ReplayResult.Percentiles;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;

/** A replay's result for people: the ledger, then the times, then the verdict. */
public final class TextReport {
    private TextReport() {}

    /** Prints it. */
    public static void print(final ReplayResult result, final int exit, final PrintStream out) {
        out.println("replayed to " + result.target() + " at " + Human.speed(result.speed())
                + (result.copies() == 1 ? "" : ", " + result.copies() + " copies")
                + ", in " + Human.duration(result.endedNs() - result.startedNs()) + ", seed " + result.seed());
        out.println("transport  " + result.transport()
                + (result.transportReason().isEmpty() ? "" : ": " + result.transportReason()));
        flows(result.flows(), out);
        if (result.rewrites() != null) {
            out.println("rewrites   " + Human.safe(result.rewrites().words()));
        }
        if (result.hasTcp()) {
            ledger(result, out);
        }
        if (result.udp() != null) {
            UdpReport.text(result.udp(), out);
        }
        if (result.hasTcp()) {
            latency(result, out);
        }
        final var lag = result.lagNs();
        out.println("lag        p50 " + Human.duration(lag.p50()) + ", p99 " + Human.duration(lag.p99()) + ", max "
                + Human.duration(lag.max()));
        if (result.hasTcp()) {
            out.println("packets    "
                    + (result.kernelTcp() ? "not known: the kernel does TCP" : packets(result.packets())));
        }
        if (result.packets().watch().held() == ReplayResult.EgressWatch.Held.LOST) {
            out.println("           the kernel's guard against packets to others was gone before the end");
        }
        final var replayer = result.replayer();
        out.println("replayer   " + Human.duration((long) (replayer.cpuSeconds() * 1e9)) + " of CPU, "
                + Human.bytes(replayer.maxRssBytes()) + " of memory");
        restraint(replayer.restraint(), out);
        if (!replayer.trustworthy()) {
            out.println(
                    "           it was the bottleneck itself: the replayed latencies say more of it than of the target");
        }
        if (result.trouble() != null) {
            out.println("trouble    " + result.trouble().text());
        }
        if (result.interruptedBy() != 0) {
            out.println("interrupted by signal " + result.interruptedBy() + ": this report is partial");
        }
        out.println("exit       " + exit);
    }

    private static void restraint(final ReplayResult.Restraint restraint, final PrintStream out) {
        if (restraint.bitsPerSecond() > 0) {
            out.println("           --max-bandwidth " + Human.rate((double) restraint.bitsPerSecond()) + "bit/s"
                    + " held packets back "
                    + String.format(Locale.ROOT, "%.1f %%", 100 * restraint.heldShare())
                    + (restraint.heldShare() == 0
                            ? " of the time"
                            : " of the time: the lag, and what of the latencies it adds, is the limit's and not the"
                                    + " target's"));
        }
        if (restraint.pauses() > 0) {
            out.println("           new connections paused "
                    + Human.count(restraint.pauses(), "time") + ", "
                    + Human.duration(restraint.pausedNs())
                    + " in all, because the target took ten times as long to answer SYNs as at first");
        }
    }

    private static String packets(final ReplayResult.Packets packets) {
        return "sent " + packets.sent() + ", received " + packets.received() + ", dropped by the kernel "
                + packets.sendDropped() + " sending and " + packets.receiveDropped() + " receiving";
    }

    private static void flows(final ReplayResult.Flows flows, final PrintStream out) {
        final long skipped = Ledgers.sum(flows.skipped());
        final long failed = Ledgers.sum(flows.failed());
        out.println("flows      " + flows.total() + " = " + flows.replayed() + " replayed + " + skipped + " skipped + "
                + failed + " failed");
        reasons("skipped", flows.skipped(), out);
        reasons("failed", flows.failed(), out);
    }

    private static void ledger(final ReplayResult result, final PrintStream out) {
        final var requests = result.requests();
        out.println("requests   " + requests.total() + ": " + requests.sent() + " sent, " + requests.answered()
                + " answered, " + requests.timedOut() + " timed out");
        final var reconnects = result.reconnects();
        if (reconnects.connectionsLost() > 0) {
            out.println("           " + Human.count(reconnects.connectionsLost(), "connection") + " lost: "
                    + reconnects.requestsRepeated() + " requests sent again, " + reconnects.requestsAbandoned()
                    + " abandoned");
        }
        final var bytes = result.bytes();
        out.println("bytes      " + bytes.clientPlanned() + " planned, " + bytes.clientAcked()
                + (result.kernelTcp()
                        ? " taken by the kernel, retransmitted not known; "
                        : " acknowledged, " + bytes.clientRetransmitted() + " retransmitted; ")
                + bytes.serverReceived() + " received");
        final var responses = result.responses();
        out.println("responses  " + responses.compared() + " compared = " + responses.matched() + " matched + "
                + responses.different() + " different; " + Ledgers.sum(responses.notCompared()) + " not compared");
        reasons("not compared", responses.notCompared(), out);
    }

    private static void reasons(final String what, final Map<String, Long> reasons, final PrintStream out) {
        if (!reasons.isEmpty()) {
            out.println("           " + what + ": " + Human.reasons(reasons));
        }
    }

    private static void latency(final ReplayResult result, final PrintStream out) {
        final TextTable table = new TextTable(out, "latency", ">p50", ">p90", ">p99", ">p99.9", ">max");
        row(table, "  recorded", result.latencyNs().recorded());
        row(table, "  replayed", result.latencyNs().replayed());
        row(table, "  service time", result.latencyNs().serviceTime());
        table.flush();
    }

    private static void row(final TextTable table, final String name, final Percentiles times) {
        if (times.count() == 0) {
            table.row(name, "-", "-", "-", "-", "-");
            return;
        }
        table.row(
                name,
                Human.duration(times.p50()),
                Human.duration(times.p90()),
                Human.duration(times.p99()),
                Human.duration(times.p999()),
                Human.duration(times.max()));
    }
}
