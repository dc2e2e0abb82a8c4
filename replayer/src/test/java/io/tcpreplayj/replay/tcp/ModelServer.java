package io.tcpreplayj.replay.tcp;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A server's TCP as small as it can be and still be right: it shares no code with the client, keeps all it receives, answers
 * request after request, sends again by timeout only, and closes when the client has closed.
 */
final class ModelServer {
    /** One segment, in real 32-bit numbers; never compared, so its arrays do no harm. */
    @SuppressWarnings("ArrayRecordComponent")
    record Segment(int seq, int ack, int flags, int window, byte[] options, byte[] data) {}

    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int PSH = 8;
    private static final int ACK = 16;
    private static final long MS = 1_000_000L;

    private final int iss;
    private final int mss;
    private final boolean fancy;
    private final int bufferBytes;
    private final long[] requestEnds;
    private final int[] answers;
    private final List<Segment> out = new ArrayList<>();
    private final TreeMap<Integer, byte[]> early = new TreeMap<>();

    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    final ByteArrayOutputStream answered = new ByteArrayOutputStream();
    boolean resetSeen;
    boolean clientFin;
    int acked;

    private boolean open;
    private int irs;
    private int sent;
    private boolean finAcked;
    private int answeredRequests;
    private int unread;
    private int clientWindow = 1000;
    private int clientShift;
    private long rtoNs = 200 * MS;
    private long rtoAtNs = Long.MAX_VALUE;
    private long readAtNs = Long.MAX_VALUE;
    private byte[] clientTs = {};
    private boolean tsOn;

    ModelServer(final Random random, final int iss, final long[] requestEnds, final int[] answers) {
        this.iss = iss;
        this.mss = 100 + random.nextInt(1400);
        this.fancy = random.nextBoolean();
        this.bufferBytes = random.nextInt(3) == 0 ? 200 + random.nextInt(3000) : 60_000;
        this.requestEnds = requestEnds;
        this.answers = answers;
    }

    List<Segment> takeOut() {
        final List<Segment> all = List.copyOf(out);
        out.clear();
        return all;
    }

    long deadlineNs() {
        return Math.min(rtoAtNs, readAtNs);
    }

    void onTimer(final long nowNs) {
        if (nowNs >= readAtNs) {
            // A slow reader: the window opens when the application reads.
            readAtNs = Long.MAX_VALUE;
            unread = 0;
            emit(ACK, sent, new byte[0], nowNs);
        }
        if (nowNs >= rtoAtNs) {
            rtoNs = Math.min(2 * rtoNs, 3000 * MS);
            sent = acked;
            pump(nowNs);
            rtoAtNs = acked < total() ? nowNs + rtoNs : Long.MAX_VALUE;
        }
    }

    /** Everything of ours, in sequence numbers: SYN, answers, FIN. */
    private int total() {
        return 1 + answered.size() + (finDue() ? 1 : 0);
    }

    private boolean finDue() {
        return clientFin && answeredRequests == answers.length;
    }

    boolean done() {
        return resetSeen || (clientFin && finAcked);
    }

    void onSegment(final Sent s) {
        final long nowNs = s.atNs();
        if (s.has(RST)) {
            resetSeen |= open && s.seq() == rcvNxt();
            return;
        }
        if (s.has(SYN)) {
            if (!open) {
                open = true;
                irs = s.seq();
                tsOn = fancy && s.parsed().hasTimestamps();
                clientShift = fancy && s.parsed().windowShift() > 0 ? s.parsed().windowShift() : 0;
            }
            if (acked == 0) {
                rememberTs(s);
                sent = 0;
                pump(nowNs);
            }
            return;
        }
        if (!open || !s.has(ACK)) {
            return;
        }
        rememberTs(s);
        final int ackOffset = s.ack() - iss;
        if (ackOffset > acked && ackOffset <= total()) {
            acked = ackOffset;
            sent = Math.max(sent, acked);
            finAcked = finDue() && acked == total();
            rtoNs = 200 * MS;
            rtoAtNs = acked < total() ? nowNs + rtoNs : Long.MAX_VALUE;
        }
        clientWindow = s.window() << clientShift;
        take(s, nowNs);
        pump(nowNs);
    }

    private void rememberTs(final Sent s) {
        if (tsOn) {
            clientTs = Arrays.copyOf(s.options(), s.options().length);
        }
    }

    private int rcvNxt() {
        return irs + 1 + received.size() + (clientFin ? 1 : 0);
    }

    private void take(final Sent s, final long nowNs) {
        int from = s.seq() - (irs + 1);
        byte[] data = s.payload();
        if (s.segLen() == 0) {
            if (s.seq() != rcvNxt()) {
                emit(ACK, sent, new byte[0], nowNs);
            }
            return;
        }
        final int room = bufferBytes - unread;
        if (from + data.length > received.size() + room) {
            data = Arrays.copyOf(data, Math.max(0, received.size() + room - from));
        } else if (s.has(FIN) && !clientFin && from + data.length >= received.size() && early.isEmpty()) {
            if (from <= received.size()) {
                append(from, data);
                clientFin = true;
                data = new byte[0];
            }
        }
        from = s.seq() - (irs + 1);
        if (data.length > 0) {
            early.merge(from, data, (a, b) -> a.length >= b.length ? a : b);
        }
        for (Map.Entry<Integer, byte[]> e = early.firstEntry();
                e != null && e.getKey() <= received.size();
                e = early.firstEntry()) {
            early.pollFirstEntry();
            append(e.getKey(), e.getValue());
        }
        if (unread > 0 && readAtNs == Long.MAX_VALUE) {
            readAtNs = nowNs + 50 * MS;
        }
        while (answeredRequests < answers.length && received.size() >= requestEnds[answeredRequests]) {
            for (int i = 0; i < answers[answeredRequests]; i++) {
                answered.write('A' + (answeredRequests + i) % 26);
            }
            answeredRequests++;
        }
        emit(ACK, sent, new byte[0], nowNs);
    }

    private void append(final int from, final byte[] data) {
        final int skip = received.size() - from;
        if (!clientFin && skip < data.length) {
            received.write(data, skip, data.length - skip);
            unread += data.length - skip;
        }
    }

    private void pump(final long nowNs) {
        if (sent == 0) {
            emit(SYN | (acked == 0 ? ACK : 0), 0, new byte[0], nowNs);
            sent = 1;
            arm(nowNs);
            return;
        }
        if (acked == 0) {
            return;
        }
        final byte[] stream = answered.toByteArray();
        while (sent <= stream.length && sent - acked < clientWindow) {
            final int from = sent - 1;
            final int length = Math.min(Math.min(mss, stream.length - from), clientWindow - (sent - acked));
            final boolean last = from + length == stream.length;
            emit(ACK | (last ? PSH : 0), sent, Arrays.copyOfRange(stream, from, from + length), nowNs);
            sent += length;
            arm(nowNs);
        }
        if (finDue() && sent == stream.length + 1) {
            emit(ACK | FIN, sent, new byte[0], nowNs);
            sent++;
            arm(nowNs);
        }
    }

    private void arm(final long nowNs) {
        if (rtoAtNs == Long.MAX_VALUE) {
            rtoAtNs = nowNs + rtoNs;
        }
    }

    private void emit(final int flags, final int offset, final byte[] data, final long nowNs) {
        final int window = Math.max(0, bufferBytes - unread);
        out.add(new Segment(iss + offset, rcvNxt(), flags, window, options((flags & SYN) != 0, nowNs), data));
    }

    private byte[] options(final boolean syn, final long nowNs) {
        final byte[] ts = new byte[tsOn ? 12 : 0];
        if (tsOn) {
            ts[0] = 1;
            ts[1] = 1;
            ts[2] = 8;
            ts[3] = 10;
            Timestamps.putInt(ts, 4, (int) (nowNs / MS) + 5);
            // Wherever the client's option stands, its TSval is what we echo.
            final int at = indexOfTs(clientTs);
            if (at >= 0) {
                System.arraycopy(clientTs, at + 2, ts, 8, 4);
            }
        }
        if (!syn) {
            return ts;
        }
        final byte[] mssAndScale = fancy
                ? new byte[] {2, 4, (byte) (mss >> 8), (byte) mss, 4, 2, 1, 3, 3, 0, 1, 1}
                : new byte[] {2, 4, (byte) (mss >> 8), (byte) mss};
        final byte[] all = Arrays.copyOf(mssAndScale, mssAndScale.length + ts.length);
        System.arraycopy(ts, 0, all, mssAndScale.length, ts.length);
        return all;
    }

    private static int indexOfTs(final byte[] options) {
        for (int i = 0; i + 10 <= options.length; i++) {
            if (options[i] == 8 && options[i + 1] == 10) {
                return i;
            }
        }
        return -1;
    }
}
