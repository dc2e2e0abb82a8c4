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
 * @param flowsShed flows that were given up, of which the kernel did not show all packets: requests of others say little then
 */
record Loss(long captured, long received, long requests, long replayed, long flowsShed) {
    /** Where packets of flows that were given up are among those captured. */
    Loss(final long captured, final long received, final long requests, final long replayed) {
        this(captured, received, requests, replayed, 0);
    }

    boolean isNone() {
        return captured == received && flowsShed == 0 && (replayed < 0 || requests <= replayed);
    }

    /** For people. */
    String words() {
        final String packets = ratio(captured - received, captured, "captured packet");
        if (flowsShed > 0) {
            return packets + ", and " + Human.count(flowsShed, "flow") + " given up, whose rest nobody counted";
        }
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
        if (flowsShed > 0) {
            json.writeNumberField("flowsShed", flowsShed);
        } else if (replayed >= 0) {
            json.writeNumberField("requestsReplayed", replayed);
        }
        json.writeEndObject();
    }
}
