package io.tcpreplayj.cli.report;

import io.tcpreplayj.flow.FlowField;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowSummary;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Flows for people, one a line: the usual columns in human units, or fields as they are. */
public final class FlowTable {
    private static final String[] USUAL = {
        ">id", "client", "server", "start", ">duration", ">sent", ">received", ">requests", "app", "close", "replayable"
    };

    private final TextTable table;
    private final List<FlowField> fields;

    /** @param fields the columns; none for the usual ones */
    public FlowTable(final PrintStream out, final List<FlowField> fields) {
        this.fields = List.copyOf(fields);
        table = new TextTable(
                out,
                fields.isEmpty() ? USUAL : fields.stream().map(FlowTable::head).toArray(String[]::new));
    }

    private static String head(final FlowField field) {
        return field.type() == FlowField.Type.NUMBER && !field.name().equals("capture")
                ? ">" + field.name()
                : field.name();
    }

    /** @param capture the name of the capture that the flow came from */
    public void row(final FlowSummary flow, final String capture) {
        if (fields.isEmpty()) {
            usual(flow);
            return;
        }
        final String[] cells = new String[fields.size()];
        for (int i = 0; i < cells.length; i++) {
            final FlowField field = fields.get(i);
            final String text = field.name().equals("capture") ? Human.safe(capture) : field.text(flow);
            cells[i] = text == null ? "-" : text;
        }
        table.row(cells);
    }

    private void usual(final FlowSummary flow) {
        final FlowRecord.SkipReason reason = flow.skipReason();
        table.row(
                Long.toString(flow.id()),
                flow.client().toString(),
                flow.server().toString(),
                Human.time(flow.startNs()),
                Human.duration(flow.endNs() - flow.startNs()),
                Human.bytes(flow.clientStream().bytes()),
                Human.bytes(flow.serverStream().bytes()),
                Integer.toString(flow.requests()),
                flow.app() == FlowRecord.App.UNKNOWN ? "-" : flow.app().name().toLowerCase(Locale.ROOT),
                flow.protocol() == FlowRecord.Protocol.UDP
                        ? "udp"
                        : flow.close().name().toLowerCase(Locale.ROOT),
                reason == null ? "yes" : "no: " + reason.label());
    }

    /** Prints what is left. */
    public void flush() {
        table.flush();
    }
}
