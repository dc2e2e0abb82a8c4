package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code --metrics}, where it is given: a file for the textfile collector of Prometheus' node_exporter. What keeps it from being
 * written is said, and keeps nothing else.
 */
final class Metrics implements AutoCloseable {
    private final @Nullable MetricsFile file;
    private final Consumer<String> say;

    /** What is to be written. */
    @FunctionalInterface
    interface Text {
        String get() throws IOException;
    }

    private Metrics(final @Nullable MetricsFile file, final Consumer<String> say) {
        this.file = file;
        this.say = say;
    }

    /** @throws io.tcpreplayj.replay.UserException when they are wanted where nothing can be written */
    static Metrics of(final LowArgs args, final Consumer<String> say) {
        final String name = args.value(Flags.METRICS);
        return new Metrics(name == null ? null : MetricsFile.open(Path.of(name)), say);
    }

    /** Has that written, where it is due: asked now, on this thread, whose figures they are. */
    void tell(final Text text) {
        if (file == null || !file.isDue()) {
            return;
        }
        try {
            final String now = text.get();
            offer(file, () -> now);
        } catch (final IOException e) {
            say.accept("the metrics are not written: " + e.getMessage());
        }
    }

    /** The same of figures that nobody changes: asked when it is written, on the file's thread. */
    void tellLater(final Supplier<String> text) {
        if (file != null && file.isDue()) {
            offer(file, text);
        }
    }

    private void offer(final MetricsFile to, final Supplier<String> text) {
        to.offer(text);
        final String fault = to.newFault();
        if (!fault.isEmpty()) {
            say.accept("the metrics cannot be written: " + fault);
        }
    }

    /** Nothing more will come. */
    void finish(final Text text) {
        if (file == null) {
            return;
        }
        try {
            file.finish(text.get());
        } catch (final IOException e) {
            say.accept("the last metrics are not written: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
        }
    }
}
