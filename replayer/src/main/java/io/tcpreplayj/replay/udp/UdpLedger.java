package io.tcpreplayj.replay.udp;

import io.tcpreplayj.flow.dns.DnsNames;
import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.judge.LatencyRecorder;
import java.util.Map;
import java.util.TreeMap;

/** What became of the conversations, datagrams and queries of a run; sums are in {@link ReplayResult.Udp}. */
final class UdpLedger {
    final LatencyRecorder latency = new LatencyRecorder();
    private final Map<String, Long> failed = new TreeMap<>();
    private final Map<String, Long> otherRcodes = new TreeMap<>();
    private long replayed;
    private long planned;
    private long sent;
    private long sentBytes;
    private long received;
    private long receivedBytes;
    private long gatesTimedOut;
    private long queries;
    private long answered;
    private long timedOut;
    private long cutOff;
    private long notSent;
    private long rcodeSame;
    private long recordedUnanswered;
    private long unmatched;
    private long expected;
    private long equal;
    private long different;
    private long notCompared;
    private long missing;
    private long extra;

    void onEnd(final String failure) {
        if (failure.isEmpty()) {
            replayed++;
        } else {
            failed.merge(failure, 1L, Long::sum);
        }
    }

    void onPlanned(final long datagrams) {
        planned += datagrams;
    }

    void onSent(final int bytes) {
        sent++;
        sentBytes += bytes;
    }

    void onReceived(final int bytes) {
        received++;
        receivedBytes += bytes;
    }

    void onGateTimeout() {
        gatesTimedOut++;
    }

    void onQueryAnswered(final int recordedRcode, final int rcode) {
        queries++;
        answered++;
        if (recordedRcode == RecordedDns.UNANSWERED) {
            recordedUnanswered++;
        } else if (recordedRcode == rcode) {
            rcodeSame++;
        } else {
            otherRcodes.merge(DnsNames.rcode(recordedRcode) + " -> " + DnsNames.rcode(rcode), 1L, Long::sum);
        }
    }

    void onQueryTimedOut() {
        queries++;
        timedOut++;
    }

    /** The conversation ended before: the target refused it, or the run was ended. */
    void onQueryCutOff() {
        queries++;
        cutOff++;
    }

    void onQueryNotSent() {
        queries++;
        notSent++;
    }

    /** An answer that no query waits for: it came twice, or too late. */
    void onUnmatched() {
        unmatched++;
    }

    /** Of a conversation that is not DNS: a datagram that was recorded, and another one where it should be. */
    void onCompared(final boolean asRecorded) {
        expected++;
        if (asRecorded) {
            equal++;
        } else {
            different++;
        }
    }

    void onNotCompared() {
        expected++;
        notCompared++;
    }

    void onMissing(final long datagrams) {
        expected += datagrams;
        missing += datagrams;
    }

    void onExtra() {
        extra++;
    }

    long replayed() {
        return replayed;
    }

    Map<String, Long> failed() {
        return failed;
    }

    ReplayResult.Udp result() {
        return new ReplayResult.Udp(datagrams(), gatesTimedOut, dns(), answers(), latency.latency(), latency.lag());
    }

    ReplayResult.Udp.Datagrams datagrams() {
        return new ReplayResult.Udp.Datagrams(planned, sent, planned - sent, received, sentBytes, receivedBytes);
    }

    ReplayResult.Udp.Dns dns() {
        return new ReplayResult.Udp.Dns(
                queries,
                answered,
                timedOut,
                cutOff,
                notSent,
                rcodeSame,
                new TreeMap<>(otherRcodes),
                recordedUnanswered,
                unmatched);
    }

    ReplayResult.Udp.Answers answers() {
        return new ReplayResult.Udp.Answers(expected, equal, different, notCompared, missing, extra);
    }
}
