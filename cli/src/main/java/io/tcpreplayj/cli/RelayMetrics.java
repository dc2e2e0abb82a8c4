package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.PrometheusText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** {@code live --metrics} where packets come from other hosts or go to them: counters by the name of each. */
final class RelayMetrics implements AutoCloseable {
    private static final double SECOND_NS = 1e9;

    private final @Nullable MetricsFile file;
    private final Consumer<String> say;
    private final long beganNs = System.nanoTime();

    private RelayMetrics(final @Nullable MetricsFile file, final Consumer<String> say) {
        this.file = file;
        this.say = say;
    }

    /** @throws io.tcpreplayj.replay.UserException when they are wanted where nothing can be written */
    static RelayMetrics of(final LowArgs args, final Consumer<String> say) {
        final String name = args.value(Flags.METRICS);
        return new RelayMetrics(name == null ? null : MetricsFile.open(Path.of(name)), say);
    }

    /** Now and then; {@code figures} are asked at once, on this thread, whose they are. */
    void tell(final Consumer<PrometheusText> figures) {
        if (file == null || !file.isDue()) {
            return;
        }
        final String text = text(figures);
        file.offer(() -> text);
        final String fault = file.newFault();
        if (!fault.isEmpty()) {
            say.accept("the metrics cannot be written: " + fault);
        }
    }

    /** Nothing more will come. */
    void finish(final Consumer<PrometheusText> figures) {
        if (file == null) {
            return;
        }
        try {
            file.finish(text(figures));
        } catch (final IOException e) {
            say.accept("the last metrics are not written: " + e.getMessage());
        }
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
        if (file != null) {
            file.close();
        }
    }
}
