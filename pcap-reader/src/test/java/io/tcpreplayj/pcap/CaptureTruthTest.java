package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.testdata.Captures;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Every recorded capture against its ground truth, which tshark computed. Where tshark counts other things than packets,
 * or opens tunnels that we do not, {@code truth-exceptions.tsv} says what we count and why.
 */
final class CaptureTruthTest {
    private static final String TRUTH = ".truth.json";

    @Test
    void agreesWithTheTruthOfEveryCapture() throws IOException {
        final Path shared = Captures.shared().orElse(null);
        if (shared == null) {
            System.err.println("NOT RUN: CaptureTruthTest needs the recorded captures; set " + Captures.VARIABLE);
            abort("no recorded captures: set " + Captures.VARIABLE);
            return;
        }
        final Map<String, String> exceptions = exceptions();
        final List<String> differences = new ArrayList<>();
        int captures = 0;
        for (final Path capture : capturesWithTruth(shared)) {
            final String name = shared.relativize(capture).toString();
            final Map<String, Object> truth = truthOf(capture);
            final Map<String, Object> found = measured(Tally.of(CaptureFiles.open(capture)));
            for (final Map.Entry<String, Object> field : expected(truth).entrySet()) {
                final String key = name + "\t" + field.getKey();
                final String exception = exceptions.remove(key);
                final String wanted = exception != null ? exception : String.valueOf(field.getValue());
                final String got = String.valueOf(found.get(field.getKey()));
                if (!wanted.equals(got)) {
                    differences.add(key + "\twanted " + wanted + "\tgot " + got);
                }
            }
            captures++;
        }
        assertThat(differences).isEmpty();
        assertThat(exceptions.keySet()).as("exceptions that nothing needed").isEmpty();
        assertThat(captures).isGreaterThan(200);
    }

    private static Map<String, Object> measured(final Tally tally) {
        return Map.of(
                "packets", tally.packets,
                "bytes_captured", tally.bytesCaptured,
                "bytes_wire", tally.bytesWire,
                "first", tally.firstNs,
                "last", tally.lastNs,
                "tcp_packets", tally.count(Verdict.TCP),
                "tcp_payload", tally.payloadBytes,
                "damage", tally.damage == null ? "" : tally.damage.toString());
    }

    private static Map<String, Object> expected(final Map<String, Object> whole) {
        @SuppressWarnings("unchecked")
        final Map<String, Object> truth =
                (Map<String, Object>) Objects.requireNonNull(whole.get("capture"), "no capture section");
        return Map.of(
                "packets", truth.getOrDefault("packets", 0),
                "bytes_captured", truth.getOrDefault("bytes_captured", 0),
                "bytes_wire", truth.getOrDefault("bytes_wire", 0),
                "first", nanoseconds(truth.get("first")),
                "last", nanoseconds(truth.get("last")),
                "tcp_packets", truth.getOrDefault("tcp_packets", 0),
                "tcp_payload", payload(whole),
                "damage", "");
    }

    /** Payload of all segments as their IP headers claim it, copies and that of RSTs included. */
    private static long payload(final Map<String, Object> whole) {
        long sum = 0;
        @SuppressWarnings("unchecked")
        final List<Map<String, Map<String, Object>>> flows =
                (List<Map<String, Map<String, Object>>>) Objects.requireNonNull(whole.get("tcp"), "no flows");
        for (final Map<String, Map<String, Object>> flow : flows) {
            for (final String direction : List.of("c2s", "s2c")) {
                final Map<String, Object> truth = Objects.requireNonNull(flow.get(direction), direction);
                sum += ((Number) truth.getOrDefault("payload", 0)).longValue();
                sum += ((Number) truth.getOrDefault("rst_payload", 0)).longValue();
            }
        }
        return sum;
    }

    /** A long of nanoseconds ends in 2262; later times are held as its end. */
    private static long nanoseconds(final @Nullable Object seconds) {
        return seconds == null
                ? 0
                : new BigDecimal((String) seconds)
                        .movePointRight(9)
                        .min(BigDecimal.valueOf(Long.MAX_VALUE))
                        .longValueExact();
    }

    private static List<Path> capturesWithTruth(final Path shared) throws IOException {
        final List<Path> captures = new ArrayList<>();
        for (final String folder : List.of("rec", "repo")) {
            try (Stream<Path> files = Files.walk(shared.resolve(folder))) {
                files.filter(file -> Files.isRegularFile(file) && Files.exists(truthFile(file)))
                        .sorted()
                        .forEach(captures::add);
            }
        }
        return captures;
    }

    /** The truth beside a capture, which is compressed where it is long; it need not exist. */
    private static Path truthFile(final Path capture) {
        final Path gzip = capture.resolveSibling(capture.getFileName() + TRUTH + ".gz");
        return Files.exists(gzip) ? gzip : capture.resolveSibling(capture.getFileName() + TRUTH);
    }

    private static Map<String, Object> truthOf(final Path capture) throws IOException {
        final Path file = truthFile(capture);
        try (InputStream raw = Files.newInputStream(file);
                InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
            return JSON.std.mapFrom(in);
        }
    }

    /** "capture TAB field" to the value that we count instead. */
    private static Map<String, String> exceptions() throws IOException {
        final Map<String, String> exceptions = new HashMap<>();
        for (final String line : TestTable.lines("truth-exceptions.tsv")) {
            final String[] columns = line.split("\t", -1);
            assertThat(Arrays.asList(columns)).as(line).hasSize(4);
            exceptions.put(columns[0] + "\t" + columns[1], columns[2]);
        }
        return exceptions;
    }
}
