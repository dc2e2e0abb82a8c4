package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.report.Human;
import java.io.IOException;
import java.util.Locale;

/**
 * What was lost between the captures and the target.
 *
 * @param captured packets that there were
 * @param received those of them that went into flows, or were no one's
 * @param requests of TCP flows that can be replayed, copies counted; datagrams that did not leave are the replay's to tell
 * @param replayed those of them that left; -1 where nothing is replayed, or nobody knows how many should have been
 */
record Loss(long captured, long received, long requests, long replayed) {
    boolean isNone() {
        return captured == received && (replayed < 0 || requests <= replayed);
    }

    /** For people. */
    String words() {
        final String packets = ratio(captured - received, captured, "captured packet");
        return replayed < 0 ? packets : packets + ", " + ratio(Math.max(0, requests - replayed), requests, "request");
    }

    private static String ratio(final long lost, final long all, final String noun) {
        return String.format(
                Locale.ROOT, "%d of %s (%.4f %%)", lost, Human.count(all, noun), all == 0 ? 0.0 : 100.0 * lost / all);
    }

    /** For machines. */
    void write(final JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("loss");
        json.writeNumberField("packetsCaptured", captured);
        json.writeNumberField("packetsReceived", received);
        json.writeNumberField("requestsCaptured", requests);
        if (replayed >= 0) {
            json.writeNumberField("requestsReplayed", replayed);
        }
        json.writeEndObject();
    }
}
