package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.packet.CopyFinder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Reassembler;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.pcap.CaptureException;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import io.tcpreplayj.testdata.Captures;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every flow of every recorded capture against its ground truth, which tshark's dissection gives. A difference is a bug,
 * or a row of {@code truth-exceptions.tsv} that says what we say instead, and why.
 */
final class TruthTest {
    private static final String TRUTH = ".truth.json";
    private static final Map<String, String> CLOSES =
            Map.of("fin", "FIN", "halffin", "HALF", "rst", "RST", "open", "NONE");

    private final Map<String, String> exceptions = exceptions();
    private final List<String> differences = new ArrayList<>();
    private int captures;
    private int flows;
    private int digests;
    private int copies;

    @Test
    void agreesWithTheTruthOfEveryFlow() throws IOException {
        final Path shared = Captures.shared().orElse(null);
        if (shared == null) {
            System.err.println("NOT RUN: TruthTest needs the recorded captures; set " + Captures.VARIABLE);
            abort("no recorded captures: set " + Captures.VARIABLE);
            return;
        }
        for (final Path file : truthFiles(shared)) {
            final Map<String, Object> truth = read(file);
            final List<Path> members = list(truth.get("files")).stream()
                    .map(member -> file.resolveSibling((String) map(member).get("file")))
                    .collect(Collectors.toList());
            final String name = shared.relativize(file).toString();
            compare(name.substring(0, name.indexOf(TRUTH)), list(truth.get("tcp")), assemble(members));
        }
        System.out.println(
                "TruthTest: " + captures + " captures, " + flows + " flows, " + digests + " digests compared");
        assertThat(differences).isEmpty();
        assertThat(exceptions.keySet()).as("exceptions that nothing needed").isEmpty();
        assertThat(captures).isGreaterThan(240);
    }

    /** Made by a tool that wrote each or some packets twice, or recorded on two interfaces of one path; counted by tshark. */
    @ParameterizedTest
    @CsvSource({
        "rec/forms/dupall.pcap.gz, 755",
        "rec/forms/dup10.pcap.gz, 78",
        "rec/http-twoif/http-twoif.pcapng, 48",
        "rec/forms/reorder.pcap.gz, 0",
        "rec/forms/base.pcap, 0"
    })
    void packetsCapturedTwice_areFound(final String capture, final int expected) throws IOException {
        final Path shared = Captures.shared().orElse(null);
        if (shared == null) {
            abort("no recorded captures: set " + Captures.VARIABLE);
            return;
        }
        assemble(List.of(shared.resolve(capture)));
        assertThat(copies).isEqualTo(expected);
    }

    private void compare(final String capture, final List<Object> wanted, final List<FlowRecord> found) {
        captures++;
        check(capture, "*", "flows", wanted.size(), found.size());
        for (int i = 0; i < Math.min(wanted.size(), found.size()); i++) {
            final Map<String, Object> truth = map(wanted.get(i));
            final FlowRecord flow = found.get(i);
            final Map<String, Object> expected = expected(truth);
            final Map<String, Object> measured = measured(flow);
            expected.forEach(
                    (field, value) -> check(capture, "" + truth.get("stream"), field, value, measured.get(field)));
            flows++;
        }
    }

    private void check(
            final String capture,
            final String flow,
            final String field,
            final @Nullable Object wanted,
            final @Nullable Object got) {
        final String key = capture + "\t" + flow + "\t" + field;
        final String exception = exceptions.remove(key);
        final String value = String.valueOf(wanted);
        if (value.equals(String.valueOf(got))) {
            if (exception != null) {
                differences.add(key + "\tis listed, but agrees with the truth");
            }
        } else if (exception == null || !exception.equals(String.valueOf(got))) {
            differences.add(
                    key + "\ttruth " + value + "\tgot " + got + (exception == null ? "" : "\tlisted " + exception));
        }
    }

    private Map<String, Object> expected(final Map<String, Object> truth) {
        final Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("client", truth.get("client"));
        fields.put("server", truth.get("server"));
        fields.put("midstream", "mid".equals(truth.get("start")));
        fields.put("close", CLOSES.get((String) truth.get("end")));
        for (final String direction : List.of("c2s", "s2c")) {
            final Map<String, Object> stream = map(truth.get(direction));
            fields.put(direction + ".packets", stream.get("packets"));
            fields.put(direction + ".bytes", stream.get("unique"));
            fields.put(direction + ".captured", stream.get("unique_captured"));
            fields.put(direction + ".gap", stream.get("gap_bytes"));
            fields.put(direction + ".unseen", stream.getOrDefault("acked_unseen", 0));
            if (stream.containsKey("sha256")) {
                fields.put(direction + ".sha256", stream.get("sha256"));
                digests++;
            }
        }
        fields.put("c2s.conflict", map(truth.get("c2s")).getOrDefault("conflict", 0));
        fields.put("first", nanoseconds(truth.get("first")));
        return fields;
    }

    /** A long of nanoseconds ends in 2262; later times are held as its end. */
    private static long nanoseconds(final @Nullable Object seconds) {
        // A Simple Packet Block of pcapng has no time, and 0 here.
        return new BigDecimal("0" + seconds)
                .movePointRight(9)
                .min(BigDecimal.valueOf(Long.MAX_VALUE))
                .longValueExact();
    }

    private static Map<String, Object> measured(final FlowRecord flow) {
        final Map<String, Object> fields = new HashMap<>();
        fields.put("client", flow.client());
        fields.put("server", flow.server());
        fields.put("midstream", flow.midstream());
        fields.put("close", flow.close());
        fields.put("first", flow.startNs());
        put(fields, "c2s", flow.clientStream());
        put(fields, "s2c", flow.serverStream());
        return fields;
    }

    private static void put(final Map<String, Object> fields, final String direction, final StreamSummary stream) {
        fields.put(direction + ".packets", stream.packets());
        fields.put(direction + ".bytes", stream.bytes());
        fields.put(direction + ".captured", stream.capturedBytes());
        fields.put(direction + ".gap", stream.gapBytes());
        fields.put(direction + ".unseen", stream.unseenBytes());
        fields.put(direction + ".conflict", stream.conflictBytes());
        fields.put(direction + ".sha256", stream.sha256());
    }

    private List<FlowRecord> assemble(final List<Path> files) throws IOException {
        final List<FlowRecord> records = new ArrayList<>();
        final FlowAssembler assembler =
                new FlowAssembler(1, 1, new FlowAssembler.AssemblerOptions(true, 256), (flow, bytes) -> {
                    FlowChecks.check(flow, bytes);
                    records.add(flow);
                });
        final Reassembler reassembler = new Reassembler();
        final CopyFinder finder = new CopyFinder();
        final PacketView view = new PacketView();
        for (final Path file : files) {
            try (CaptureReader reader = CaptureFiles.open(file)) {
                int polled = 0;
                while (polled >= 0) {
                    polled = reader.poll(
                            (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                                if (reassembler.decode(buffer, offset, caplen, origlen, timeNs, linktype, view)
                                        == Verdict.TCP) {
                                    copies += finder.mark(view, timeNs) ? 1 : 0;
                                    assembler.onSegment(view, timeNs);
                                }
                            },
                            1000);
                }
            } catch (final CaptureException e) {
                // Damaged: what came before is compared.
                assertThat(e).hasMessageContaining(file.getFileName().toString());
            }
        }
        assembler.finish();
        FlowChecks.checkSums(assembler.counters(), records);
        records.sort(Comparator.comparingLong(FlowRecord::id));
        return records;
    }

    private static List<Path> truthFiles(final Path shared) throws IOException {
        try (Stream<Path> files = Files.walk(shared)) {
            return files.filter(file ->
                            file.toString().endsWith(TRUTH) || file.toString().endsWith(TRUTH + ".gz"))
                    .sorted()
                    .collect(Collectors.toList());
        }
    }

    private static Map<String, Object> read(final Path file) throws IOException {
        try (InputStream raw = Files.newInputStream(file);
                InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
            return JSON.std.mapFrom(in);
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(final @Nullable Object value) {
        return (Map<String, Object>) Objects.requireNonNull(value);
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(final @Nullable Object value) {
        return (List<Object>) Objects.requireNonNull(value);
    }

    /** "capture TAB flow TAB field" to what we say instead. */
    private static Map<String, String> exceptions() {
        final Map<String, String> exceptions = new LinkedHashMap<>();
        try (InputStream in = TruthTest.class.getResourceAsStream("truth-exceptions.tsv")) {
            final String table = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            table.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                final String[] columns = line.split("\t");
                assertThat(columns).as(line).hasSize(5);
                exceptions.put(columns[0] + "\t" + columns[1] + "\t" + columns[2], columns[3]);
            });
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return exceptions;
    }
}
