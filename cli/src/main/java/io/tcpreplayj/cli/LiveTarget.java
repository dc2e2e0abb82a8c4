package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flag;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.HostPort;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.Json;
import io.tcpreplayj.cli.report.JsonReport;
import io.tcpreplayj.cli.report.Ledgers;
import io.tcpreplayj.cli.report.TextReport;
import io.tcpreplayj.flow.FlowObserver;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.Interception;
import io.tcpreplayj.replay.LiveDrop;
import io.tcpreplayj.replay.LiveMoment;
import io.tcpreplayj.replay.LiveOptions;
import io.tcpreplayj.replay.LiveReplay;
import io.tcpreplayj.replay.LiveResult;
import io.tcpreplayj.replay.Replay;
import io.tcpreplayj.replay.ReplayOptions.TargetMapping;
import io.tcpreplayj.replay.TargetGuard;
import io.tcpreplayj.replay.UserException;
import io.tcpreplayj.replay.udp.LiveUdpMoment;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code live --target}: what is captured is replayed right away. Without it, nothing is. */
final class LiveTarget implements AutoCloseable {
    private static final List<Flag> OF_REPLAYS = List.of(
            Flags.INTERCEPT,
            Flags.CLIENTS,
            Flags.ATTESTED,
            Flags.SAME_SERVER,
            Flags.MAX_BANDWIDTH,
            Flags.GIVE_UP,
            Flags.FAIL_ON);

    private final @Nullable LiveOptions options;
    private final boolean isStrict;
    private final FailOn failOn;
    private @Nullable LiveReplay replay;
    private @Nullable LiveResult result;

    private LiveTarget(final @Nullable LiveOptions options, final boolean isStrict, final FailOn failOn) {
        this.options = options;
        this.isStrict = isStrict;
        this.failOn = failOn;
    }

    /** @throws UserException when the target must not be sent to, or there would be nothing to send */
    static LiveTarget of(final LowArgs args) throws IOException {
        final String target = args.value(Flags.TARGET);
        if (target == null) {
            for (final Flag flag : OF_REPLAYS) {
                if (args.has(flag)) {
                    throw new UserException(
                            flag + " is about a replay, and without --target there is none",
                            "give --target HOST:PORT too, or leave it out");
                }
            }
            return new LiveTarget(null, false, FailOn.of(args));
        }
        if (args.has(Flags.HEADERS_ONLY)) {
            throw new UserException(
                    "--target replays payload, and --headers-only keeps none", "leave one of the two out");
        }
        final HostPort hostPort = new HostPort(InetAddress::getAllByName);
        final Endpoint endpoint = hostPort.parse(Flags.TARGET, target);
        final TargetGuard guard = new TargetGuard(ReplayArgs.allowPublic(args), Broadcasts.ofThisHost());
        guard.check(endpoint.address());
        final Interception interception =
                TargetGuard.checkVouched(endpoint.address(), ReplayArgs.interception(args, hostPort));
        guard.checkClients(interception);
        final LiveOptions usual = LiveOptions.to(List.of(new TargetMapping(-1, endpoint)));
        final String most = args.value(Flags.MAX_CONNECTIONS);
        return new LiveTarget(
                new LiveOptions(
                        usual.targets(),
                        ReplayArgs.transport(args),
                        ReplayArgs.copies(args),
                        ReplayArgs.responseTimeoutNs(args),
                        most == null
                                ? usual.maxOpen()
                                : (int) Units.count(Flags.MAX_CONNECTIONS, most, 1, LiveOptions.MOST_OPEN),
                        usual.delayNs(),
                        ReplayArgs.midstream(args),
                        ReplayArgs.rails(args),
                        usual.memoryBytes(),
                        interception,
                        args.has(Flags.SAME_SERVER)),
                args.has(Flags.STRICT),
                FailOn.of(args));
    }

    /** What must not be captured: it is what we send, or what intercepts send us. */
    List<Endpoint> endpoints() {
        if (options == null) {
            return List.of();
        }
        final List<Endpoint> endpoints = new ArrayList<>(options.endpoints());
        final Interception interception = options.interception();
        if (interception != null) {
            endpoints.addAll(FeedAddresses.endpoints(interception.intercepts()));
        }
        return endpoints;
    }

    /** Opens the way there. Returns who is to be told of flows, or null. */
    @Nullable
    FlowObserver start(final Replay.Progress progress) throws IOException {
        if (options == null) {
            return null;
        }
        final LiveReplay started = LiveReplay.start(options, progress);
        replay = started;
        return started.observer();
    }

    /** How far the connections are; null when nothing is replayed. */
    @Nullable
    LiveMoment moment() {
        return replay == null ? null : replay.moment();
    }

    /** How far the replay is, for people; empty when nothing is replayed. */
    String words(final Replay.@Nullable Snapshot now) {
        final LiveMoment moment = moment();
        if (moment == null || now == null) {
            return "";
        }
        return "; replay: " + Human.count(now.openFlows(), "session") + " open, " + now.okFlows() + " replayed, "
                + now.failedFlows() + " failed, " + Ledgers.sum(moment.dropped()) + " dropped, behind p99 "
                + Human.duration(moment.behindNs().p99());
    }

    /** How far the UDP conversations are; null when nothing is replayed. */
    @Nullable
    LiveUdpMoment udp() {
        return replay == null ? null : replay.udp();
    }

    /**
     * The capture is over, and so are its flows: waits for those that are still being replayed.
     *
     * @param meanwhile is run now and then until they are
     */
    void finish(final Runnable meanwhile) throws IOException {
        final LiveReplay running = replay;
        if (running == null) {
            return;
        }
        try {
            result = running.finish(meanwhile);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while flows were still being replayed", e);
        }
    }

    /** Stops at once; from any thread. Returns whether there was anything to stop. */
    boolean stop(final int signal) {
        final LiveReplay running = replay;
        if (running == null) {
            return false;
        }
        running.interrupt(signal);
        running.interrupt(signal);
        return true;
    }

    /** Whether what is captured is replayed. */
    boolean isThere() {
        return result != null;
    }

    /**
     * Requests that left of flows that can be replayed; -1 when nothing was replayed, or some flows were our own, for what is not
     * to be replayed of those that can be is in no sum then.
     */
    long requestsReplayed() {
        return result == null || result.dropped().containsKey(LiveDrop.OWN.label())
                ? -1
                : result.captured().requestsReplayed();
    }

    /** How often each flow is replayed. */
    int copies() {
        return options == null ? 1 : options.copies();
    }

    /** For people. */
    void print(final int exit, final PrintStream out) {
        final LiveResult of = result;
        if (of == null) {
            return;
        }
        TextReport.print(of.replay(), exit, out);
        if (!of.dropped().isEmpty()) {
            out.println("dropped    " + Human.count(Ledgers.sum(of.dropped()), "session") + " of " + of.sessions()
                    + ": " + Human.reasons(of.dropped()));
        }
        if (!of.lost().isEmpty()) {
            out.println("cut short  " + Human.reasons(of.lost()));
        }
        if (of.captured().bytesAfterEnd() > 0) {
            out.println("after end  " + Human.count(of.captured().requestsAfterEnd(), "request") + ", "
                    + Human.bytes(of.captured().bytesAfterEnd())
                    + " captured when the replayed connection was over already");
        }
        if (of.behindNs().count() > 0) {
            out.println("behind     the capture: p50 "
                    + Human.duration(of.behindNs().p50()) + ", p99 "
                    + Human.duration(of.behindNs().p99()) + ", max "
                    + Human.duration(of.behindNs().max()));
        }
    }

    /** For machines: as {@code replay --json}, and what there is besides. */
    void write(final JsonGenerator generator) throws IOException {
        final LiveResult of = result;
        if (of == null) {
            return;
        }
        generator.writeObjectFieldStart("replay");
        JsonReport.fields(generator, of.replay());
        generator.writeNumberField("sessions", of.sessions());
        Json.reasons(generator, "dropped", of.dropped());
        Json.reasons(generator, "cutShort", of.lost());
        generator.writeObjectFieldStart("captured");
        generator.writeNumberField("requests", of.captured().requests());
        generator.writeNumberField("clientBytes", of.captured().clientBytes());
        generator.writeNumberField("requestsAfterEnd", of.captured().requestsAfterEnd());
        generator.writeNumberField("clientBytesAfterEnd", of.captured().bytesAfterEnd());
        generator.writeEndObject();
        JsonReport.percentiles(generator, "behindNs", of.behindNs());
        generator.writeEndObject();
    }

    /** What the replay alone would exit with. */
    ExitCode exit() {
        final LiveResult of = result;
        if (of == null) {
            return ExitCode.OK;
        }
        final boolean incomplete = !of.isComplete() || ReplayCommand.exit(of.replay(), isStrict) != ExitCode.OK.code();
        return incomplete ? ExitCode.INCOMPLETE : ExitCode.OK;
    }

    /** The exit code with what {@code --fail-on} makes of it. */
    int exit(final ExitCode before) {
        final LiveResult of = result;
        return of == null ? before.code() : failOn.exit(before.code(), new FailOn.Run(of.replay(), of.behindNs()));
    }

    /** Says what {@code --fail-on} was given for. */
    void tellCrossed(final Console console) {
        final LiveResult of = result;
        if (of != null) {
            failOn.tell(new FailOn.Run(of.replay(), of.behindNs()), console);
        }
    }

    @Override
    public void close() throws IOException {
        final LiveReplay running = replay;
        if (running != null) {
            running.close();
        }
    }
}
