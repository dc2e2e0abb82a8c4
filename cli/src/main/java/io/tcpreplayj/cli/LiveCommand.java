package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flag;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.TimeBound;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.cli.report.ProgressLines;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.feed.FeedKeys;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code live}: what an interface sends and receives into the flow database, as it happens. */
final class LiveCommand implements Command {
    /** Of every interface at once, as tcpdump has it. */
    static final String ANY = "any";

    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        checkPlace(args);
        if (args.has(Flags.FORWARD)) {
            return LiveForward.run(args, console);
        }
        if (args.has(Flags.RECEIVE)) {
            return LiveListen.run(args, console);
        }
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
        final Link link = link(device);
        final LiveOpener opener = LiveOpener.of(args, filter, link);
        final Path file = DatabasePath.of(args, args.value(Flags.RECORD), console);
        final LiveRun run = new LiveRun(options, wanted(args, expression), console, args, target);
        try (target) {
            run.ready();
            try (LiveFiles files = LiveFiles.open(args, file);
                    LiveReader reader = new LiveReader(opener.open(console), link, run);
                    ProgressLines progress = IndexCommand.progress(console, args.has(Flags.QUIET))) {
                files.check(options);
                reader.share(filter, run);
                run.record(reader, durationNs, files, progress);
            }
        }
        run.summary();
        return run.exit();
    }

    /** What belongs to one end of a line between hosts is of no use at another place. */
    private static void checkPlace(final LowArgs args) {
        if (args.has(Flags.FORWARD) && args.has(Flags.RECEIVE)) {
            throw new UserException(
                    "--forward sends what is captured here, and --listen takes what others capture",
                    "start two of them");
        }
        for (final Flag flag : List.of(Flags.ALSO, Flags.SOURCE_NAME, Flags.SPOOL, Flags.SPOOL_BYTES)) {
            if (args.has(flag) && !args.has(Flags.FORWARD)) {
                throw new UserException(flag + " belongs to --forward", "give --forward HOST too");
            }
        }
        for (final Flag flag : List.of(Flags.CAPTURE, Flags.FILTER_FILE)) {
            if (args.has(flag) && args.has(Flags.RECEIVE)) {
                throw new UserException(flag + " goes with -i INTERFACE", "give it to live --forward at the other end");
            }
        }
        if (args.has(Flags.SOURCES) && !args.has(Flags.RECEIVE)) {
            throw new UserException("--sources belongs to --listen", "give --listen :PORT too");
        }
        if (args.has(Flags.KEYS)
                && !args.has(Flags.FORWARD)
                && !args.has(Flags.RECEIVE)
                && !args.has(Flags.INTERCEPT)) {
            throw new UserException("--keys belongs to --forward, --listen or --intercept", "leave it out");
        }
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

    static long durationNs(final LowArgs args) {
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

    /**
     * The keys of both ends, where others can reach one of these addresses.
     *
     * @param doing what needs them, in words
     */
    static @Nullable FeedKeys keys(final LowArgs args, final Collection<FeedAddress> addresses, final String doing)
            throws IOException {
        final String file = args.value(Flags.KEYS);
        if (file != null) {
            return FeedKeys.open(Path.of(file));
        }
        for (final FeedAddress address : addresses) {
            if (!address.isLocal()) {
                throw new UserException(
                        "others can reach " + address + ", so " + doing + " needs --keys",
                        "make them with: tcpreplay-j keys lab.p12, and give both ends the same; on one machine:"
                                + " unix:PATH or 127.0.0.1:PORT");
            }
        }
        return null;
    }

    /** Null for all interfaces. */
    static @Nullable Link link(final String name) {
        if (name.equals(ANY)) {
            return null;
        }
        try {
            return Link.byName(name);
        } catch (final LinuxException e) {
            throw new UserException("no interface " + name, "see the interfaces with: ip -brief link");
        }
    }
}
