package io.tcpreplayj.flow;

import io.tcpreplayj.flow.redact.SecretRules;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The client's stream, whole, and one row for each piece of it: what becomes {@link ClientEvents}. */
final class ClientLog implements StreamConsumer {
    /** In place of a time: there is none. */
    static final long NO_TIME = Long.MIN_VALUE;

    /** A ByteBuffer's limit is an int, and a block of the database is no place for more. */
    private static final int MAX_BYTES = 1 << 30;

    private static final int CONTROL_AND_LENGTH = 0;
    private static final int GATE = 8;
    private static final int SENT_NS = 16;
    private static final int SERVER_NS = 24;
    private static final int ROW_BYTES = 32;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final long[] NO_HOLES = {};
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final FlowBuilder flow;
    /** Nothing of the stream will be kept, and so much of it is needed to tell its protocol. */
    private final boolean beginningOnly;

    private ByteLog bytes = new ByteLog();
    private ByteLog rows = new ByteLog();
    private boolean gaps;
    /** Where bytes are missing, as an index of those that are not: a secret may have begun there. */
    private long[] holes = NO_HOLES;
    /** How many are missing there. */
    private long[] holeBytes = NO_HOLES;

    private int holeCount;
    /** What the stream looked like when there was no more room for it. */
    private FlowRecord.@Nullable App full;
    /** What it looked like before its secrets were replaced. */
    private FlowRecord.@Nullable App unredacted;

    private long lastGate = StreamAssembler.NO_ACK;
    private int size;
    private ByteBuffer gatheredBytes = NOTHING;
    private ByteBuffer gatheredRows = NOTHING;

    ClientLog(final FlowBuilder flow) {
        this.flow = flow;
        beginningOnly = flow.options().kept() == PayloadKept.NONE;
    }

    @Override
    public void onBytes(
            final long position,
            final ByteBuffer source,
            final int offset,
            final int count,
            final long timeNs,
            final long ack,
            final int control,
            final long digest) {
        if (full != null) {
            return;
        }
        if (count > MAX_BYTES - bytes.length() || flow.hasTooManyRows(rows.length())) {
            flow.onFull();
            return;
        }
        final int kept = beginningOnly ? (int) Math.min(count, FlowBuilder.BEGINNING_BYTES - bytes.length()) : count;
        int grown = bytes.extend(kept);
        source.get(offset, bytes.tail(), bytes.tailLength() - kept, kept);
        lastGate = Math.max(ack, lastGate);
        grown += rows.extend(ROW_BYTES);
        final byte[] cells = rows.tail();
        final int row = rows.tailLength() - ROW_BYTES;
        LONG.set(cells, row + CONTROL_AND_LENGTH, (long) control << 32 | count);
        LONG.set(cells, row + GATE, lastGate);
        LONG.set(cells, row + SENT_NS, timeNs);
        LONG.set(cells, row + SERVER_NS, flow.serverTimeUnder(lastGate));
        flow.grew(grown);
        flow.onDataRow(size++, lastGate);
    }

    @Override
    public void onGap(final long from, final long to) {
        gaps = true;
        if (beginningOnly || full != null) {
            return;
        }
        if (holeCount == 0 || holes[holeCount - 1] != bytes.length()) {
            noteHole();
        }
        holeBytes[holeCount - 1] += to - from;
    }

    private void noteHole() {
        if (holeCount == holes.length) {
            final int more = Math.max(2, holeCount);
            holes = Arrays.copyOf(holes, holeCount + more);
            holeBytes = Arrays.copyOf(holeBytes, holeCount + more);
            flow.grew(2 * more * Long.BYTES);
        }
        holes[holeCount++] = bytes.length();
    }

    /** Keeps nothing of the stream any more but what it looked like. */
    void drop(final FlowRecord.App app) {
        full = app;
        flow.grew(-footprint());
        bytes.clear();
        rows.clear();
        holes = NO_HOLES;
        holeBytes = NO_HOLES;
        holeCount = 0;
        size = 0;
    }

    /** See {@link ByteLog#beginning}. */
    byte[] beginning(final int atMost, final SpillFile spill) {
        return bytes.beginning(atMost, spill);
    }

    /** Index and position differ by a constant: nothing was missing so far. */
    boolean isContiguous() {
        return !gaps && full == null;
    }

    /** The stream is longer than can be kept. */
    boolean isFull() {
        return full != null;
    }

    /** What a stream looked like that is longer than can be kept, or whose secrets were replaced; else null. */
    FlowRecord.@Nullable App knownApp() {
        return full != null ? full : unredacted;
    }

    long length() {
        return bytes.length();
    }

    /** For {@link StreamAssembler#countConflicts}: the bytes in memory, from index {@link #spilledLength} on. */
    byte[] tail() {
        return bytes.tail();
    }

    int tailLength() {
        return bytes.tailLength();
    }

    long spilledLength() {
        return bytes.spilledLength();
    }

    /** So many bytes from {@code from} on, of those that are no longer in memory. */
    byte[] spilled(final long from, final int count, final SpillFile spill) {
        return bytes.spilled(from, count, spill);
    }

    int size() {
        return size;
    }

    /** A row that came since the flow was frozen last, {@code from} bytes behind the stream's start; before {@link #gather}. */
    void tell(final int row, final long from, final EventTimes times, final ClientRow into) {
        final byte[] cells = rows.tail();
        final int at = (int) ((long) row * ROW_BYTES - rows.spilledLength());
        final long controlAndLength = (long) LONG.get(cells, at + CONTROL_AND_LENGTH);
        final int control = (int) (controlAndLength >>> Integer.SIZE);
        into.data(
                EventTimes.flags(control),
                EventTimes.urgent(control),
                bytes.tail(),
                (int) (from - bytes.spilledLength()),
                (int) controlAndLength);
        times.onRow((long) LONG.get(cells, at + GATE), (long) LONG.get(cells, at + SENT_NS), (long)
                LONG.get(cells, at + SERVER_NS));
    }

    /**
     * Brings all rows and bytes to where they can be looked at; nothing may be appended afterwards.
     *
     * @param greeting what the server said first
     * @return what became of the secrets, when they were looked for
     */
    @Nullable
    ClientSecrets gather(final SpillFile spill, final byte[] greeting) {
        gatheredRows = rows.contents(spill);
        final SecretRules rules = flow.options().rules();
        if (rules == null) {
            gatheredBytes = bytes.contents(spill);
            return null;
        }
        final byte[] beginning = bytes.beginning(FlowBuilder.BEGINNING_BYTES, spill);
        unredacted = AppDetector.detect(beginning, beginning.length, greeting);
        final StreamAssembler client = flow.client();
        final boolean isStart = (client != null && client.hasSyn()) || unredacted == FlowRecord.App.HTTP;
        final ClientSecrets secrets = new ClientSecrets(rules);
        gatheredBytes = secrets.redact(bytes, holes(!isStart), spill);
        return secrets;
    }

    /** @param alsoAtStart before the first byte others are missing too */
    private long[] holes(final boolean alsoAtStart) {
        final int more = alsoAtStart && (holeCount == 0 || holes[0] > 0) ? 1 : 0;
        final long[] all = new long[holeCount + more];
        System.arraycopy(holes, 0, all, more, holeCount);
        return all;
    }

    /** The stream from index 0 to the limit; after {@link #gather}. */
    ByteBuffer bytes() {
        return gatheredBytes;
    }

    /** These and the following after {@link #gather}. */
    int length(final int row) {
        return gatheredRows.getInt(row * ROW_BYTES + CONTROL_AND_LENGTH + 4);
    }

    /** See {@link StreamAssembler}'s control. */
    int control(final int row) {
        return gatheredRows.getInt(row * ROW_BYTES + CONTROL_AND_LENGTH);
    }

    /** Position in the server's direction. */
    long gate(final int row) {
        return gatheredRows.getLong(row * ROW_BYTES + GATE);
    }

    /** Capture time. */
    long sentNs(final int row) {
        return gatheredRows.getLong(row * ROW_BYTES + SENT_NS);
    }

    /** Capture time of the last server byte under the gate, or {@link #NO_TIME}. */
    long serverNs(final int row) {
        return gatheredRows.getLong(row * ROW_BYTES + SERVER_NS);
    }

    int holeCount() {
        return holeCount;
    }

    /** How many bytes of the stream are there before the hole. */
    long holeOffset(final int hole) {
        return holes[hole];
    }

    long holeBytes(final int hole) {
        return holeBytes[hole];
    }

    /** Bytes of memory in use. */
    int footprint() {
        return bytes.footprint() + rows.footprint() + 2 * holes.length * Long.BYTES;
    }

    @SuppressWarnings("EnumOrdinal")
    void freeze(final StateBuffer state, final SpillFile spill) {
        bytes.freeze(state, spill);
        rows.freeze(state, spill);
        state.putBoolean(gaps);
        state.putLongs(holes, holeCount);
        state.putLongs(holeBytes, holeCount);
        state.putByte(full == null ? -1 : full.ordinal());
        state.putLong(lastGate);
        state.putInt(size);
    }

    static ClientLog thaw(final FlowBuilder flow, final StateBuffer state) {
        final ClientLog log = new ClientLog(flow);
        log.bytes = ByteLog.thaw(state);
        log.rows = ByteLog.thaw(state);
        log.gaps = state.getBoolean();
        log.holes = state.getLongs();
        log.holeBytes = state.getLongs();
        log.holeCount = log.holes.length;
        final int app = state.getByte();
        log.full = app < 0 ? null : FlowRecord.App.values()[app];
        log.lastGate = state.getLong();
        log.size = state.getInt();
        return log;
    }
}
