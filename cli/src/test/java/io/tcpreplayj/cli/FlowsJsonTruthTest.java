package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.Captures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a user reads, {@code index --digest sha256} and then {@code flows --json}, against the ground truth that tshark's
 * dissection gives: flows, directions, payload bytes and stream digests. (Every field of every third-party capture is
 * compared by TruthTest in flow-index; this is the whole way through the command line.)
 */
final class FlowsJsonTruthTest {
    private static final String TRUTH = ".truth.json";
    private static final Set<String> LAYERS_OPENED = Set.of("vlan", "ieee8021ad", "sll", "null", "raw");
    private static final Map<String, String> CLOSES =
            Map.of("fin", "fin", "halffin", "half", "rst", "rst", "open", "none");

    @TempDir
    Path directory;

    private final List<String> differences = new ArrayList<>();
    private int flows;
    private int digests;

    @Test
    void ownCaptures_agreeWithTheTruth() throws IOException {
        final int captures = compareAll(ProjectTree.root().resolve("testdata/captures"));
        assertThat(differences).isEmpty();
        assertThat(captures).isGreaterThanOrEqualTo(8);
        assertThat(digests).isGreaterThanOrEqualTo(2 * captures);
    }

    @Test
    void recordedCaptures_agreeWithTheTruth() throws IOException {
        final Path shared = Captures.shared().orElse(null);
        if (shared == null) {
            System.err.println("SKIPPED: FlowsJsonTruthTest needs the recorded captures; set " + Captures.VARIABLE);
            Assumptions.abort("the recorded captures are absent");
            return;
        }
        final int captures = compareAll(shared.resolve("rec"));
        assertThat(differences).isEmpty();
        assertThat(captures).isGreaterThan(80);
        assertThat(flows).isGreaterThan(2_000);
    }

    private int compareAll(final Path folder) throws IOException {
        final List<Path> truths;
        try (Stream<Path> files = Files.walk(folder)) {
            truths = files.filter(file -> file.getFileName().toString().contains(TRUTH))
                    .sorted()
                    .toList();
        }
        int captures = 0;
        for (final Path file : truths) {
            final Map<String, Object> truth = TruthJson.read(file);
            // Rotated files that are one capture together are another issue.
            if (TruthJson.list(truth.get("files")).size() == 1 && isCovered(truth)) {
                captures++;
                final String name = (String)
                        TruthJson.map(TruthJson.list(truth.get("files")).get(0)).get("file");
                compare(file.resolveSibling(name), TruthJson.list(truth.get("tcp")));
            }
        }
        return captures;
    }

    private void compare(final Path capture, final List<Object> wanted) throws IOException {
        final Path database = directory.resolve("truth.tfdb");
        Files.deleteIfExists(database);
        final Run indexed =
                new Run().main("index", "--digest", "sha256", "-q", "--db", database.toString(), capture.toString());
        assertThat(indexed.exit()).as(capture + ": " + indexed.err()).isZero();
        final List<String> lines = new Run()
                .main("flows", database.toString(), "--json", "--where", "tcp")
                .out()
                .lines()
                .toList();
        final String name = capture.getFileName().toString();
        same(name, "flows", wanted.size(), lines.size());
        for (int i = 0; i < Math.min(wanted.size(), lines.size()); i++) {
            final Map<String, Object> truth = TruthJson.map(wanted.get(i));
            final Map<String, Object> flow = JSON.std.mapFrom(lines.get(i));
            final String where = name + " flow " + flow.get("id");
            same(where, "client", TruthJson.bare(truth.get("client")), TruthJson.endpoint(flow.get("client")));
            same(where, "server", TruthJson.bare(truth.get("server")), TruthJson.endpoint(flow.get("server")));
            same(where, "midstream", "mid".equals(truth.get("start")), flow.get("midstream"));
            same(where, "close", CLOSES.get((String) truth.get("end")), flow.get("close"));
            compareStream(where, TruthJson.map(truth.get("c2s")), "client", flow);
            compareStream(where, TruthJson.map(truth.get("s2c")), "server", flow);
            flows++;
        }
    }

    private void compareStream(
            final String where, final Map<String, Object> truth, final String side, final Map<String, Object> flow) {
        same(where, side + "Packets", truth.get("packets"), flow.get(side + "Packets"));
        same(where, side + "Bytes", truth.get("unique"), flow.get(side + "Bytes"));
        same(where, side + "GapBytes", truth.get("gap_bytes"), flow.get(side + "GapBytes"));
        same(where, side + "UnseenBytes", truth.getOrDefault("acked_unseen", 0), flow.get(side + "UnseenBytes"));
        if (truth.containsKey("sha256")) {
            same(where, side + "Sha256", truth.get("sha256"), flow.get(side + "Sha256"));
            digests++;
        }
    }

    private void same(final String where, final String field, final Object wanted, final Object got) {
        if (!String.valueOf(wanted).equals(String.valueOf(got))) {
            differences.add(where + " " + field + ": truth " + wanted + ", got " + got);
        }
    }

    private static boolean isCovered(final Map<String, Object> truth) {
        final Object capture = truth.get("capture");
        if (capture == null) {
            return true;
        }
        return LAYERS_OPENED.containsAll(
                        TruthJson.map(TruthJson.map(capture).get("layers")).keySet())
                && !TruthJson.map(capture).containsKey("ip_fragments");
    }
}
