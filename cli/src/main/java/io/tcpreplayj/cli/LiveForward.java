package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flag;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.HostPort;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.Json;
import io.tcpreplayj.cli.report.PrometheusText;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.feed.FeedKeys;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code live --forward}: what an interface sends and receives goes to other hosts, which record it or replay it. */
final class LiveForward implements LiveReader.Notes, LiveReader.ShareNotes {
    private static final int BATCH = 4096;

    /** So long after the end of the capture the other ends may take for what is spooled. */
    private static final long DRAIN_MS = 60_000;

    /** What makes sense only where packets are indexed. */
    private static final List<Flag> ELSEWHERE = List.of(
            Flags.RECORD,
            Flags.TARGET,
            Flags.INTERCEPT,
            Flags.CLIENTS,
            Flags.ATTESTED,
            Flags.SAME_SERVER,
            Flags.FAIL_ON,
            Flags.ROTATE_SIZE,
            Flags.ROTATE_EVERY,
            Flags.KEEP_SIZE,
            Flags.KEEP_AGE,
            Flags.DIGEST,
            Flags.HEAD,
            Flags.ACKS,
            Flags.REDACT,
            Flags.REDACT_RULE,
            Flags.HEADERS_ONLY);

    private final LowArgs args;
    private final Console console;
    private final boolean quiet;
    private final List<ForwardLine> lines = new ArrayList<>();
    private final OrderlyEnd end;
    private volatile boolean isAsked;
    private volatile boolean isToReload;
    private boolean isForNobody;
    private @Nullable FilterFile filterFile;

    private LiveForward(final LowArgs args, final Console console) {
        this.args = args;
        this.console = console;
        quiet = args.has(Flags.QUIET);
        end = new OrderlyEnd(number -> false, this::tellInterrupted);
    }

    static int run(final LowArgs args, final Console console) throws IOException {
        for (final Flag flag : ELSEWHERE) {
            if (args.has(flag)) {
                throw new UserException(
                        "--forward sends packets as they are, so " + flag + " has no meaning here",
                        "give it to live --listen at the other end");
            }
        }
        return new LiveForward(args, console).forward();
    }

    private int forward() throws IOException {
        final String device = args.value(Flags.CAPTURE_INTERFACE);
        if (device == null) {
            throw new UserException(
                    "live --forward needs -i INTERFACE",
                    "see the interfaces with: ip -brief link; -i any is all of them");
        }
        final long durationNs = LiveCommand.durationNs(args);
        final Set<FeedAddress> addresses = addresses(new HostPort(InetAddress::getAllByName));
        final FeedKeys keys = LiveCommand.keys(args, addresses, "forwarding");
        final List<Endpoint> receivers = FeedAddresses.endpoints(addresses);
        final LiveFilter filter =
                LiveFilter.of(args, FilterFile.expression(args)).without(receivers);
        filterFile = FilterFile.of(args, receivers);
        final Link link = LiveCommand.link(device);
        final LiveOpener opener = LiveOpener.of(args, filter, link);
        final PacketSelection selection = PacketSelection.of(args, filter.left());
        try {
            for (final FeedAddress address : addresses) {
                lines.add(ForwardLine.open(address, keys, device, args));
            }
            try (LiveReader reader = new LiveReader(opener.open(console), link, this);
                    RelayMetrics metrics = RelayMetrics.of(args, this::say)) {
                final long beganNs = System.nanoTime();
                reader.share(this);
                final ForwardTap tap = new ForwardTap(selection, lines);
                Signals.during(end::interrupt, () -> isAsked = true, () -> isToReload = true, () -> {
                    capture(reader, tap, durationNs, metrics);
                    return drain(reader);
                });
                metrics.finish(text -> count(text, reader, tap));
                return report(reader, tap, System.nanoTime() - beganNs);
            }
        } finally {
            lines.forEach(ForwardLine::close);
        }
    }

    private Set<FeedAddress> addresses(final HostPort hostPort) {
        final List<String> first = args.all(Flags.FORWARD);
        final Set<FeedAddress> addresses = new LinkedHashSet<>(FeedAddresses.parseAll(Flags.FORWARD, first, hostPort));
        addresses.addAll(FeedAddresses.parseAll(Flags.ALSO, args.all(Flags.ALSO), hostPort));
        return addresses;
    }

    private void tellInterrupted() {
        if (!quiet) {
            say("interrupted, sending what is left; once more to stop at once");
        }
    }

    private void capture(
            final LiveReader reader, final ForwardTap tap, final long durationNs, final RelayMetrics metrics)
            throws IOException {
        if (!quiet) {
            say("capturing on " + reader.name() + CaptureMode.of(args).how() + " for "
                    + String.join(" and ", lines.stream().map(ForwardLine::name).toList()));
        }
        final FollowPace pace = new FollowPace(durationNs, () -> isToEnd(reader, tap));
        while (pace.goesOn(reader.poll(tap, BATCH), reader)) {
            for (final ForwardLine line : lines) {
                line.afterBatch(reader.drops(), reader.fill(), reader.limit());
                tellNews(line);
            }
            metrics.tell(text -> count(text, reader, tap));
        }
    }

    private void count(final PrometheusText text, final LiveReader reader, final ForwardTap tap) {
        reader.write(text);
        text.counter("selected_packets_total", "Packets read that go to each receiver.", tap.selected())
                .counter("filtered_packets_total", "Packets read that do not.", tap.filtered());
        ForwardLine.count(text, lines);
    }

    private boolean isToEnd(final LiveReader reader, final ForwardTap tap) {
        if (isAsked) {
            isAsked = false;
            say(reader.words() + "; " + tap.selected() + " selected");
            lines.forEach(line -> say(line.words()));
        }
        if (isToReload) {
            isToReload = false;
            say(FilterFile.reload(filterFile, reader));
        }
        isForNobody = lines.stream().allMatch(ForwardLine::isOver);
        return end.isAsked() || reader.isGone() || isForNobody;
    }

    private void tellNews(final ForwardLine line) {
        final String news = line.news();
        if (!news.isEmpty()) {
            say(news);
        }
    }

    /** What is spooled goes out, to all at the same time. */
    private boolean drain(final LiveReader reader) {
        lines.forEach(line -> line.end(reader.drops()));
        final long deadlineNs = System.nanoTime() + DRAIN_MS * 1_000_000;
        boolean all = true;
        for (final ForwardLine line : lines) {
            all &= line.finish(Math.max(1, (deadlineNs - System.nanoTime()) / 1_000_000));
        }
        return all;
    }

    private int report(final LiveReader reader, final ForwardTap tap, final long elapsedNs) throws IOException {
        final String fault = fault(reader, tap);
        if (!fault.isEmpty()) {
            Failures.say(console, "a fault of ours: " + fault, "please report it with the lines below");
        }
        final int exit = exit(reader, fault);
        if (args.has(Flags.JSON)) {
            writeJson(reader, tap, elapsedNs, exit);
            return exit;
        }
        print(reader.name() + ": forwarded for " + Human.duration(elapsedNs));
        print("  kernel   " + reader.seen() + " passed the filter = " + reader.packets() + " read + " + reader.drops()
                + " dropped");
        if (reader.clock().steps() > 0) {
            print("  clock    " + reader.clock().summary());
        }
        print("  packets  " + reader.packets() + " read = " + tap.selected() + " selected + " + tap.filtered()
                + " filtered");
        lines.forEach(line -> print("  to       " + line.words()));
        return exit;
    }

    private String fault(final LiveReader reader, final ForwardTap tap) {
        if (!reader.fault().isEmpty()) {
            return reader.fault();
        }
        if (reader.packets() != tap.selected() + tap.filtered()) {
            return "packets do not add up: " + reader.packets() + " read, " + tap.selected() + " selected, "
                    + tap.filtered() + " not";
        }
        return lines.stream()
                .map(line -> line.fault(tap.selected()))
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
    }

    private int exit(final LiveReader reader, final String fault) {
        if (!fault.isEmpty()) {
            return ExitCode.BUG.code();
        }
        if (end.isAsked()) {
            return ExitCode.ofSignal(end.signal());
        }
        final boolean whole =
                !reader.isGone() && reader.drops() == 0 && lines.stream().allMatch(ForwardLine::isWhole);
        return (whole ? ExitCode.OK : ExitCode.INCOMPLETE).code();
    }

    private String ended(final LiveReader reader) {
        if (end.isAsked()) {
            return "signal";
        }
        return reader.isGone() ? "interface" : isForNobody ? "receivers" : "time";
    }

    private void writeJson(final LiveReader reader, final ForwardTap tap, final long elapsedNs, final int exit)
            throws IOException {
        try (JsonGenerator json = Json.generator(console.out())) {
            json.writeStartObject();
            json.writeStringField("interface", reader.name());
            json.writeStringField("capture", CaptureMode.of(args).word());
            json.writeObjectFieldStart("kernel");
            json.writeNumberField("passed", reader.seen());
            json.writeNumberField("dropped", reader.drops());
            json.writeEndObject();
            reader.clock().write(json);
            json.writeObjectFieldStart("packets");
            json.writeNumberField("read", reader.packets());
            json.writeNumberField("selected", tap.selected());
            json.writeNumberField("filtered", tap.filtered());
            json.writeEndObject();
            json.writeArrayFieldStart("receivers");
            for (final ForwardLine line : lines) {
                line.write(json);
            }
            json.writeEndArray();
            json.writeNumberField("elapsedNs", elapsedNs);
            json.writeStringField("ended", ended(reader));
            json.writeNumberField("exit", exit);
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    @Override
    public void wentDown(final String name) {
        say(name + " went down; its packets are captured again when it is up");
    }

    @Override
    public void isGone(final String name) {
        Failures.say(console, name + " is gone; what came of it is sent", "see the interfaces with: ip -brief link");
    }

    @Override
    public void dropped(final long packets) {
        LiveRun.tellDropped(console, packets);
    }

    @Override
    public void clockWasSet(final ClockSteps clock, final long times) {
        LiveRun.tellClock(console, clock, times);
    }

    @Override
    public void captures(final CaptureShare share, final boolean isLess) {
        LiveRun.tellShare(console, share, isLess);
    }

    private void say(final String line) {
        console.err().println("tcpreplay-j: " + Human.safe(line));
    }

    private void print(final String line) {
        console.out().println(Human.safe(line));
    }
}
