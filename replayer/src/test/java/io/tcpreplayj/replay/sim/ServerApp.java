package io.tcpreplayj.replay.sim;

/** The process behind the server's TCP: reads requests at its pace, answers as recorded or otherwise, and closes. */
final class ServerApp {
    static final long NEVER = Long.MAX_VALUE;
    private static final long MS = 1_000_000L;
    private static final long SECOND_NS = 1_000 * MS;

    private final Conversation conversation;
    private final Faults faults;
    private final Seeded random;
    private final Spell stalled;
    private final Spell deaf;
    private final long thinkNs;
    private final boolean drips;
    private final int shutdownAfter;
    private final int silentAnswer;

    private int sillyReads;
    private long readBytes;
    private boolean clientClosed;
    private int answer;
    private long left = -1;
    private long writtenBytes;
    private boolean closed;
    private long readNs = NEVER;
    private long writeNs = NEVER;

    ServerApp(final Conversation conversation, final Faults faults, final Seeded random, final long startNs) {
        this.conversation = conversation;
        this.faults = faults;
        this.random = random;
        stalled = faults.spell(FaultKind.TARGET_STALL, startNs, 15 * SECOND_NS);
        deaf = faults.spell(FaultKind.ZERO_WINDOW, startNs, 15 * SECOND_NS);
        thinkNs = random.percent(60) ? 0 : random.spanNs(100_000, 100 * MS);
        drips = faults.has(FaultKind.ANSWER_DRIP) && random.percent(60);
        final int last = conversation.answers() - 1;
        shutdownAfter = faults.has(FaultKind.EARLY_SHUTDOWN) && last > 0 ? random.below(last) : Integer.MAX_VALUE;
        silentAnswer = faults.has(FaultKind.ANSWER_NEVER) ? random.below(conversation.answers()) : Integer.MAX_VALUE;
        sillyReads = faults.has(FaultKind.SILLY_READER) ? random.between(10, 200) : 0;
    }

    /** So much of the client's stream is there to be read. */
    void onReadable(final long inOrderBytes, final boolean fin, final long nowNs) {
        if (faults.covers(FaultKind.TARGET_STALL, stalled, nowNs)
                || faults.covers(FaultKind.ZERO_WINDOW, deaf, nowNs)) {
            readNs = deaf.past(stalled.past(nowNs));
            return;
        }
        if (sillyReads > 0 && readBytes < inOrderBytes && !faults.calm(nowNs)) {
            faults.strike(FaultKind.SILLY_READER);
            sillyReads--;
            readBytes = Math.min(inOrderBytes, readBytes + random.between(1, 2));
            readNs = readBytes < inOrderBytes ? nowNs + 2 * MS : NEVER;
        } else {
            readBytes = inOrderBytes;
            readNs = NEVER;
        }
        clientClosed |= fin && readBytes == inOrderBytes;
        scheduleAnswer(nowNs);
    }

    private void scheduleAnswer(final long nowNs) {
        if (closed || writeNs != NEVER) {
            return;
        }
        if (answer < conversation.answers()) {
            if (readBytes >= conversation.requestEnd(answer)) {
                writeNs = nowNs + thinkNs;
            }
        } else if (mayClose()) {
            closed = true;
        }
    }

    private boolean mayClose() {
        if (faults.has(FaultKind.NEVER_CLOSES)) {
            faults.strike(FaultKind.NEVER_CLOSES);
            return false;
        }
        final Closing closing = conversation.closing();
        return clientClosed || closing == Closing.SERVER_FIRST || closing == Closing.AT_ONCE;
    }

    /** Whether the time has come to do something: read on, or write. */
    boolean readDue(final long nowNs) {
        return readNs <= nowNs;
    }

    boolean writeDue(final long nowNs) {
        return writeNs <= nowNs;
    }

    /** Writes the next answer, or a drop of it. */
    void write(final long nowNs) {
        if (faults.covers(FaultKind.TARGET_STALL, stalled, nowNs)) {
            writeNs = stalled.past(nowNs);
            return;
        }
        writeNs = NEVER;
        if (left < 0) {
            left = liveLength();
        }
        final long piece = drips && left > 1 && !faults.calm(nowNs) ? 1 + random.below((int) left) : left;
        writtenBytes += piece;
        left -= piece;
        if (left > 0) {
            faults.strike(FaultKind.ANSWER_DRIP);
            writeNs = nowNs + random.spanNs(MS, 2 * SECOND_NS);
            return;
        }
        left = -1;
        if (answer == shutdownAfter) {
            faults.strike(FaultKind.EARLY_SHUTDOWN);
            closed = true;
            return;
        }
        answer++;
        scheduleAnswer(nowNs);
    }

    private long liveLength() {
        final int recorded = conversation.answerBytes(answer);
        if (answer == silentAnswer) {
            faults.strike(FaultKind.ANSWER_NEVER);
            return 0;
        }
        if (faults.has(FaultKind.ANSWER_SHORT) && random.coin()) {
            faults.strike(FaultKind.ANSWER_SHORT);
            return random.below(recorded);
        }
        if (faults.has(FaultKind.ANSWER_LONG) && random.coin()) {
            faults.strike(FaultKind.ANSWER_LONG);
            return recorded + random.between(1, 20_000);
        }
        return recorded;
    }

    long deadlineNs() {
        return Math.min(readNs, writeNs);
    }

    long readBytes() {
        return readBytes;
    }

    /** Of the client's stream the server has read all, and its end. */
    boolean clientClosed() {
        return clientClosed;
    }

    long writtenBytes() {
        return writtenBytes;
    }

    boolean closed() {
        return closed;
    }
}
