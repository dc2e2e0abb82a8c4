package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.cli.report.Ledgers;
import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.ReplayResult.Lag;
import io.tcpreplayj.replay.ReplayResult.Percentiles;
import io.tcpreplayj.replay.ReplayResult.Udp;
import io.tcpreplayj.replay.UserException;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code --fail-on FIGURE>LIMIT}: figures of a replay that are too bad for whoever asked, which its exit code then says. So is one of
 * which nothing was measured: who asks for it must not take that for good.
 */
final class FailOn {
    private static final Pattern FORM = Pattern.compile("\\s*([A-Za-z0-9.]+)\\s*>\\s*(\\S.*?)\\s*");

    /** As {@code --json} has them, without the unit. Those of UDP are in them: in sums, and of times the longer one. */
    private static final List<Figure> FIGURES = List.of(
            lag("lag.p50", Lag::p50),
            lag("lag.p99", Lag::p99),
            lag("lag.max", Lag::max),
            latency("latency.p50", Percentiles::p50),
            latency("latency.p90", Percentiles::p90),
            latency("latency.p99", Percentiles::p99),
            latency("latency.p999", Percentiles::p999),
            latency("latency.max", Percentiles::max),
            behind("behind.p50", Percentiles::p50),
            behind("behind.p99", Percentiles::p99),
            behind("behind.max", Percentiles::max),
            new Figure(
                    "flows.failed",
                    false,
                    run -> Ledgers.sum(run.result.flows().failed()),
                    run -> run.result.flows().total()),
            new Figure(
                    "requests.timedOut",
                    false,
                    run -> run.result.requests().timedOut()
                            + udp(run, udp -> udp.dns().timedOut()),
                    run -> run.result.requests().sent()
                            + udp(run, udp -> udp.dns().queries() - udp.dns().notSent())),
            new Figure(
                    "responses.different",
                    false,
                    run -> run.result.responses().different() + udp(run, FailOn::different),
                    run -> run.result.responses().compared() + udp(run, FailOn::compared)));

    private final List<Threshold> thresholds;

    /**
     * A replay that is over.
     *
     * @param behindNs the capture that went on meanwhile; null where there was none
     */
    record Run(ReplayResult result, @Nullable Percentiles behindNs) {}

    /** @param of how often it was measured, and what a percentage is a share of */
    private record Figure(String name, boolean isTime, ToLongFunction<Run> value, ToLongFunction<Run> of) {}

    /** @param share the limit as a share of {@link Figure#of}, where it is above 0; else it is {@code most} */
    private record Threshold(String text, Figure figure, long most, double share) {
        boolean isCrossed(final Run run) {
            final long value = figure.value.applyAsLong(run);
            final long of = figure.of.applyAsLong(run);
            return of == 0 || value > (share == 0 ? most : share * of);
        }

        String words(final Run run) {
            final long value = figure.value.applyAsLong(run);
            final long of = figure.of.applyAsLong(run);
            final String it = figure.isTime ? Human.duration(value) : value + " of " + of;
            return Flags.FAIL_ON + " " + text + ": " + (of == 0 ? "nothing was measured" : "it was " + it);
        }
    }

    private FailOn(final List<Threshold> thresholds) {
        this.thresholds = thresholds;
    }

    private static Figure lag(final String name, final ToLongFunction<Lag> of) {
        return new Figure(
                name,
                true,
                run -> Math.max(of.applyAsLong(run.result.lagNs()), udp(run, udp -> of.applyAsLong(udp.lagNs()))),
                run -> run.result.requests().sent()
                        + udp(run, udp -> udp.datagrams().sent()));
    }

    private static Figure latency(final String name, final ToLongFunction<Percentiles> of) {
        return new Figure(
                name,
                true,
                run -> Math.max(
                        of.applyAsLong(run.result.latencyNs().replayed()),
                        udp(run, udp -> of.applyAsLong(udp.latencyNs().replayed()))),
                run -> run.result.latencyNs().replayed().count()
                        + udp(run, udp -> udp.latencyNs().replayed().count()));
    }

    private static Figure behind(final String name, final ToLongFunction<Percentiles> of) {
        return new Figure(
                name,
                true,
                run -> run.behindNs == null ? 0 : of.applyAsLong(run.behindNs),
                run -> run.behindNs == null ? 0 : run.behindNs.count());
    }

    private static long udp(final Run run, final ToLongFunction<Udp> value) {
        return run.result.udp() == null ? 0 : value.applyAsLong(run.result.udp());
    }

    private static long different(final Udp udp) {
        return udp.answers().different() + Ledgers.sum(udp.dns().rcodeDifferent());
    }

    private static long compared(final Udp udp) {
        return udp.answers().equal() + udp.dns().rcodeSame() + different(udp);
    }

    /** @throws UserException where that is no figure, or no limit of it */
    static FailOn of(final LowArgs args) {
        final List<Figure> known = FIGURES.stream()
                .filter(figure -> args.verb().equals(Flags.LIVE) || !figure.name.startsWith("behind."))
                .toList();
        return new FailOn(args.all(Flags.FAIL_ON).stream()
                .map(text -> threshold(text, known))
                .toList());
    }

    private static Threshold threshold(final String text, final List<Figure> known) {
        final Matcher matcher = FORM.matcher(text);
        final Figure figure = matcher.matches() ? named(matcher.group(1), known) : null;
        if (figure == null) {
            throw new UserException(
                    Flags.FAIL_ON + ": \"" + text + "\" is not valid",
                    "give FIGURE>LIMIT, as 'lag.p99>5ms' or 'responses.different>1%'; figures are "
                            + known.stream().map(Figure::name).collect(Collectors.joining(", ")));
        }
        final String limit = matcher.group(2);
        if (figure.isTime) {
            return new Threshold(text, figure, Units.durationNs(Flags.FAIL_ON, limit), 0);
        }
        if (!limit.endsWith("%")) {
            return new Threshold(text, figure, Units.count(Flags.FAIL_ON, limit, 0, Long.MAX_VALUE), 0);
        }
        final double share = Units.percent(Flags.FAIL_ON, limit);
        if (share == 1) {
            throw new UserException(
                    Flags.FAIL_ON + ": \"" + text + "\": more than all of them cannot be", "give less than 100%");
        }
        return new Threshold(text, figure, 0, share);
    }

    private static @Nullable Figure named(final String name, final List<Figure> known) {
        for (final Figure figure : known) {
            if (figure.name.equals(name)) {
                return figure;
            }
        }
        return null;
    }

    private List<Threshold> crossed(final Run run) {
        return thresholds.stream().filter(each -> each.isCrossed(run)).toList();
    }

    /** Says which were crossed. */
    void tell(final Run run, final Console console) {
        crossed(run).forEach(each -> console.err().println("tcpreplay-j: " + each.words(run)));
    }

    /** The exit code with what was crossed; a fault, or a signal, outweighs that. */
    int exit(final int before, final Run run) {
        final boolean counts = before == ExitCode.OK.code() || before == ExitCode.INCOMPLETE.code();
        return counts && !crossed(run).isEmpty() ? before + ExitCode.THRESHOLD.code() : before;
    }
}
