package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.PrometheusText;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** {@code live --metrics} where packets come from other hosts or go to them: counters by the name of each. */
final class RelayMetrics implements AutoCloseable {
    private static final double SECOND_NS = 1e9;

    private final Metrics metrics;
    private final long beganNs = System.nanoTime();

    private RelayMetrics(final Metrics metrics) {
        this.metrics = metrics;
    }

    /** @throws io.tcpreplayj.replay.UserException when they are wanted where nothing can be written */
    static RelayMetrics of(final LowArgs args, final Consumer<String> say) {
        return new RelayMetrics(Metrics.of(args, say));
    }

    /** Now and then. */
    void tell(final Consumer<PrometheusText> figures) {
        metrics.tell(() -> text(figures));
    }

    /** Nothing more will come. */
    void finish(final Consumer<PrometheusText> figures) {
        metrics.finish(() -> text(figures));
    }

    private String text(final Consumer<PrometheusText> figures) {
        final PrometheusText text = new PrometheusText("tcpreplayj_live_")
                .gauge("elapsed_seconds", "Since it began.", (System.nanoTime() - beganNs) / SECOND_NS)
                .ofProcess();
        figures.accept(text);
        return text.toString();
    }

    /** One figure of each by its name; of those with one name, such as a host that was started anew, the sum. */
    static <T> Map<String, Long> by(
            final Collection<T> all, final Function<T, String> name, final ToLongFunction<T> figure) {
        final Map<String, Long> figures = new LinkedHashMap<>();
        all.forEach(one -> figures.merge(name.apply(one), figure.applyAsLong(one), Long::sum));
        return figures;
    }

    @Override
    public void close() {
        metrics.close();
    }
}
