package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.TimeBound;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.cli.report.ProgressLines;
import io.tcpreplayj.linux.CaptureRing;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code live}: what an interface sends and receives into the flow database, as it happens. */
final class LiveCommand implements Command {
    /** Of every interface at once, as tcpdump has it. */
    private static final String ANY = "any";

    private static final long RING_BYTES = 64_000_000;
    private static final long LEAST_RING_BYTES = 1_000_000;
    private static final long MOST_RING_BYTES = 1_000_000_000;

    /** Blocks are handed over full, or after that time: who records has it, and frees as many fewer at a trickle. */
    private static final int BLOCK_TIMEOUT_MS = 10;

    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        final String device = args.value(Flags.CAPTURE_INTERFACE);
        if (device == null) {
            throw new UserException(
                    "live needs -i INTERFACE", "see the interfaces with: ip -brief link; -i any is all of them");
        }
        final long durationNs = durationNs(args);
        final String expression = FilterFile.expression(args);
        final LiveTarget target = LiveTarget.of(args);
        final LiveFilter filter = LiveFilter.of(args, expression).without(target.endpoints());
        final IndexOptions options = IndexOptions.of(args, filter.left());
        final Link link = device.equals(ANY) ? null : link(device);
        final CaptureRing.Settings settings = new CaptureRing.Settings(
                filter.compile(CaptureRing.linktype(link)),
                ringBytes(args),
                BLOCK_TIMEOUT_MS,
                args.has(Flags.PROMISCUOUS));
        final Path file = DatabasePath.of(args, args.value(Flags.RECORD), console);
        final LiveRun run = new LiveRun(options, wanted(args, expression), console, args, target);
        try (target) {
            run.ready();
            try (LiveFiles files = LiveFiles.open(args, file);
                    LiveReader reader = new LiveReader(open(device, link, settings), link, run);
                    ProgressLines progress = IndexCommand.progress(console, args.has(Flags.QUIET))) {
                if (!files.writer().canTell(options.assembler().kept())) {
                    throw new UserException(
                            file + " is of an older version, which cannot say that payload is missing or replaced",
                            "name another database: --record FILE");
                }
                run.record(reader, durationNs, files, progress);
            }
        }
        run.summary();
        return run.exit();
    }

    /** What the user said, not what the kernel was told. */
    private static String wanted(final LowArgs args, final String expression) {
        final List<String> words = new ArrayList<>();
        if (!expression.isEmpty()) {
            words.add(expression);
        }
        args.all(Flags.PACKET_PORT).forEach(port -> words.add("port " + port));
        args.all(Flags.PACKET_HOST).forEach(host -> words.add("host " + host));
        return words.isEmpty() ? "" : ", of it: " + String.join(", ", words);
    }

    private static long durationNs(final LowArgs args) {
        final String duration = args.value(Flags.LIVE_DURATION);
        final String until = args.value(Flags.UNTIL);
        final long most = duration == null ? Long.MAX_VALUE : Units.durationNs(Flags.LIVE_DURATION, duration);
        if (until == null) {
            return most;
        }
        final long nowNs = ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
        final long left = TimeBound.parse(Flags.UNTIL, until).resolve(nowNs) - nowNs;
        if (left <= 0) {
            throw new UserException("--until " + until + " is past", "give a time to come, or --duration");
        }
        return Math.min(most, left);
    }

    private static long ringBytes(final LowArgs args) {
        final String bytes = args.value(Flags.RING_BYTES);
        return bytes == null ? RING_BYTES : Units.count(Flags.RING_BYTES, bytes, LEAST_RING_BYTES, MOST_RING_BYTES);
    }

    private static Link link(final String name) {
        try {
            return Link.byName(name);
        } catch (final LinuxException e) {
            throw new UserException("no interface " + name, "see the interfaces with: ip -brief link");
        }
    }

    private static CaptureRing open(final String device, final @Nullable Link link, final CaptureRing.Settings settings)
            throws IOException {
        try {
            return CaptureRing.open(link, settings);
        } catch (final LinuxException e) {
            if (e.isPermission()) {
                throw new UserException(
                        "capturing on " + device + " needs CAP_NET_RAW",
                        "run as root, or: sudo setpriv --reuid=$USER --init-groups --inh-caps=+net_raw"
                                + " --ambient-caps=+net_raw tcpreplay-j live ...");
            }
            throw e;
        }
    }
}
