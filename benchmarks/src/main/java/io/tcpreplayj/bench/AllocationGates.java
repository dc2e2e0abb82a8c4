package io.tcpreplayj.bench;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Compares what benchmarks allocated with what they may: times move with the machine, bytes an operation do not.
 *
 * <p>{@code AllocationGates RESULTS.json gates.txt} prints one line a gated benchmark and ends with 1 when one of them
 * allocates too much, or a gate matches no benchmark any more.
 */
public final class AllocationGates {
    private static final String METRIC = "gc.alloc.rate.norm";

    private record Gate(Pattern pattern, double limit) {}

    private final List<String> verdicts = new ArrayList<>();
    private boolean passed = true;

    private AllocationGates() {}

    public static void main(final String[] args) throws IOException {
        final AllocationGates gates = check(Files.readString(Path.of(args[0])), Files.readString(Path.of(args[1])));
        gates.verdicts.forEach(System.out::println);
        System.exit(gates.passed ? 0 : 1);
    }

    /**
     * Judges the results of one run.
     *
     * @param results JMH's JSON, measured with {@code -prof gc}
     * @param gates a pattern of names and a limit in bytes an operation, one gate a line
     */
    static AllocationGates check(final String results, final String gates) throws IOException {
        final Map<String, Double> allocated = allocated(results);
        final AllocationGates judged = new AllocationGates();
        for (final Gate gate : parse(gates)) {
            judged.judge(gate, allocated);
        }
        return judged;
    }

    List<String> verdicts() {
        return List.copyOf(verdicts);
    }

    boolean passed() {
        return passed;
    }

    private void judge(final Gate gate, final Map<String, Double> allocated) {
        boolean matched = false;
        for (final Map.Entry<String, Double> benchmark : allocated.entrySet()) {
            if (gate.pattern().matcher(benchmark.getKey()).find()) {
                matched = true;
                final boolean within = benchmark.getValue() < gate.limit();
                add(within, "%s %.4f B/op, gate %s".formatted(benchmark.getKey(), benchmark.getValue(), gate.limit()));
            }
        }
        if (!matched) {
            add(false, "no benchmark in these results matches the gate " + gate.pattern());
        }
    }

    private void add(final boolean within, final String verdict) {
        passed &= within;
        verdicts.add((within ? "ok    " : "FAIL  ") + verdict);
    }

    private static List<Gate> parse(final String gates) {
        final List<Gate> parsed = new ArrayList<>();
        for (final String line : gates.split("\n", -1)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                final String[] words = line.trim().split("\\s+", -1);
                parsed.add(new Gate(Pattern.compile(words[0]), Double.parseDouble(words[1])));
            }
        }
        return parsed;
    }

    private static Map<String, Double> allocated(final String results) throws IOException {
        final Map<String, Double> allocated = new TreeMap<>();
        for (final Object each : JSON.std.listFrom(results)) {
            final Map<String, Object> result = cast(each);
            final Map<String, Object> metrics = cast(result.get("secondaryMetrics"));
            for (final Map.Entry<String, Object> metric : metrics.entrySet()) {
                // JMH up to 1.36 put a middle dot before the name.
                if (metric.getKey().endsWith(METRIC)) {
                    final Object iterations = cast(metric.getValue()).get("rawData");
                    allocated.put(String.valueOf(result.get("benchmark")), least(iterations));
                }
            }
        }
        return allocated;
    }

    /** Of all iterations in all JVMs: what JMH and the JVM allocate now and then for themselves only ever adds. */
    private static double least(final @Nullable Object iterations) {
        if (iterations instanceof Number number) {
            return number.doubleValue();
        }
        if (!(iterations instanceof List<?> list) || list.isEmpty()) {
            throw new IllegalArgumentException("not JMH's raw data: " + iterations);
        }
        return list.stream().mapToDouble(AllocationGates::least).min().orElseThrow();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> cast(final @Nullable Object object) {
        if (!(object instanceof Map)) {
            throw new IllegalArgumentException("not JMH's JSON: " + object);
        }
        return (Map<String, Object>) object;
    }
}
