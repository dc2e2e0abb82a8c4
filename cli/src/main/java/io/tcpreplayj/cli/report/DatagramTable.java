package io.tcpreplayj.cli.report;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.ServerDatagrams;
import io.tcpreplayj.flow.dns.DnsMessage;
import io.tcpreplayj.flow.dns.DnsNames;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Locale;

/** The datagrams of a UDP conversation in order: both sides, with what they say where that is DNS. */
public final class DatagramTable {
    private static final int HEAD_COLUMNS = 60;

    private final FlowRecord flow;
    private final ServerDatagrams datagrams;
    private final ByteBuffer clientBytes;
    private final DnsMessage dns = new DnsMessage();
    private boolean complete = true;

    /** @param clientBytes position to limit */
    public DatagramTable(final FlowRecord flow, final ServerDatagrams datagrams, final ByteBuffer clientBytes) {
        this.flow = flow;
        this.datagrams = datagrams;
        this.clientBytes = clientBytes;
    }

    /** Takes the datagrams, one by one. */
    private interface Visitor {
        /** @param there what is kept of it, index 0 to limit */
        void onDatagram(boolean byClient, long atNs, int length, ByteBuffer there);
    }

    private void forEach(final Visitor visitor) {
        final ClientEvents events = flow.events();
        int next = 0;
        int at = clientBytes.position();
        for (int row = 0; row <= events.size(); row++) {
            final long end = row < events.size() ? events.gate(row) : datagrams.size();
            for (; next < end; next++) {
                final byte[] head = datagrams.head(next);
                complete &= head.length == datagrams.length(next);
                visitor.onDatagram(false, datagrams.timeNs(next), datagrams.length(next), ByteBuffer.wrap(head));
            }
            if (row < events.size()) {
                final int there = Math.min(events.caplen(row), clientBytes.limit() - at);
                visitor.onDatagram(true, events.sentNs(row), events.length(row), clientBytes.slice(at, there));
                at += there;
            }
        }
    }

    /** One line a datagram. */
    void print(final PrintStream out) {
        final TextTable table = new TextTable(out, ">time", "from", ">bytes", "what");
        forEach((byClient, atNs, length, there) -> table.row(
                "+" + Human.duration(atNs), byClient ? "client" : "server", Integer.toString(length), what(there)));
        table.flush();
    }

    /** All that is kept of each; returns whether that is everything. */
    public boolean dump(final PrintStream out, final boolean hex) {
        forEach((byClient, atNs, length, there) -> {
            out.println();
            out.println((byClient ? "> " : "< ")
                    + (there.remaining() == length
                            ? Human.count(length, "byte")
                            : there.remaining() + " of " + Human.count(length, "byte") + " kept")
                    + " at +" + Human.duration(atNs));
            if (hex) {
                HexDump.print(there, out);
            } else {
                HexDump.text(there, out);
            }
        });
        return complete;
    }

    /** Whether {@link #print} shows what they say. */
    public boolean isDns() {
        return flow.app() == FlowRecord.App.DNS;
    }

    private String what(final ByteBuffer there) {
        if (isDns() && dns.read(there, 0, there.remaining())) {
            return dnsText();
        }
        final byte[] head = new byte[Math.min(HEAD_COLUMNS + 1, there.remaining())];
        there.get(0, head);
        return HexDump.head(head, HEAD_COLUMNS);
    }

    private String dnsText() {
        final String id = String.format(Locale.ROOT, "0x%04x ", dns.id());
        final String question = dns.hasQuestion() ? " " + DnsNames.type(dns.type()) + " " + dns.nameText() : "";
        if (!dns.isResponse()) {
            return id + (dns.opcode() == 0 ? "query" : "opcode " + dns.opcode()) + question;
        }
        return id + DnsNames.rcode(dns.rcode()) + question + ", " + Human.count(dns.answers(), "record")
                + (dns.isTruncated() ? ", truncated" : "");
    }

    /** The server's, as an array {@code datagrams}. */
    void json(final JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("datagrams");
        for (int i = 0; i < datagrams.size(); i++) {
            final byte[] head = datagrams.head(i);
            json.writeStartObject();
            json.writeNumberField("timeNs", datagrams.timeNs(i));
            json.writeNumberField("bytes", datagrams.length(i));
            json.writeStringField("digest", FlowDetails.digest(datagrams.digest(i)));
            dns(json, ByteBuffer.wrap(head), head.length);
            json.writeBinaryField("headBase64", head);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** Member {@code dns} for a message of DNS: {@code length} bytes from index 0 on. */
    private void dns(final JsonGenerator json, final ByteBuffer bytes, final int length) throws IOException {
        if (!isDns() || !dns.read(bytes, 0, length)) {
            return;
        }
        json.writeObjectFieldStart("dns");
        json.writeNumberField("id", dns.id());
        if (dns.hasQuestion()) {
            json.writeStringField("name", dns.nameText());
            json.writeStringField("type", DnsNames.type(dns.type()));
        }
        if (dns.isResponse()) {
            json.writeStringField("rcode", DnsNames.rcode(dns.rcode()));
            json.writeNumberField("answers", dns.answers());
        }
        json.writeEndObject();
    }
}
