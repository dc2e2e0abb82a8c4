package io.tcpreplayj.flow;

import org.jspecify.annotations.Nullable;

/** What an open flow has written down of both directions; each log is there from its first row on. */
final class FlowLogs {
    /** What a log takes of the heap before there is anything in it. */
    private static final int LOG_BYTES = 240;

    private static final int HAS_CLIENT = 1;
    private static final int HAS_EXCHANGES = 2;
    private static final int HAS_ANSWERS = 4;
    private static final int HAS_CLOSING = 8;
    private static final int HAS_ACKS = 16;

    private static final byte[] NO_BYTES = {};

    private final FlowBuilder flow;
    private @Nullable ClientLog client;
    private @Nullable ExchangeLog exchanges;
    private @Nullable AnswerLog answers;
    private @Nullable ClosingLog closing;
    private @Nullable AckLog acks;
    private long redactedValues;
    private long redactedBytes;

    FlowLogs(final FlowBuilder flow) {
        this.flow = flow;
    }

    ClientLog client() {
        if (client == null) {
            client = new ClientLog(flow);
            flow.grew(LOG_BYTES);
        }
        return client;
    }

    ExchangeLog exchanges() {
        if (exchanges == null) {
            exchanges = new ExchangeLog();
            flow.grew(LOG_BYTES);
        }
        return exchanges;
    }

    AnswerLog answers() {
        if (answers == null) {
            answers = new AnswerLog(flow, exchanges());
        }
        return answers;
    }

    ClosingLog closing() {
        if (closing == null) {
            closing = new ClosingLog();
        }
        return closing;
    }

    /** See {@link AckLog#onSegment}. */
    void onAck(final long ack, final long delayNs, final long window) {
        if (acks == null) {
            acks = new AckLog();
        }
        flow.grew(acks.onSegment(ack, delayNs, window));
    }

    @Nullable
    AckLog acksOrNull() {
        return acks;
    }

    @Nullable
    ClientLog clientOrNull() {
        return client;
    }

    @Nullable
    ExchangeLog exchangesOrNull() {
        return exchanges;
    }

    @Nullable
    AnswerLog answersOrNull() {
        return answers;
    }

    @Nullable
    ClosingLog closingOrNull() {
        return closing;
    }

    /** A row of client data came in stream order. */
    void onDataRow(final int row, final long gate) {
        if (answers != null) {
            answers.onDataRow(row, gate);
        } else {
            flow.grew(exchanges().onDataRow(row, gate));
        }
    }

    /** Bytes of exchanges that are on disk. */
    long exchangeBytesAside() {
        return exchanges == null ? 0 : exchanges.asideBytes();
    }

    /** There is no room for more of the client's stream. Nothing of it is kept then: half of it is of no use. */
    void onFull(final SpillFile spill) {
        final byte[] beginning = client().beginning(FlowBuilder.BEGINNING_BYTES, spill);
        final byte[] greeting = answers == null ? NO_BYTES : answers.greeting();
        client().drop(AppDetector.detect(beginning, beginning.length, greeting));
        if (exchanges != null) {
            flow.grew(-LOG_BYTES - exchanges.footprint());
            exchanges = null;
        }
        if (answers != null) {
            answers.forget(exchanges());
        }
    }

    /** Brings everything to memory, for the record, and replaces the secrets in it when that was asked for. */
    void gather(final SpillFile spill) {
        if (exchanges != null) {
            exchanges.gather(spill);
        }
        if (client != null) {
            final ClientSecrets secrets = client.gather(spill, answers == null ? NO_BYTES : answers.greeting());
            if (secrets != null) {
                redactedValues += secrets.values();
                redactedBytes += secrets.bytes();
            }
        }
        if (answers != null) {
            final AnswerSecrets secrets = answers.replaceSecrets(spill);
            if (secrets != null) {
                redactedValues += secrets.values();
                redactedBytes += secrets.bytes();
            }
        }
    }

    /** Secrets that were replaced in what is kept; after {@link #gather}. */
    long redactedValues() {
        return redactedValues;
    }

    /** Bytes of them. */
    long redactedBytes() {
        return redactedBytes;
    }

    /** The directions were taken for each other. Returns whether any bytes had been written down. */
    boolean forget() {
        final boolean any = client != null || answers != null;
        flow.grew(-footprint());
        client = null;
        exchanges = null;
        answers = null;
        closing = null;
        acks = null;
        return any;
    }

    /** Bytes of memory in use. */
    int footprint() {
        return (answers == null ? 0 : answers.footprint())
                + (acks == null ? 0 : acks.footprint())
                + (client == null ? 0 : LOG_BYTES + client.footprint())
                + (exchanges == null ? 0 : LOG_BYTES + exchanges.footprint());
    }

    /** SHA-256 digests that have begun keep the flow in memory. */
    boolean canFreeze() {
        return answers == null || answers.canFreeze();
    }

    void freeze(final StateBuffer state, final SpillFile spill) {
        state.putByte((client == null ? 0 : HAS_CLIENT)
                | (exchanges == null ? 0 : HAS_EXCHANGES)
                | (answers == null ? 0 : HAS_ANSWERS)
                | (closing == null ? 0 : HAS_CLOSING)
                | (acks == null ? 0 : HAS_ACKS));
        if (client != null) {
            client.freeze(state, spill);
        }
        if (exchanges != null) {
            exchanges.freeze(answers == null ? 0 : answers.openExchange(), state, spill);
        }
        if (answers != null) {
            answers.freeze(state, spill);
        }
        if (closing != null) {
            closing.freeze(state);
        }
        if (acks != null) {
            acks.freeze(state);
        }
    }

    /** Fills what has nothing yet. */
    void thaw(final StateBuffer state) {
        final int logs = state.getByte();
        client = (logs & HAS_CLIENT) == 0 ? null : ClientLog.thaw(flow, state);
        exchanges = (logs & HAS_EXCHANGES) == 0 ? null : ExchangeLog.thaw(state);
        answers = (logs & HAS_ANSWERS) == 0 ? null : AnswerLog.thaw(flow, exchanges(), state);
        closing = (logs & HAS_CLOSING) == 0 ? null : ClosingLog.thaw(state);
        acks = (logs & HAS_ACKS) == 0 ? null : AckLog.thaw(state);
    }
}
