package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.export.FlowExport;
import io.tcpreplayj.cli.export.OutputFile;
import io.tcpreplayj.cli.export.PacketFormat;
import io.tcpreplayj.cli.export.PacketSink;
import io.tcpreplayj.cli.export.WantedFlows;
import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.Json;
import io.tcpreplayj.flow.PayloadKept;
import io.tcpreplayj.flow.db.CaptureInfo;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.pcap.CaptureException;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** {@code export}: flows back to a capture. */
final class ExportCommand implements Command {
    private static final String STDOUT = "-";

    private final AtomicInteger signal = new AtomicInteger();

    /** What was written, and how. */
    private record Written(FlowExport.Result result, PacketFormat format, long packets) {}

    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        final Selection asked = Selection.of(args);
        final String target = target(args, console);
        final PacketFormat format = PacketFormat.of(args.value(Flags.FORMAT), target);
        final String operand =
                args.operands().isEmpty() ? null : args.operands().get(0);
        final Path file = DatabasePath.of(args, operand, console);
        try (FlowDb db = DatabasePath.open(file, args, console)) {
            final Selection selection = asked.in(db);
            final WantedFlows wanted = new WantedFlows();
            db.forEachSummary(flow -> {
                if (selection.select(flow)) {
                    wanted.add(flow);
                }
                return !selection.isFull();
            });
            final Map<Integer, Path> files = captures(db, file, wanted, args, console);
            refuseBadTarget(target, file, files);
            final FlowExport export = new FlowExport(db, wanted, files, signal::get);
            final Written written = Signals.during(signal::set, () -> write(export, target, format, args, console));
            return signal.get() != 0 ? ExitCode.ofSignal(signal.get()) : report(written, target, args, console);
        }
    }

    private static String target(final LowArgs args, final Console console) {
        final String target = args.value(Flags.WRITE);
        if (target == null || target.isEmpty()) {
            throw ArgumentParser.usage(Flags.EXPORT, "export wants -w FILE");
        }
        if (target.equals(STDOUT) && console.outIsTerminal()) {
            throw new UserException(
                    "packets are not for a terminal", "name a file, or pipe them: export -w - | tcpdump -r -");
        }
        if (target.equals(STDOUT) && args.has(Flags.JSON)) {
            throw new UserException("-w - and --json both write to standard output", "name a file: -w FILE");
        }
        return target;
    }

    /** The captures of these flows that are there, by id; of the others it is said why their flows will be rebuilt. */
    private static Map<Integer, Path> captures(
            final FlowDb db, final Path file, final WantedFlows wanted, final LowArgs args, final Console console)
            throws IOException {
        final IndexedFiles indexed = new IndexedFiles(file);
        final Map<Integer, Path> files = new HashMap<>();
        for (final CaptureInfo capture : db.captures()) {
            final long flows = wanted.ofCapture(capture.id());
            if (capture.kept() != PayloadKept.ALL) {
                if (flows > 0 && !args.has(Flags.QUIET)) {
                    console.err()
                            .println("tcpreplay-j: " + Human.safe(capture.name()) + " was indexed "
                                    + (capture.kept() == PayloadKept.REDACTED ? "with --redact" : "with --headers-only")
                                    + ", and its own packets hold more: rebuilding its " + Human.count(flows, "flow")
                                    + " from the database");
                }
                continue;
            }
            final Path found = indexed.find(capture);
            if (!found.toString().isEmpty()) {
                files.put(capture.id(), found);
            } else if (flows > 0 && !args.has(Flags.QUIET)) {
                console.err()
                        .println("tcpreplay-j: " + Human.safe(capture.name()) + " " + indexed.whyNot(capture)
                                + ": rebuilding its " + Human.count(flows, "flow")
                                + " from the database (of answers only lengths, times and first bytes)");
            }
        }
        return files;
    }

    private static void refuseBadTarget(final String target, final Path database, final Map<Integer, Path> files)
            throws IOException {
        if (target.equals(STDOUT)) {
            return;
        }
        final Path directory = Path.of(target).toAbsolutePath().getParent();
        if (directory != null && !Files.isDirectory(directory)) {
            throw new UserException(target + ": there is no directory " + directory, "mkdir -p " + directory);
        }
        if (!Files.exists(Path.of(target))) {
            return;
        }
        if (Files.isDirectory(Path.of(target))) {
            throw new UserException(target + " is a directory", "name a file");
        }
        boolean source = Files.isSameFile(Path.of(target), database);
        for (final Path capture : files.values()) {
            source |= Files.isSameFile(Path.of(target), capture);
        }
        if (source) {
            throw new UserException("-w " + target + " is what is read", "name another file");
        }
    }

    private Written write(
            final FlowExport export,
            final String target,
            final PacketFormat format,
            final LowArgs args,
            final Console console)
            throws IOException {
        try {
            return writeAs(export, target, format, console);
        } catch (final PacketSink.SecondLinktype e) {
            if (target.equals(STDOUT) || args.has(Flags.FORMAT)) {
                throw new UserException(
                        "these packets are of several link types (" + e.getMessage() + "), and a pcap holds one",
                        "write pcapng: --format pcapng");
            }
            if (!args.has(Flags.QUIET)) {
                console.err().println("tcpreplay-j: several link types (" + e.getMessage() + "): writing pcapng");
            }
            return writeAs(export, target, PacketFormat.PCAPNG, console);
        }
    }

    private Written writeAs(
            final FlowExport export, final String target, final PacketFormat format, final Console console)
            throws IOException {
        if (target.equals(STDOUT)) {
            return write(export, Channels.newChannel(console.out()), format);
        }
        try (OutputFile file = create(target)) {
            final Written written = write(export, file.channel(), format);
            if (signal.get() == 0) {
                file.appear();
            }
            return written;
        } catch (final IOException e) {
            // What write(2) says has no name in it.
            throw Failures.isDiskFull(e) ? new IOException(target + ": " + e.getMessage(), e) : e;
        }
    }

    private static OutputFile create(final String target) throws IOException {
        try {
            return OutputFile.create(Path.of(target));
        } catch (final FileSystemException e) {
            throw DatabasePath.inaccessible(Path.of(target), e, "name a file with -w where you may write");
        }
    }

    private static Written write(final FlowExport export, final WritableByteChannel channel, final PacketFormat format)
            throws IOException {
        try (PacketSink sink = new PacketSink(channel, format)) {
            FlowExport.Result result;
            try {
                result = export.run(sink);
            } catch (final FlowExport.Interrupted e) {
                result = new FlowExport.Result(0, 0, 0, null);
            }
            return new Written(result, format, sink.packets());
        }
    }

    private static int report(final Written written, final String target, final LowArgs args, final Console console)
            throws IOException {
        final FlowExport.Result result = written.result();
        final CaptureException damage = result.damage();
        final ExitCode exit = damage == null ? ExitCode.OK : ExitCode.INCOMPLETE;
        if (damage != null) {
            Failures.say(console, String.valueOf(damage.getMessage()), damage.hint());
        }
        if (args.has(Flags.JSON)) {
            json(written, target, exit, console);
        } else if (!args.has(Flags.QUIET)) {
            console.err()
                    .println("tcpreplay-j: " + Human.safe(target) + ": " + written.format() + ", "
                            + Human.count(written.packets(), "packet") + " of "
                            + Human.count(result.original() + result.rebuilt(), "flow") + " = " + result.original()
                            + " original + " + result.rebuilt() + " rebuilt"
                            + (result.incomplete() == 0
                                    ? ""
                                    : "; " + result.incomplete() + " of the original ones lack packets"));
        }
        return exit.code();
    }

    private static void json(final Written written, final String target, final ExitCode exit, final Console console)
            throws IOException {
        final FlowExport.Result result = written.result();
        try (JsonGenerator json = Json.generator(console.out())) {
            json.writeStartObject();
            json.writeStringField("file", target);
            json.writeStringField("format", written.format().toString());
            json.writeNumberField("packets", written.packets());
            json.writeObjectFieldStart("flows");
            json.writeNumberField("total", result.original() + result.rebuilt());
            json.writeNumberField("original", result.original());
            json.writeNumberField("incomplete", result.incomplete());
            json.writeNumberField("rebuilt", result.rebuilt());
            json.writeEndObject();
            json.writeNumberField("exit", exit.code());
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }
}
