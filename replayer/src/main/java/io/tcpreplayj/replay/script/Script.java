package io.tcpreplayj.replay.script;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import java.nio.ByteBuffer;

/** What one captured client did, ready to be done again: all of it, or, while it is being captured, what there is by now. */
public interface Script {
    /** The record; of a script that grows, rows and exchanges grow with it, and the rest is as it was in the beginning. */
    FlowRecord flow();

    /**
     * The client's stream from {@link #clientStart} on, index 0 to limit; read by absolute access only. Another buffer once
     * the script has grown.
     */
    ByteBuffer clientBytes();

    /** Bytes of the client's stream that are not kept any more: nobody will ask for them again. */
    default long clientStart() {
        return 0;
    }

    /** Nothing will be added any more. */
    boolean isWhole();

    /** Whether the captured server answered, and nobody reset; while it is being captured, an answer may be yet to come. */
    boolean expectsAnswer();

    /** Length of the server's stream, as far as it is known. */
    long serverBytes();

    /** Before this time of the replay clock a row is never due; also asked of the row behind the last, the script's end. */
    long earliestNs(int row);

    /** What is left from {@code exchange} on, for a connection of its own: its requests leave as soon as that stands. */
    Script from(int exchange);

    /** Bytes that the client will send in all, as far as they are known. */
    default long clientLength() {
        return clientStart() + clientBytes().limit();
    }

    /** Requests of all exchanges that are known. */
    default long requests() {
        final Exchanges exchanges = flow().exchanges();
        long requests = 0;
        for (int i = 0; i < exchanges.size(); i++) {
            requests += exchanges.requests(i);
        }
        return requests;
    }

    /** Client bytes before the exchange; behind the last one, all of them. */
    default long offsetOf(final int exchange) {
        if (exchange == flow().exchanges().size()) {
            return clientLength();
        }
        final ClientEvents events = flow().events();
        long offset = 0;
        for (int row = 0; row < flow().exchanges().firstEvent(exchange); row++) {
            offset += events.length(row);
        }
        return offset;
    }

    /** How many exchanges, {@code most} at most, lie wholly within the first {@code bytes} of the client's. */
    default int exchangesWithin(final long bytes, final int most) {
        int count = most;
        while (count > 0 && offsetOf(count) > bytes) {
            count--;
        }
        return count;
    }
}
