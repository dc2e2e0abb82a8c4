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
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** UDP conversations of {@code flows --json} against tshark's, which does not cut them where they are quiet. */
final class UdpTruthTest {
    private static final String TRUTH = ".truth.json";

    /** What is another number here, and why. */
    private static final Map<String, String> EXCEPTIONS = Map.of(
            "http-vxlan.pcap", "a tunnel's datagrams are no conversation, also where ARP or ICMP is inside",
            "test202.pcapng", "captured on two interfaces: the bytes of copies count once",
            "le__test202.pcapng", "the same",
            "arcnet-rfc1201-arp-icmp-http.pcap", "link types of ARCNET are not read");

    @TempDir
    private Path directory;

    private final List<String> differences = new ArrayList<>();
    private int conversations;

    @Test
    void ownCaptures_agreeWithTheTruth() throws IOException {
        compareAll(ProjectTree.root().resolve("testdata/captures"));
        assertThat(differences).isEmpty();
        assertThat(conversations).isEqualTo(38);
    }

    @Test
    void recordedCaptures_agreeWithTheTruth() throws IOException {
        final Path shared = Captures.shared().orElse(null);
        if (shared == null) {
            System.err.println("SKIPPED: UdpTruthTest needs the recorded captures; set " + Captures.VARIABLE);
            Assumptions.abort("the recorded captures are absent");
            return;
        }
        compareAll(shared);
        assertThat(differences).isEmpty();
        assertThat(conversations).isGreaterThan(500);
    }

    private void compareAll(final Path folder) throws IOException {
        final List<Path> truths;
        try (Stream<Path> files = Files.walk(folder)) {
            truths = files.filter(file -> file.getFileName().toString().contains(TRUTH))
                    .sorted()
                    .toList();
        }
        for (final Path file : truths) {
            final Map<String, Object> truth = TruthJson.read(file);
            final List<Object> files = TruthJson.list(truth.get("files"));
            final List<Object> wanted = truth.containsKey("udp") ? TruthJson.list(truth.get("udp")) : List.of();
            // Rotated files that are one capture together are another issue.
            if (files.size() == 1 && !wanted.isEmpty()) {
                final String name = (String) TruthJson.map(files.get(0)).get("file");
                final int before = differences.size();
                compare(file.resolveSibling(name), wanted);
                if (EXCEPTIONS.containsKey(name)) {
                    assertThat(differences.size()).as(name + " is no exception").isGreaterThan(before);
                    differences.subList(before, differences.size()).clear();
                }
            }
        }
    }

    private void compare(final Path capture, final List<Object> wanted) throws IOException {
        final Path database = directory.resolve("truth.tfdb");
        Files.deleteIfExists(database);
        final Run indexed = new Run().main("index", "-q", "--db", database.toString(), capture.toString());
        assertThat(indexed.exit()).as(capture + ": " + indexed.err()).isIn(0, 8);
        final Map<String, long[]> sums = new TreeMap<>();
        for (final String line : new Run()
                .main("flows", database.toString(), "--json", "--where", "udp")
                .out()
                .lines()
                .toList()) {
            final Map<String, Object> flow = JSON.std.mapFrom(line);
            add(sums, TruthJson.endpoint(flow.get("client")), TruthJson.endpoint(flow.get("server")), flow, "client");
            add(sums, TruthJson.endpoint(flow.get("server")), TruthJson.endpoint(flow.get("client")), flow, "server");
        }
        final Map<String, long[]> truth = new TreeMap<>();
        for (final Object one : wanted) {
            final Map<String, Object> conversation = TruthJson.map(one);
            final String a = TruthJson.bare(conversation.get("a"));
            final String b = TruthJson.bare(conversation.get("b"));
            add(truth, a, b, conversation, "a2b");
            add(truth, b, a, conversation, "b2a");
            conversations++;
        }
        final String name = capture.getFileName().toString();
        truth.forEach((way, packetsAndBytes) -> same(name + " " + way, packetsAndBytes, sums.remove(way)));
        sums.forEach((way, packetsAndBytes) -> same(name + " " + way, new long[2], packetsAndBytes));
    }

    /** Of {@code side} packets and bytes, on the way from one end to the other. */
    private static void add(
            final Map<String, long[]> sums,
            final String from,
            final String to,
            final Map<String, Object> counted,
            final String side) {
        final String packets = counted.containsKey("app") ? side + "Packets" : side + "_packets";
        final String bytes = counted.containsKey("app") ? side + "Bytes" : side + "_bytes";
        final long[] sum = sums.computeIfAbsent(from + " > " + to, way -> new long[2]);
        sum[0] += ((Number) counted.get(packets)).longValue();
        sum[1] += ((Number) counted.get(bytes)).longValue();
    }

    private void same(final String where, final long[] wanted, final long[] got) {
        final long[] found = got == null ? new long[2] : got;
        if (wanted[0] != found[0] || wanted[1] != found[1]) {
            differences.add(where + ": truth " + wanted[0] + " packets, " + wanted[1] + " bytes, got " + found[0] + ", "
                    + found[1]);
        }
    }
}
