package io.tcpreplayj.replay;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a replay did: everything that the summary and {@code --json} print. Maps go from the reason's word to its count, in
 * the order to print them; absent reasons are absent.
 *
 * @param flows {@code total = replayed + Σ skipped + Σ failed}, copies counted
 * @param requests of the replayed and failed flows, copies counted
 * @param reconnects connections that the target lost and others took the place of
 * @param bytes client payload
 * @param responses compared with the recorded ones
 * @param latencyNs from due (response time) and from sent (service time) to the answer's last byte
 * @param lagNs sent − due
 * @param transport the word, and why it was chosen
 * @param trouble what kept it from doing all that it should, and the cure, or null
 * @param interruptedBy signal number, or 0
 * @param rewrites what was changed of what clients say; null when nothing was to be
 * @param udp what became of UDP conversations, which {@code flows} counts too and the others do not; null without any
 */
public record ReplayResult(
        Flows flows,
        Requests requests,
        Reconnects reconnects,
        Bytes bytes,
        Responses responses,
        Latency latencyNs,
        Lag lagNs,
        String transport,
        String transportReason,
        String target,
        double speed,
        int copies,
        long seed,
        long startedNs,
        long endedNs,
        Replayer replayer,
        Packets packets,
        @Nullable Trouble trouble,
        int interruptedBy,
        @Nullable Rewrites rewrites,
        @Nullable Udp udp) {

    /** Of a run without UDP. */
    public ReplayResult(
            final Flows flows,
            final Requests requests,
            final Reconnects reconnects,
            final Bytes bytes,
            final Responses responses,
            final Latency latencyNs,
            final Lag lagNs,
            final String transport,
            final String transportReason,
            final String target,
            final double speed,
            final int copies,
            final long seed,
            final long startedNs,
            final long endedNs,
            final Replayer replayer,
            final Packets packets,
            final @Nullable Trouble trouble,
            final int interruptedBy) {
        this(
                flows,
                requests,
                reconnects,
                bytes,
                responses,
                latencyNs,
                lagNs,
                transport,
                transportReason,
                target,
                speed,
                copies,
                seed,
                startedNs,
                endedNs,
                replayer,
                packets,
                trouble,
                interruptedBy,
                null,
                null);
    }

    /** The same with what UDP did beside, or later. */
    ReplayResult with(
            final Flows allFlows,
            final @Nullable Trouble found,
            final @Nullable Udp conversations,
            final Restraint restraint) {
        return copy(allFlows, replayer.with(restraint), found, rewrites, conversations);
    }

    /** The same of clients that did not say all that they said. */
    ReplayResult with(final @Nullable Rewrites made) {
        return copy(flows, replayer, trouble, made, udp);
    }

    private ReplayResult copy(
            final Flows allFlows,
            final Replayer restrained,
            final @Nullable Trouble found,
            final @Nullable Rewrites made,
            final @Nullable Udp conversations) {
        return new ReplayResult(
                allFlows,
                requests,
                reconnects,
                bytes,
                responses,
                latencyNs,
                lagNs,
                transport,
                transportReason,
                target,
                speed,
                copies,
                seed,
                startedNs,
                endedNs,
                restrained,
                packets,
                found,
                interruptedBy,
                made,
                conversations);
    }

    /**
     * What the rules of {@code --rewrite} changed, before anything was sent; each flow once, whatever the copies.
     *
     * @param unmatched what the rules are about that found nothing to change
     */
    public record Rewrites(long places, long flows, List<String> unmatched) {
        public Rewrites {
            unmatched = List.copyOf(unmatched);
        }

        /** In one line. */
        public String words() {
            final String idle =
                    unmatched.isEmpty() ? "" : "; nothing there for --rewrite " + String.join(", ", unmatched);
            return places + (places == 1 ? " place in " : " places in ") + flows + (flows == 1 ? " flow" : " flows")
                    + " rewritten" + idle;
        }
    }

    /**
     * UDP conversations.
     *
     * @param gatesTimedOut datagrams that were sent although those of the server did not come that the captured client had
     *     seen before
     * @param answers of conversations that are not DNS
     * @param latencyNs of DNS queries, as of requests
     */
    public record Udp(Datagrams datagrams, long gatesTimedOut, Dns dns, Answers answers, Latency latencyNs, Lag lagNs) {
        /** {@code planned = sent + notSent}. */
        public record Datagrams(
                long planned, long sent, long notSent, long received, long sentBytes, long receivedBytes) {}

        /**
         * {@code queries = answered + timedOut + cutOff + notSent}, {@code answered = rcodeSame + Σ rcodeDifferent +
         * recordedUnanswered}.
         *
         * @param queries those that were sent again counted once
         * @param cutOff sent, and not waited for to the end: the target refused the conversation, or the run was ended
         * @param rcodeDifferent by "recorded -> live"
         * @param recordedUnanswered answered now, and not in the capture
         * @param unmatched answers to none that waited: they came twice or too late
         */
        public record Dns(
                long queries,
                long answered,
                long timedOut,
                long cutOff,
                long notSent,
                long rcodeSame,
                Map<String, Long> rcodeDifferent,
                long recordedUnanswered,
                long unmatched) {}

        /** {@code expected = equal + different + notCompared + missing}; {@code extra} came beside. */
        public record Answers(long expected, long equal, long different, long notCompared, long missing, long extra) {}
    }

    /** The word for what ended it before its plan did, or null. */
    public @Nullable String stopped() {
        if (trouble != null && trouble.stop() != null) {
            return trouble.stop().label();
        }
        return interruptedBy == 0 ? null : "signal";
    }

    /** Whether the kernel did TCP, which does not tell what it sent, what again, and what was acknowledged. */
    public boolean kernelTcp() {
        return transport.equals(TransportChoice.Kind.SOCKET.label());
    }

    /** Whether there was anything but UDP. */
    public boolean hasTcp() {
        return udp == null || requests.total() > 0 || bytes.clientPlanned() > 0 || bytes.serverReceived() > 0;
    }

    public record Flows(long total, long replayed, Map<String, Long> skipped, Map<String, Long> failed) {}

    /**
     * What became of the requests.
     *
     * @param total {@code = sent + notSent}
     * @param sent left, all their bytes
     * @param answered the answer came whole
     * @param timedOut the response timeout passed
     */
    public record Requests(long total, long sent, long answered, long timedOut) {}

    /**
     * What the policies for lost connections did.
     *
     * @param connectionsLost each time another one took their place, or would have if there had been anything left to send
     * @param requestsRepeated sent again, because the connection broke before their answer was whole
     * @param requestsAbandoned the same, but left out by the rules
     */
    public record Reconnects(long connectionsLost, long requestsRepeated, long requestsAbandoned) {}

    /**
     * Client payload, and what came back.
     *
     * @param clientAcked acknowledged by the target; where the kernel does TCP: taken by the kernel
     * @param clientRetransmitted left more than once; where the kernel does TCP: 0, not known
     */
    public record Bytes(long clientPlanned, long clientAcked, long clientRetransmitted, long serverReceived) {}

    /** {@code compared = matched + different}; together with notCompared: all exchanges. */
    public record Responses(long compared, long matched, long different, Map<String, Long> notCompared) {}

    public record Latency(Percentiles recorded, Percentiles replayed, Percentiles serviceTime) {}

    /** Nanoseconds; all 0 and {@code count} 0 when nothing was measured. */
    public record Percentiles(long count, long p50, long p90, long p99, long p999, long max) {}

    public record Lag(long p50, long p99, long max) {}

    /**
     * What the replayer itself needed.
     *
     * @param trustworthy false when the replayer itself was the bottleneck, so its latencies say more of it than of the
     *     target
     */
    public record Replayer(double cpuSeconds, long maxRssBytes, boolean trustworthy, Restraint restraint) {
        /** Nothing held it back. */
        public Replayer(final double cpuSeconds, final long maxRssBytes, final boolean trustworthy) {
            this(cpuSeconds, maxRssBytes, trustworthy, Restraint.NONE);
        }

        Replayer with(final Restraint other) {
            return new Replayer(cpuSeconds, maxRssBytes, trustworthy, other);
        }
    }

    /**
     * How far its own guard rails held the replayer back, which is none of the target's doing.
     *
     * @param bitsPerSecond the limit; 0 without one
     * @param heldShare of the run's time in which something was to be sent and the limit did not let it, 0 to 1
     * @param pauses how often new connections waited for a target that had become slow, and {@code pausedNs} how long in all
     */
    public record Restraint(long bitsPerSecond, double heldShare, long pauses, long pausedNs) {
        public static final Restraint NONE = new Restraint(0, 0, 0, 0);

        /** Of a run that began at 0 and is at {@code nowNs}. */
        static Restraint of(final ByteLimit limit, final @Nullable CircuitBreaker breaker, final long nowNs) {
            return new Restraint(
                    limit.bitsPerSecond(),
                    heldShare(limit, nowNs),
                    breaker == null ? 0 : breaker.pauses(),
                    breaker == null ? 0 : breaker.pausedNs(nowNs));
        }

        /** The same, of a run that went on until {@code nowNs}. */
        Restraint until(final ByteLimit limit, final long nowNs) {
            return new Restraint(bitsPerSecond, heldShare(limit, nowNs), pauses, pausedNs);
        }

        private static double heldShare(final ByteLimit limit, final long nowNs) {
            return Math.min(1, (double) limit.heldNs(nowNs) / Math.max(1, nowNs));
        }
    }

    /**
     * What crossed the wire, and what the kernel dropped at either end; zeros, not known, where the kernel does TCP.
     *
     * @param feedDelayNs from where an intercept saw a segment to its session, by both hosts' clocks; null without intercepts
     */
    public record Packets(
            long sent,
            long received,
            long sendDropped,
            long receiveDropped,
            EgressWatch watch,
            @Nullable Percentiles feedDelayNs) {}

    /**
     * What the kernel's guard has to tell of packets for others than the targets.
     *
     * @param stopped such packets, a fault of ours; 0 also where that is not known, unless the guard is held
     */
    public record EgressWatch(Held held, long stopped) {
        /** No guard was possible, or the kernel does TCP itself. */
        public static final EgressWatch NONE = new EgressWatch(Held.NONE, 0);

        /** There was one, but not until the end. */
        public static EgressWatch lost(final long stopped) {
            return new EgressWatch(Held.LOST, stopped);
        }

        public static EgressWatch held(final long stopped) {
            return new EgressWatch(Held.HELD, stopped);
        }

        /** Whether there was a guard, to the end. */
        public enum Held {
            NONE("none"),
            HELD("held"),
            LOST("lost");

            private final String word;

            Held(final String word) {
                this.word = word;
            }

            /** As reports have it. */
            public String word() {
                return word;
            }
        }
    }
}
