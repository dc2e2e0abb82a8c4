package io.tcpreplayj.flow.db;

import io.tcpreplayj.flow.ClientAcks;
import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.ServerDatagrams;
import io.tcpreplayj.packet.Tunnel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A flow with its client bytes; {@link #text()} holds every field, so that equal texts are equal flows. */
record FlowAndBytes(FlowRecord flow, byte[] bytes) {
    void writeTo(final FlowDbWriter writer) {
        writer.onFlow(flow, ByteBuffer.wrap(bytes));
    }

    static List<String> allOf(final FlowDb db) throws IOException {
        final List<String> texts = new ArrayList<>();
        db.forEach(flow -> {
            try {
                texts.add(new FlowAndBytes(flow, toArray(db.clientBytes(flow.id()))).text());
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return texts;
    }

    static byte[] toArray(final ByteBuffer buffer) {
        final byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    String text() {
        final StringBuilder text = new StringBuilder();
        text.append(flow.id())
                .append('/')
                .append(flow.captureId())
                .append(' ')
                .append(flow.client())
                .append(" > ");
        text.append(flow.server())
                .append(' ')
                .append(flow.startNs())
                .append("..")
                .append(flow.endNs())
                .append(' ')
                .append(Tunnel.text(flow.tunnel()))
                .append('\n');
        text.append(flow.clientStream())
                .append('\n')
                .append(flow.serverStream())
                .append('\n');
        text.append(flow.handshake())
                .append(' ')
                .append(flow.close())
                .append(' ')
                .append(flow.midstream());
        text.append(' ').append(flow.app()).append(' ').append(flow.requests()).append(' ');
        text.append(flow.skipReason()).append('\n');
        text.append(HexFormat.of().formatHex(flow.opening().synOptions())).append(' ');
        text.append(flow.opening().synWindow())
                .append(' ')
                .append(flow.opening().synAckDelayNs())
                .append(' ');
        text.append(flow.opening().ackDelayNs())
                .append(' ')
                .append(flow.opening().headers());
        text.append('\n');
        final ClientAcks.Cursor acks = new ClientAcks.Cursor(flow.acks());
        while (acks.advance()) {
            text.append("ack ").append(acks.offset()).append(' ').append(acks.delayNs());
            text.append(' ').append(acks.window()).append('\n');
        }
        final ClientEvents events = flow.events();
        for (int i = 0; i < events.size(); i++) {
            text.append("event ")
                    .append(events.kind(i))
                    .append(' ')
                    .append(events.flags(i))
                    .append(' ');
            text.append(events.length(i))
                    .append(' ')
                    .append(events.urgent(i))
                    .append(' ')
                    .append(events.gate(i));
            text.append(' ')
                    .append(events.delayNs(i))
                    .append(' ')
                    .append(events.sentNs(i))
                    .append(events.missingBefore(i) > 0 ? " behind " + events.missingBefore(i) : "")
                    .append('\n');
        }
        final Exchanges exchanges = flow.exchanges();
        for (int i = 0; i < exchanges.size(); i++) {
            text.append("exchange ").append(exchanges.firstEvent(i)).append(' ').append(exchanges.eventCount(i));
            text.append(' ')
                    .append(exchanges.requests(i))
                    .append(' ')
                    .append(exchanges.responseBytes(i))
                    .append(' ');
            text.append(exchanges.firstResponseNs(i))
                    .append(' ')
                    .append(exchanges.lastResponseNs(i))
                    .append(' ');
            text.append(exchanges.digest(i)).append(' ').append(HexFormat.of().formatHex(exchanges.head(i)));
            text.append('\n');
        }
        final ServerDatagrams datagrams = flow.datagrams();
        for (int i = 0; datagrams != null && i < datagrams.size(); i++) {
            text.append("datagram ").append(datagrams.length(i)).append(' ').append(datagrams.timeNs(i));
            text.append(' ').append(datagrams.digest(i)).append(' ');
            text.append(HexFormat.of().formatHex(datagrams.head(i))).append('\n');
        }
        return text.append(datagrams == null ? "" : "udp ")
                .append(HexFormat.of().formatHex(bytes))
                .append('\n')
                .toString();
    }
}
