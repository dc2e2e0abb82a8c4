package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.HostPort;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.JsonReport;
import io.tcpreplayj.cli.report.Ledgers;
import io.tcpreplayj.cli.report.ProgressLines;
import io.tcpreplayj.cli.report.TextReport;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.PayloadKept;
import io.tcpreplayj.flow.db.CaptureInfo;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.pcap.CaptureException;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.replay.Replay;
import io.tcpreplayj.replay.ReplayOptions;
import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.TargetGuard;
import io.tcpreplayj.replay.UserException;
import io.tcpreplayj.replay.tcp.AckStyle;
import io.tcpreplayj.replay.tcp.Likeness;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code replay}: flows, or a capture straight away, against a live server. */
final class ReplayCommand implements Command {
    private final ReplayEngine engine;

    ReplayCommand(final ReplayEngine engine) {
        this.engine = engine;
    }

    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        final ReplayArgs said = ReplayArgs.of(args, new HostPort(InetAddress::getAllByName));
        final Selection selection = Selection.of(args);
        // What needs no flow to be refused is refused before a capture of hours is read.
        FailOn.of(args);
        final TargetGuard guard = new TargetGuard(said.allowPublic(), Broadcasts.ofThisHost());
        said.targets().forEach(target -> guard.check(target.address()));
        final ReplayArgs checked = said.vouched();
        guard.checkClients(checked.interception());
        guard.checkClients(checked.socketClients());
        final CaptureSource capture = capture(args.operands());
        if (capture == null) {
            final String operand =
                    args.operands().isEmpty() ? null : args.operands().get(0);
            final Path file = DatabasePath.of(args, operand, console);
            try (FlowDb db = DatabasePath.open(file, args, console)) {
                return replay(db, file, ExitCode.OK.code(), selection, guard, checked, args, console);
            }
        }
        try (TemporaryDatabase database = TemporaryDatabase.of(capture, args, console)) {
            return replay(database.db(), database.file(), database.exit(), selection, guard, checked, args, console);
        } catch (final TemporaryDatabase.Ended e) {
            return e.exit();
        }
    }

    /** @param exitSoFar 8 when the capture was damaged: the replay of what came before it cannot make that good */
    private int replay(
            final FlowDb db,
            final Path file,
            final int exitSoFar,
            final Selection asked,
            final TargetGuard guard,
            final ReplayArgs checked,
            final LowArgs args,
            final Console console)
            throws IOException {
        final Selection selection = asked.in(db);
        final List<FlowRecord> selected = new ArrayList<>();
        db.forEach(flow -> {
            if (selection.select(flow)) {
                selected.add(flow);
            }
        });
        checkAcks(selected, file, checked.rules().likeness());
        final TargetPlan plan = TargetPlan.of(selected, file, checked);
        plan.check(guard, checked);
        final ReplayOptions options = checked.options(plan.mappings());
        if (args.has(Flags.DRY_RUN)) {
            console.out().println(engine.plan(db, plan.flows(), options));
            requests(db, plan, checked).forEach(request -> console.out().println("  " + request));
            return ExitCode.OK.code();
        }
        if (args.has(Flags.CONFIRM)) {
            Consent.ask(console, engine.plan(db, plan.flows(), options), requests(db, plan, checked));
        }
        if (!args.has(Flags.QUIET) && isRedacted(selected, db.captures())) {
            console.err()
                    .println("tcpreplay-j: requests are sent with other bytes in place of secrets (index --redact): a"
                            + " server that checks them answers otherwise");
        }
        if (!args.has(Flags.QUIET) && plan.unmappedUdp() > 0) {
            console.err()
                    .println("tcpreplay-j: --target is where the TCP connections go: "
                            + Human.count(plan.unmappedUdp(), "UDP conversation")
                            + " to other ports left out, --map PORT=HOST:PORT names their targets, too");
        }
        final long filtered = selection.filtered() + plan.unmapped();
        try (ReplayMetrics metrics = ReplayMetrics.of(args, console)) {
            final ReplayResult result;
            try (ProgressLines lines = IndexCommand.progress(console, args.has(Flags.QUIET))) {
                if (args.has(Flags.GIVE_UP)) {
                    lines.givesUp();
                }
                final Replay.Progress progress = metrics.beside(lines);
                result = Signals.during(
                        engine::interrupt, () -> engine.run(db, plan.flows(), filtered, options, progress));
            }
            final int exit = report(result, exitSoFar, args, console);
            metrics.finish(result, exit);
            return exit;
        }
    }

    private static List<String> requests(final FlowDb db, final TargetPlan plan, final ReplayArgs checked)
            throws IOException {
        return RequestPreview.of(
                db,
                plan.flows().stream()
                        .filter(flow -> checked.rules().skipReason(flow) == null)
                        .toList(),
                checked.rules());
    }

    /** A policy that nothing is known for would be none, and nobody told. */
    private static void checkAcks(final List<FlowRecord> flows, final Path file, final Likeness likeness) {
        final boolean wanted = likeness.acks() != AckStyle.RFC || likeness.windows();
        if (wanted
                && !flows.isEmpty()
                && flows.stream().allMatch(flow -> flow.acks().size() == 0)) {
            throw new UserException(
                    file + ": it is not recorded when clients acknowledged what",
                    "index the capture again, into another database, with --acks");
        }
    }

    private static boolean isRedacted(final List<FlowRecord> flows, final List<CaptureInfo> captures) {
        for (final FlowRecord flow : flows) {
            if (captures.get(flow.captureId()).kept() == PayloadKept.REDACTED) {
                return true;
            }
        }
        return false;
    }

    private static int report(final ReplayResult result, final int exitSoFar, final LowArgs args, final Console console)
            throws IOException {
        final int own = exit(result, args.has(Flags.STRICT));
        final FailOn failOn = FailOn.of(args);
        final FailOn.Run run = new FailOn.Run(result, null);
        final int exit = failOn.exit(own == ExitCode.OK.code() ? exitSoFar : own, run);
        failOn.tell(run, console);
        if (args.has(Flags.JSON)) {
            JsonReport.print(result, exit, console.out());
        } else {
            TextReport.print(result, exit, console.out());
        }
        final String fault = Ledgers.fault(result);
        if (!fault.isEmpty()) {
            Failures.say(
                    console, "a fault of ours: " + fault, "please report it with this report and the command line");
        }
        return exit;
    }

    /** A wrong ledger outweighs all, then a signal, then what is missing. */
    static int exit(final ReplayResult result, final boolean strict) {
        if (!Ledgers.fault(result).isEmpty()) {
            return ExitCode.BUG.code();
        }
        if (result.interruptedBy() != 0) {
            return ExitCode.ofSignal(result.interruptedBy());
        }
        final boolean failed = Ledgers.sum(result.flows().failed()) > 0 || result.trouble() != null;
        // What the user's own selection left out is no loss, even to a strict one.
        final long skipped = Ledgers.sum(result.flows().skipped())
                - result.flows().skipped().getOrDefault(FlowRecord.SkipReason.FILTERED.label(), 0L);
        return failed || (strict && skipped > 0) ? ExitCode.INCOMPLETE.code() : ExitCode.OK.code();
    }

    /** The operand when it is a capture, by content; null when it is a database, or there is none. */
    private static @Nullable CaptureSource capture(final List<String> operands) throws IOException {
        if (operands.isEmpty()) {
            return null;
        }
        if (operands.get(0).equals("-")) {
            return new CaptureSource("stdin", null, true);
        }
        if (operands.get(0).isEmpty()) {
            throw new UserException("a file without a name", "name a flow database or a capture");
        }
        final Path file = Path.of(operands.get(0));
        if (!Files.exists(file)) {
            throw new UserException(file + ": no such file", "name a flow database or a capture");
        }
        if (Files.isDirectory(file)) {
            throw new UserException(file + " is a directory", "index it first: tcpreplay-j index " + file);
        }
        if (!Files.isRegularFile(file)) {
            return new CaptureSource(operands.get(0), file, true);
        }
        try {
            CaptureFiles.open(file).close();
            return new CaptureSource(operands.get(0), file, true);
        } catch (final CaptureException e) {
            return null;
        }
    }
}
