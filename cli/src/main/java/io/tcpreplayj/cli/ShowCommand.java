package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.DatagramTable;
import io.tcpreplayj.cli.report.FlowDetails;
import io.tcpreplayj.cli.report.FollowStream;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.PayloadKept;
import io.tcpreplayj.flow.db.CaptureInfo;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** {@code show}: one flow. */
final class ShowCommand implements Command {
    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        final List<String> operands = args.operands();
        final String id = operands.get(operands.size() - 1);
        if (!id.matches("\\d{1,18}")) {
            throw ArgumentParser.usage(Flags.SHOW, "\"" + id + "\" is not a flow's id");
        }
        final Path file = DatabasePath.of(args, operands.size() == 2 ? operands.get(0) : null, console);
        try (FlowDb db = DatabasePath.open(file, args, console)) {
            final FlowRecord flow = db.flow(Long.parseLong(id));
            if (flow == null) {
                throw new UserException(
                        file + ": no flow " + id,
                        "tcpreplay-j flows " + file + " lists the " + db.size() + " flows there");
            }
            final CaptureInfo capture = db.captures().get(flow.captureId());
            final ByteBuffer bytes = db.clientBytes(flow.id());
            if (args.has(Flags.JSON)) {
                FlowDetails.json(flow, capture, bytes, console.out());
            } else {
                text(flow, capture, bytes, args, console);
            }
        }
        return ExitCode.OK.code();
    }

    private static void text(
            final FlowRecord flow,
            final CaptureInfo capture,
            final ByteBuffer bytes,
            final LowArgs args,
            final Console console) {
        FlowDetails.text(flow, capture, bytes, console.out());
        final boolean whole = flow.datagrams() == null
                ? new FollowStream(console.out(), form(args), isColoured(console)).print(flow, bytes)
                : datagrams(new DatagramTable(flow, flow.datagrams(), bytes), form(args), console);
        if (!whole && !args.has(Flags.QUIET)) {
            // Behind what it speaks of, where both go to one terminal.
            console.out().flush();
            console.err().println("tcpreplay-j: " + what(capture.kept(), flow.id()));
        }
    }

    /** What DNS says is in the table already. */
    private static boolean datagrams(final DatagramTable table, final FollowStream.Form form, final Console console) {
        return (table.isDns() && form != FollowStream.Form.HEX)
                || table.dump(console.out(), form == FollowStream.Form.HEX);
    }

    /** Why not all bytes are there, and where they are. */
    private static String what(final PayloadKept kept, final long id) {
        return switch (kept) {
            case ALL ->
                "of answers the first bytes are kept: index --head 65536 keeps more, and export --flow " + id
                        + " -w FILE has all of them while the capture is there";
            case REDACTED -> "of answers the first bytes are kept: index --head 65536 keeps more";
            case NONE -> "no payload is kept (index --headers-only)";
        };
    }

    private static FollowStream.Form form(final LowArgs args) {
        if (args.has(Flags.HEX) && args.has(Flags.DECODE)) {
            throw ArgumentParser.usage(Flags.SHOW, "--hex and --decode exclude each other");
        }
        return args.has(Flags.HEX)
                ? FollowStream.Form.HEX
                : args.has(Flags.DECODE) ? FollowStream.Form.DECODED : FollowStream.Form.TEXT;
    }

    private static boolean isColoured(final Console console) {
        return console.outIsTerminal()
                && console.env().getOrDefault("NO_COLOR", "").isEmpty()
                && !console.env().getOrDefault("TERM", "").equals("dumb");
    }
}
