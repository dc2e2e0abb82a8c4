package io.tcpreplayj.cli.report;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.Opening;
import io.tcpreplayj.flow.PayloadKept;
import io.tcpreplayj.flow.db.CaptureInfo;
import io.tcpreplayj.packet.Tunnel;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** All that is known of one flow. */
public final class FlowDetails {
    private static final String[] KINDS = {"data", "fin", "rst"};
    private static final int HEAD_COLUMNS = 60;

    private FlowDetails() {}

    /** For people: what it was, what the client did, and what came back. */
    public static void text(
            final FlowRecord flow, final CaptureInfo capture, final ByteBuffer clientBytes, final PrintStream out) {
        summary(flow, capture, out);
        out.println();
        if (flow.datagrams() != null) {
            new DatagramTable(flow, flow.datagrams(), clientBytes).print(out);
            return;
        }
        events(flow.events(), out);
        out.println();
        exchanges(flow, out);
    }

    private static void summary(final FlowRecord flow, final CaptureInfo capture, final PrintStream out) {
        final FlowRecord.SkipReason reason = flow.skipReason();
        out.println("flow " + flow.id() + " of " + Human.safe(capture.name()) + ": " + flow.client() + " to "
                + flow.server() + (flow.protocol() == FlowRecord.Protocol.UDP ? ", UDP" : ""));
        out.println(
                "  time        " + Human.time(flow.startNs()) + ", " + Human.duration(flow.endNs() - flow.startNs()));
        if (flow.tunnel() != Tunnel.NONE) {
            out.println("  tunnel      " + Tunnel.text(flow.tunnel()));
        }
        out.println("  sent        "
                + stream(flow.clientStream().bytes(), flow.clientStream().packets())
                + holes(flow.clientStream().gapBytes(), flow.clientStream().unseenBytes()));
        out.println("  received    "
                + stream(flow.serverStream().bytes(), flow.serverStream().packets())
                + holes(flow.serverStream().gapBytes(), flow.serverStream().unseenBytes()));
        if (flow.protocol() == FlowRecord.Protocol.TCP) {
            connection(flow, out);
        }
        out.println("  app         " + word(flow.app()) + ", " + flow.requests() + " requests in "
                + flow.exchanges().size() + " exchanges");
        out.println("  replayable  " + (reason == null ? "yes" : "no: " + reason.label()));
        if (capture.kept() != PayloadKept.ALL) {
            out.println("  payload     "
                    + (capture.kept() == PayloadKept.REDACTED ? "redacted: secrets are replaced" : "none is kept"));
        }
    }

    private static void connection(final FlowRecord flow, final PrintStream out) {
        final long roundTripNs = flow.opening().roundTripNs();
        out.println("  handshake   " + word(flow.handshake())
                + (roundTripNs < 0
                        ? ""
                        : ", round trip " + Human.duration(roundTripNs) + ", captured at the "
                                + (flow.opening().capturedAtServer() ? "server" : "client")));
        out.println("  close       " + word(flow.close()));
    }

    private static String stream(final long bytes, final long packets) {
        return bytes + " bytes in " + packets + " packets";
    }

    private static String holes(final long gapBytes, final long unseenBytes) {
        return (gapBytes == 0 ? "" : ", " + gapBytes + " missing")
                + (unseenBytes == 0 ? "" : ", " + unseenBytes + " acknowledged but not captured");
    }

    private static void events(final ClientEvents events, final PrintStream out) {
        final TextTable table = new TextTable(out, ">time", "event", ">bytes", ">after server bytes", ">think time");
        for (int row = 0; row < events.size(); row++) {
            table.row(
                    "+" + Human.duration(events.sentNs(row)),
                    KINDS[events.kind(row)] + ((events.flags(row) & ClientEvents.URG) != 0 ? " urgent" : ""),
                    Integer.toString(events.length(row)),
                    Long.toString(events.gate(row)),
                    Human.duration(events.delayNs(row)));
        }
        table.flush();
    }

    private static void exchanges(final FlowRecord flow, final PrintStream out) {
        final Exchanges exchanges = flow.exchanges();
        final TextTable table = new TextTable(
                out, ">exchange", ">requests", ">sent", ">answered", ">first byte", ">last byte", "crc32c", "answer");
        for (int i = 0; i < exchanges.size(); i++) {
            table.row(
                    Integer.toString(i + 1),
                    Integer.toString(exchanges.requests(i)),
                    Long.toString(sentBytes(flow, i)),
                    Long.toString(exchanges.responseBytes(i)),
                    latency(flow, i, exchanges.firstResponseNs(i)),
                    latency(flow, i, exchanges.lastResponseNs(i)),
                    digest(exchanges.digest(i)) == null ? "-" : String.valueOf(digest(exchanges.digest(i))),
                    HexDump.head(exchanges.head(i), HEAD_COLUMNS));
        }
        table.flush();
    }

    /** For machines: the fields of {@code flows --json}, then the opening, the events and the exchanges. */
    public static void json(
            final FlowRecord flow, final CaptureInfo capture, final ByteBuffer clientBytes, final PrintStream out)
            throws IOException {
        try (JsonGenerator json = Json.generator(out)) {
            json.writeStartObject();
            FlowJson.fields(flow, capture.name(), json);
            json.writeStringField("payloadKept", capture.kept().label());
            opening(json, flow.opening());
            json.writeArrayFieldStart("events");
            for (int row = 0; row < flow.events().size(); row++) {
                event(json, flow.events(), row);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("exchangeList");
            for (int i = 0; i < flow.exchanges().size(); i++) {
                exchange(json, flow, i);
            }
            json.writeEndArray();
            if (flow.datagrams() != null) {
                new DatagramTable(flow, flow.datagrams(), clientBytes).json(json);
            }
            final byte[] copy = new byte[clientBytes.remaining()];
            clientBytes.duplicate().get(copy);
            json.writeBinaryField("clientBytesBase64", copy);
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    private static void opening(final JsonGenerator json, final Opening opening) throws IOException {
        json.writeObjectFieldStart("opening");
        json.writeNumberField("synWindow", opening.synWindow());
        json.writeBinaryField("synOptionsBase64", opening.synOptions());
        json.writeNumberField("synAckDelayNs", opening.synAckDelayNs());
        json.writeNumberField("ackDelayNs", opening.ackDelayNs());
        json.writeEndObject();
    }

    private static void event(final JsonGenerator json, final ClientEvents events, final int row) throws IOException {
        json.writeStartObject();
        json.writeStringField("kind", KINDS[events.kind(row)]);
        json.writeNumberField("sentNs", events.sentNs(row));
        json.writeNumberField("bytes", events.length(row));
        json.writeNumberField("gate", events.gate(row));
        json.writeNumberField("delayNs", events.delayNs(row));
        json.writeEndObject();
    }

    private static void exchange(final JsonGenerator json, final FlowRecord flow, final int i) throws IOException {
        final Exchanges exchanges = flow.exchanges();
        json.writeStartObject();
        json.writeNumberField("firstEvent", exchanges.firstEvent(i));
        json.writeNumberField("events", exchanges.eventCount(i));
        json.writeNumberField("requests", exchanges.requests(i));
        json.writeNumberField("sentBytes", sentBytes(flow, i));
        json.writeNumberField("responseBytes", exchanges.responseBytes(i));
        json.writeNumberField("firstResponseNs", exchanges.firstResponseNs(i));
        json.writeNumberField("lastResponseNs", exchanges.lastResponseNs(i));
        json.writeStringField("digest", digest(exchanges.digest(i)));
        json.writeBinaryField("headBase64", exchanges.head(i));
        json.writeEndObject();
    }

    private static long sentBytes(final FlowRecord flow, final int exchange) {
        final int first = flow.exchanges().firstEvent(exchange);
        long bytes = 0;
        for (int row = first; row < first + flow.exchanges().eventCount(exchange); row++) {
            bytes += flow.events().length(row);
        }
        return bytes;
    }

    // From the last byte of the request, as a client's user would count.
    private static String latency(final FlowRecord flow, final int exchange, final long responseNs) {
        if (responseNs < 0) {
            return "-";
        }
        final int last =
                flow.exchanges().firstEvent(exchange) + flow.exchanges().eventCount(exchange) - 1;
        return Human.duration(responseNs - flow.events().sentNs(last));
    }

    static @Nullable String digest(final long crc) {
        return crc < 0 ? null : String.format(Locale.ROOT, "%08x", crc);
    }

    private static String word(final Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
