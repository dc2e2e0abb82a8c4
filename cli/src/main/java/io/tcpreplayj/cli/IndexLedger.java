package io.tcpreplayj.cli;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.packet.Verdict;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What became of the packets and flows of one capture, or of several added up. */
@SuppressWarnings("EnumOrdinal") // Indexes of counters in memory, one a packet; nothing stores them.
final class IndexLedger {
    private final long[] byVerdict = new long[Verdict.values().length];
    private final long[] byReason = new long[FlowRecord.SkipReason.values().length];
    private final CaptureContents contents = new CaptureContents();
    private long filtered;
    private long noPlace;
    private long shed;
    private long flowsCut;
    private long late;
    private long packets;
    private long flows;
    private long replayable;
    private long tcpRequests;
    private long redactedValues;
    private long redactedBytes;

    /** What the assembler says it began; checked against the flows that came out. */
    private long flowsBegun;

    void onPacket(final Verdict verdict) {
        byVerdict[verdict.ordinal()]++;
    }

    /** A packet that the user did not select. */
    void onFiltered() {
        filtered++;
    }

    /** A UDP datagram, which the database has no place for: it is of an older version. */
    void onNoPlace() {
        noPlace++;
    }

    /** UDP datagrams without a place. */
    long noPlace() {
        return noPlace;
    }

    /** A packet of a flow that was given up. */
    void onShed() {
        shed++;
    }

    /** A flow that was open, and was given up where it was captured. */
    void onFlowCut() {
        flowsCut++;
    }

    /** Flows that were open, and were given up where they were captured. */
    long flowsCut() {
        return flowsCut;
    }

    /** Packets of flows that were given up. */
    long shed() {
        return shed;
    }

    void onFlow(final FlowRecord flow) {
        flows++;
        final FlowRecord.SkipReason reason = flow.skipReason();
        if (reason == null) {
            replayable++;
            tcpRequests += flow.protocol() == FlowRecord.Protocol.TCP ? flow.requests() : 0;
        } else {
            byReason[reason.ordinal()]++;
        }
    }

    /** Segments of flows that had been written before they came. */
    void onLate(final long segments) {
        late += segments;
    }

    /** Packets that the reader says it handed over. */
    void onRead(final long count) {
        packets += count;
    }

    void onFlowsBegun(final long count) {
        flowsBegun += count;
    }

    /** Secrets that the assembler says it replaced, and their bytes. */
    void onRedacted(final long values, final long bytes) {
        redactedValues += values;
        redactedBytes += bytes;
    }

    long redactedValues() {
        return redactedValues;
    }

    long redactedBytes() {
        return redactedBytes;
    }

    /** What kinds of packets these were. */
    CaptureContents contents() {
        return contents;
    }

    void add(final IndexLedger other) {
        contents.add(other.contents);
        filtered += other.filtered;
        noPlace += other.noPlace;
        shed += other.shed;
        flowsCut += other.flowsCut;
        late += other.late;
        packets += other.packets;
        flows += other.flows;
        replayable += other.replayable;
        tcpRequests += other.tcpRequests;
        flowsBegun += other.flowsBegun;
        redactedValues += other.redactedValues;
        redactedBytes += other.redactedBytes;
        for (int i = 0; i < byVerdict.length; i++) {
            byVerdict[i] += other.byVerdict[i];
        }
        for (int i = 0; i < byReason.length; i++) {
            byReason[i] += other.byReason[i];
        }
    }

    long packets() {
        return packets;
    }

    long indexed() {
        return byVerdict[Verdict.TCP.ordinal()] + byVerdict[Verdict.UDP.ordinal()] - late;
    }

    /** Packets that are no segments or datagrams that we read, or were not selected, by reason. */
    Map<String, Long> skipped() {
        final Map<String, Long> skipped = new LinkedHashMap<>();
        if (filtered > 0) {
            skipped.put("filtered", filtered);
        }
        if (shed > 0) {
            skipped.put("shed", shed);
        }
        if (late > 0) {
            skipped.put("late", late);
        }
        if (noPlace > 0) {
            skipped.put("udp", noPlace);
        }
        for (final Verdict verdict : Verdict.values()) {
            if (verdict != Verdict.TCP && verdict != Verdict.UDP && byVerdict[verdict.ordinal()] > 0) {
                skipped.put(verdict.name().toLowerCase(Locale.ROOT).replace('_', '-'), byVerdict[verdict.ordinal()]);
            }
        }
        return skipped;
    }

    long flows() {
        return flows;
    }

    long replayable() {
        return replayable;
    }

    /** Requests of replayable TCP flows: datagrams are counted apart, by the replay. */
    long tcpRequests() {
        return tcpRequests;
    }

    Map<String, Long> notReplayable() {
        final Map<String, Long> reasons = new LinkedHashMap<>();
        for (final FlowRecord.SkipReason reason : FlowRecord.SkipReason.values()) {
            if (byReason[reason.ordinal()] > 0) {
                reasons.put(reason.label(), byReason[reason.ordinal()]);
            }
        }
        return reasons;
    }

    /** The first sum that is wrong, in words; empty when all hold. */
    String fault() {
        long judged = filtered + noPlace + shed;
        for (final long count : byVerdict) {
            judged += count;
        }
        if (judged != packets) {
            return "packets do not add up: " + packets + " read, " + judged + " judged";
        }
        final String fault = contents.fault(packets);
        if (!fault.isEmpty()) {
            return fault;
        }
        return flows == flowsBegun ? "" : "flows do not add up: " + flowsBegun + " begun, " + flows + " written";
    }
}
