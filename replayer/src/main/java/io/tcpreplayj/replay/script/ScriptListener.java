package io.tcpreplayj.replay.script;

/** What the ledger, the judge and the histograms want to know of a running script. All times in ns of the replay clock. */
public interface ScriptListener {
    /** The first exchange begins: so many live bytes came before it, and are no answer. */
    default void onGreeting(final long bytes) {}

    /** The exchange's last byte left for the first time; {@code dueNs} is when it should have left. */
    void onRequestSent(int exchange, long dueNs, long sentNs);

    /**
     * The exchange is over: its answer is complete, or the script moved on without it.
     *
     * @param responseBytes live bytes of the answer
     * @param lastByteNs when the last of them came, or -1 when none did
     * @param timedOut the response timeout passed
     */
    void onExchangeEnd(int exchange, long dueNs, long sentNs, long responseBytes, long lastByteNs, boolean timedOut);
}
