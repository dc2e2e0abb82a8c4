package io.tcpreplayj.cli.report;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import java.io.PrintStream;
import java.nio.ByteBuffer;

/**
 * Both directions of a flow in the order of its exchanges: what the client sent, and below it what is kept of the answer.
 * As tshark's follow does, but with both streams from the database.
 */
public final class FollowStream {
    /** How bytes are shown. */
    public enum Form {
        /** Lines, with escapes for what is not printable. */
        TEXT,
        HEX,
        /** HTTP/1.x messages taken apart; what is none of them as {@link #TEXT}. */
        DECODED
    }

    private static final String RED = "\u001b[31m";
    private static final String BLUE = "\u001b[34m";
    private static final String PLAIN = "\u001b[0m";

    private final PrintStream out;
    private final Form form;
    private final boolean coloured;
    private boolean complete = true;

    /** @param coloured the client's bytes red and the server's blue, as in Wireshark */
    public FollowStream(final PrintStream out, final Form form, final boolean coloured) {
        this.out = out;
        this.form = form;
        this.coloured = coloured;
    }

    /** Prints the streams; returns whether every byte of the server was there to print. */
    public boolean print(final FlowRecord flow, final ByteBuffer clientBytes) {
        final Exchanges exchanges = flow.exchanges();
        final ClientEvents events = flow.events();
        final long serverBytes = flow.serverStream().bytes();
        final long greeting =
                exchanges.size() == 0 ? serverBytes : Math.min(serverBytes, events.gate(exchanges.firstEvent(0)));
        if (greeting > 0) {
            server(new byte[0], greeting, "");
        }
        int at = clientBytes.position();
        for (int i = 0; i < exchanges.size(); i++) {
            final int first = exchanges.firstEvent(i);
            long length = 0;
            for (int row = first; row < first + exchanges.eventCount(i); row++) {
                length += events.length(row);
            }
            final int there = (int) Math.min(length, clientBytes.limit() - at);
            client(clientBytes.slice(at, there), length, " at +" + Human.duration(events.sentNs(first)));
            at += there;
            if (exchanges.responseBytes(i) > 0) {
                final long atNs = exchanges.firstResponseNs(i);
                server(exchanges.head(i), exchanges.responseBytes(i), atNs < 0 ? "" : " at +" + Human.duration(atNs));
            }
        }
        return complete;
    }

    private void client(final ByteBuffer bytes, final long length, final String when) {
        out.println();
        colour(RED);
        out.println("> " + share(bytes.remaining(), length) + when);
        bytes(bytes, bytes.remaining() == length);
        colour(PLAIN);
    }

    private void server(final byte[] head, final long length, final String when) {
        final int there = (int) Math.min(head.length, length);
        complete &= there == length;
        out.println();
        colour(BLUE);
        out.println("< " + share(there, length) + when);
        bytes(ByteBuffer.wrap(head, 0, there), there == length);
        colour(PLAIN);
    }

    private static String share(final long there, final long length) {
        return there == length ? Human.count(length, "byte") : there + " of " + Human.count(length, "byte") + " kept";
    }

    private void bytes(final ByteBuffer bytes, final boolean whole) {
        if (!bytes.hasRemaining()) {
            return;
        }
        switch (form) {
            case HEX -> HexDump.print(bytes, out);
            case DECODED -> new HttpText(bytes, whole, out).print();
            default -> HexDump.text(bytes, out);
        }
    }

    private void colour(final String escape) {
        if (coloured) {
            out.print(escape);
        }
    }
}
