package io.tcpreplayj.cli.report;

import java.util.Locale;
import java.util.Map;

/** Figures in Prometheus' text exposition format, version 0.0.4: each with its help and its type, in base units. */
public final class PrometheusText {
    private final StringBuilder text = new StringBuilder();
    private final String prefix;

    /** @param prefix of every name, up to and with its last {@code _} */
    public PrometheusText(final String prefix) {
        this.prefix = prefix;
    }

    /** What only grows; {@code name} ends in {@code _total}. */
    public PrometheusText counter(final String name, final String help, final long value) {
        return figure(name, help, "counter", Long.toString(value));
    }

    /** The same of what is no whole number. */
    public PrometheusText counter(final String name, final String help, final double value) {
        return figure(name, help, "counter", fraction(value));
    }

    /** What goes up and down. */
    public PrometheusText gauge(final String name, final String help, final long value) {
        return figure(name, help, "gauge", Long.toString(value));
    }

    /** The same of what is no whole number. */
    public PrometheusText gauge(final String name, final String help, final double value) {
        return figure(name, help, "gauge", fraction(value));
    }

    /** Counters of one name, told apart by one label. */
    public PrometheusText counters(
            final String name, final String help, final String label, final Map<String, Long> values) {
        return figures(name, help, "counter", label, values);
    }

    /** Gauges of one name, told apart by one label. */
    public PrometheusText gauges(
            final String name, final String help, final String label, final Map<String, Long> values) {
        return figures(name, help, "gauge", label, values);
    }

    private PrometheusText figures(
            final String name,
            final String help,
            final String type,
            final String label,
            final Map<String, Long> values) {
        head(name, help, type);
        values.forEach((of, value) -> sample(name, "{" + label + "=\"" + escaped(of) + "\"}", Long.toString(value)));
        return this;
    }

    /** What this process takes. */
    public PrometheusText ofProcess() {
        final Runtime runtime = Runtime.getRuntime();
        return counter("cpu_seconds_total", "Processor time of the process.", cpuSeconds())
                .gauge(
                        "heap_bytes",
                        "Memory that the JVM's objects take.",
                        runtime.totalMemory() - runtime.freeMemory());
    }

    private static double cpuSeconds() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(time -> time.toNanos() / 1e9)
                .orElse(0.0);
    }

    private PrometheusText figure(final String name, final String help, final String type, final String value) {
        head(name, help, type);
        sample(name, "", value);
        return this;
    }

    private void head(final String name, final String help, final String type) {
        text.append("# HELP ")
                .append(prefix)
                .append(name)
                .append(' ')
                .append(help)
                .append('\n');
        text.append("# TYPE ")
                .append(prefix)
                .append(name)
                .append(' ')
                .append(type)
                .append('\n');
    }

    private void sample(final String name, final String labels, final String value) {
        text.append(prefix)
                .append(name)
                .append(labels)
                .append(' ')
                .append(value)
                .append('\n');
    }

    private static String fraction(final double value) {
        return String.format(Locale.ROOT, "%.6f", value);
    }

    private static String escaped(final String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
