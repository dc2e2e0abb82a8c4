package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.FlowJson;
import io.tcpreplayj.cli.report.FlowTable;
import io.tcpreplayj.cli.report.Json;
import io.tcpreplayj.flow.FlowField;
import io.tcpreplayj.flow.FlowSummary;
import io.tcpreplayj.flow.db.CaptureInfo;
import io.tcpreplayj.flow.db.FlowDb;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** {@code flows}: lists, sorts and counts. */
final class FlowsCommand implements Command {
    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        final Selection wanted = Selection.of(args);
        final FlowOrder order = FlowOrder.of(args);
        final String names = args.value(Flags.FIELDS);
        final List<FlowField> fields = names == null ? List.of() : FieldNames.all(Flags.FIELDS, names);
        final String operand =
                args.operands().isEmpty() ? null : args.operands().get(0);
        final Path file = DatabasePath.of(args, operand, console);
        try (FlowDb db = DatabasePath.open(file, args, console)) {
            final Selection selection = wanted.in(db);
            if (args.has(Flags.COUNT)) {
                final long flows = forEach(db, selection, null, flow -> {});
                console.out().println(args.has(Flags.JSON) ? "{\"flows\":" + flows + "}" : flows);
            } else if (args.has(Flags.JSON)) {
                json(db, selection, order, fields, console);
            } else {
                final long flows = table(db, selection, order, fields, console);
                if (flows < db.size() && !args.has(Flags.QUIET)) {
                    console.err().println(flows + " of " + db.size() + " flows");
                }
            }
        }
        return ExitCode.OK.code();
    }

    private static void json(
            final FlowDb db,
            final Selection selection,
            final @Nullable FlowOrder order,
            final List<FlowField> fields,
            final Console console)
            throws IOException {
        final List<CaptureInfo> captures = db.captures();
        try (JsonGenerator json = Json.generator(console.out())) {
            forEach(db, selection, order, flow -> {
                try {
                    FlowJson.write(flow, captures.get(flow.captureId()).name(), fields, json);
                    json.writeRaw('\n');
                } catch (final IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    private static long table(
            final FlowDb db,
            final Selection selection,
            final @Nullable FlowOrder order,
            final List<FlowField> fields,
            final Console console)
            throws IOException {
        final List<CaptureInfo> captures = db.captures();
        final FlowTable table = new FlowTable(console.out(), fields);
        final long flows = forEach(
                db,
                selection,
                order,
                flow -> table.row(flow, captures.get(flow.captureId()).name()));
        table.flush();
        return flows;
    }

    /** Hands over the selected flows; returns how many they were. */
    private static long forEach(
            final FlowDb db,
            final Selection selection,
            final @Nullable FlowOrder order,
            final Consumer<FlowSummary> consumer)
            throws IOException {
        if (order != null) {
            final List<FlowSummary> flows = order.sorted(db, selection);
            flows.forEach(consumer);
            return flows.size();
        }
        db.forEachSummary(flow -> {
            if (selection.select(flow)) {
                consumer.accept(flow);
            }
            return !selection.isFull();
        });
        return selection.selected();
    }
}
