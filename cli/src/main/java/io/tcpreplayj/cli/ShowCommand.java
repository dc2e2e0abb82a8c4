package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.FlowDetails;
import io.tcpreplayj.flow.FlowRecord;
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
            final String capture = db.captures().get(flow.captureId()).name();
            final ByteBuffer bytes = db.clientBytes(flow.id());
            if (args.has(Flags.JSON)) {
                FlowDetails.json(flow, capture, bytes, console.out());
            } else {
                FlowDetails.text(flow, capture, bytes, args.has(Flags.HEX), console.out());
            }
        }
        return ExitCode.OK.code();
    }
}
