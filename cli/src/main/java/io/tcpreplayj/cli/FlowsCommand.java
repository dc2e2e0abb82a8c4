package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.FlowJson;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.Json;
import io.tcpreplayj.cli.report.TextTable;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.db.FlowDb;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Locale;

/** {@code flows}: lists and counts. */
final class FlowsCommand implements Command {
    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        final Selection selection = Selection.of(args);
        final String operand =
                args.operands().isEmpty() ? null : args.operands().get(0);
        final Path file = DatabasePath.of(args, operand, console);
        try (FlowDb db = DatabasePath.open(file, args, console)) {
            if (args.has(Flags.COUNT)) {
                count(db, selection, args.has(Flags.JSON), console);
            } else if (args.has(Flags.JSON)) {
                json(db, selection, console);
            } else {
                table(db, selection, console);
            }
        }
        return ExitCode.OK.code();
    }

    private static void count(final FlowDb db, final Selection selection, final boolean json, final Console console)
            throws IOException {
        db.forEach(selection::select);
        console.out().println(json ? "{\"flows\":" + selection.selected() + "}" : selection.selected());
    }

    private static void json(final FlowDb db, final Selection selection, final Console console) throws IOException {
        try (JsonGenerator json = Json.generator(console.out())) {
            db.forEach(flow -> {
                if (selection.select(flow)) {
                    try {
                        FlowJson.write(flow, db.captures().get(flow.captureId()).name(), json);
                        json.writeRaw('\n');
                    } catch (final IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            });
        }
    }

    private static void table(final FlowDb db, final Selection selection, final Console console) throws IOException {
        final TextTable table = new TextTable(
                console.out(),
                ">id",
                "client",
                "server",
                "start",
                ">duration",
                ">sent",
                ">received",
                ">requests",
                "app",
                "close",
                "replayable");
        db.forEach(flow -> {
            if (selection.select(flow)) {
                row(table, flow);
            }
        });
        table.flush();
        if (selection.filtered() > 0) {
            console.err().println(selection.selected() + " of " + db.size() + " flows");
        }
    }

    private static void row(final TextTable table, final FlowRecord flow) {
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
                flow.close().name().toLowerCase(Locale.ROOT),
                reason == null ? "yes" : "no: " + reason.label());
    }
}
