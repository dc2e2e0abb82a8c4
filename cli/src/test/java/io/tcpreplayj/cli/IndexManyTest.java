package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several captures at once: their order, and {@code --merge}, which makes them one. */
class IndexManyTest {
    private static final int FILE_HEADER = 24;
    private static final int RECORD_HEADER = 16;

    @TempDir
    private Path dir;

    private int clients;

    private Path db() {
        return dir.resolve("db/x.tfdb");
    }

    private Run index(final Object... words) throws IOException {
        Files.createDirectories(dir.resolve("db"));
        final List<Object> all = new ArrayList<>(List.of("index", "--db", db()));
        all.addAll(Arrays.asList(words));
        return new Run().main(all.toArray());
    }

    private List<Map<String, Object>> flows() throws IOException {
        final List<Map<String, Object>> flows = new ArrayList<>();
        for (final String line :
                new Run().main("flows", db(), "--json").out().lines().toList()) {
            flows.add(JSON.std.mapFrom(line));
        }
        return flows;
    }

    private void write(final String name, final int startSeconds) throws IOException {
        clients++;
        new TinyCapture(startSeconds)
                .connection(0x0a000001 + clients, 40000, 80)
                .write(dir.resolve(name));
    }

    private List<String> capturesOfFlows() throws IOException {
        return flows().stream()
                .map(flow -> dir.relativize(Path.of(String.valueOf(flow.get("capture"))))
                        .toString())
                .toList();
    }

    /** The names that {@code tcpdump -C 1 -W 12}, {@code tcpdump -G} and {@code dumpcap -b} give; the rings began again. */
    @Test
    void rotationSets_areIndexedInOrderOfTime() throws IOException {
        write("c.pcap00", 1_700_000_012);
        write("c.pcap01", 1_700_000_003);
        write("c.pcap02", 1_700_000_004);
        write("g.pcap10", 1_700_000_016);
        write("g.pcap2", 1_700_000_014);
        write("r_00001_20260101000500.pcapng", 1_700_000_007);
        write("r_00002_20260101000000.pcapng", 1_700_000_002);
        write("same-time-b", 1_700_000_020);
        write("same-time-a", 1_700_000_020);
        assertThat(index(dir).exit()).isZero();
        assertThat(capturesOfFlows())
                .containsExactly(
                        "r_00002_20260101000000.pcapng",
                        "c.pcap01",
                        "c.pcap02",
                        "r_00001_20260101000500.pcapng",
                        "c.pcap00",
                        "g.pcap2",
                        "g.pcap10",
                        "same-time-a",
                        "same-time-b");
    }

    @Test
    void namedOneByOne_theOrderIsThatOfTimeToo_andQuotedPatternsAreExpanded() throws IOException {
        write("late.pcap", 1_700_000_012);
        write("early.pcap", 1_700_000_003);
        assertThat(index(dir.resolve("late.pcap"), dir.resolve("[e]*.pcap")).exit())
                .isZero();
        assertThat(capturesOfFlows()).containsExactly("early.pcap", "late.pcap");
    }

    /** Cut between two packets, so that flows go on in the next file; or dealt out, so that the files overlap in time. */
    @Test
    void merged_flowsGoOnFromFileToFile() throws IOException {
        final byte[] whole = Files.readAllBytes(Recorded.file("keepalive4.pcap"));
        index(Files.write(dir.resolve("whole.pcap"), whole));
        final List<Map<String, Object>> wanted = flows();
        final List<byte[]> records = records(whole);
        for (final boolean dealtOut : new boolean[] {false, true}) {
            Files.delete(db());
            final List<Path> parts = new ArrayList<>();
            for (int part = 0; part < 3; part++) {
                parts.add(Files.write(dir.resolve("part" + (3 - part)), part(whole, records, part, 3, dealtOut)));
            }
            final Run run = index("--merge", parts.get(1), parts.get(2), parts.get(0));
            assertThat(run.exit()).as(run.err()).isZero();
            assertThat(run.out())
                    .contains("part3 and 2 more: merged, ")
                    .contains("packets  83 read = 83 indexed + 0 skipped")
                    .contains("flows    6 found = 6 replayable + 0 not");
            assertThat(withoutCapture(flows())).isEqualTo(withoutCapture(wanted));
            assertThat(capturesOfFlows())
                    .as("the files in which they began")
                    .startsWith("part3")
                    .contains("part2");
            final Run again = index("--merge", dir.resolve("part*"), parts.get(0));
            assertThat(again.exit()).isZero();
            assertThat(again.out().lines().filter(line -> line.endsWith(": already indexed, nothing added")))
                    .hasSize(4);
            assertThat(index(parts.get(2)).out()).contains("part1: already indexed, nothing added");
            assertThat(flows()).hasSize(6);
        }
    }

    @Test
    void merged_theSameCaptureTwice_countsOnce() throws IOException {
        write("a.pcap", 1_700_000_003);
        final Path copy = Files.copy(dir.resolve("a.pcap"), dir.resolve("b.pcap"));
        final Run run = index("--merge", dir.resolve("a.pcap"), copy);
        assertThat(run.out()).contains("b.pcap: already indexed as " + dir.resolve("a.pcap") + ", nothing added");
        assertThat(flows()).hasSize(1);
    }

    @Test
    void merged_damagedAndForeignFiles_areTold_andTheOthersAreIndexed() throws IOException {
        write("a.pcap", 1_700_000_003);
        write("b.pcap", 1_700_000_005);
        final byte[] whole = Files.readAllBytes(dir.resolve("b.pcap"));
        Files.write(dir.resolve("b.pcap"), Arrays.copyOf(whole, whole.length - 1));
        final Run damaged = index("--merge", dir.resolve("a.pcap"), dir.resolve("b.pcap"));
        assertThat(damaged.exit()).isEqualTo(8);
        assertThat(damaged.err()).contains("b.pcap: a record of 56 bytes is cut short");
        assertThat(flows()).hasSize(2);
        Files.writeString(dir.resolve("notes.txt"), "not packets\n");
        assertThat(index("--merge", dir.resolve("notes.txt")).exit()).isEqualTo(2);
        write("c.pcap", 1_700_000_007);
        final Run foreign = index("--merge", dir.resolve("notes.txt"), dir.resolve("c.pcap"));
        assertThat(foreign.exit()).isEqualTo(2);
        assertThat(foreign.err()).contains("notes.txt: not a capture but text");
        assertThat(flows()).hasSize(3);
    }

    @Test
    void merged_standardInputTakesPart() throws IOException {
        write("a.pcap", 1_700_000_003);
        final byte[] later =
                new TinyCapture(1_700_000_001).connection(0x0b000003, 1, 80).bytes();
        Files.createDirectories(dir.resolve("db"));
        final Run run = new Run().in(later).main("index", "--merge", "--db", db(), dir.resolve("a.pcap"), "-");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(flows())
                .map(flow -> flow.get("capture").toString().replaceAll(".*/", ""))
                .containsExactly("stdin", "a.pcap");
    }

    @Test
    void maxBytes_endsACaptureThere() throws IOException {
        write("a.pcap", 1_700_000_003);
        final Path file = dir.resolve("a.pcap");
        final byte[] packet = Files.readAllBytes(file);
        final TinyCapture capture = new TinyCapture();
        for (int port = 1; port < 100; port++) {
            capture.connection(0x0a000002, port, 80);
        }
        capture.write(file);
        final Run run = index("--max-bytes", "2k", file);
        assertThat(packet.length).isLessThan(1000);
        assertThat(run.exit()).isEqualTo(8);
        assertThat(run.err())
                .contains("a.pcap: goes on behind byte 2000, where it was to end (packet ")
                .contains("flows before it were indexed")
                .contains("hint: allow more with --max-bytes");
        assertThat(index(file).out())
                .contains("already indexed up to where it was damaged or --max-bytes ended it, nothing added; another"
                        + " selection of its packets needs another --db");
        assertThat(index("--max-bytes", "5", file).exit()).isEqualTo(2);
    }

    @Test
    @SuppressWarnings("unchecked")
    void decryptionSecrets_areCounted_andNeverKeptOrTold() throws IOException {
        final ByteBuffer capture = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
        capture.putInt(0x0a0d0d0a)
                .putInt(28)
                .putInt(0x1a2b3c4d)
                .putShort((short) 1)
                .putShort((short) 0)
                .putLong(-1)
                .putInt(28);
        capture.putInt(10)
                .putInt(36)
                .putInt(0x544c534b)
                .putInt(16)
                .put("CLIENT_CANARY 42".getBytes(StandardCharsets.US_ASCII))
                .putInt(36);
        final Path file = Files.write(dir.resolve("s.pcapng"), Arrays.copyOf(capture.array(), capture.position()));
        final Run text = index(file);
        assertThat(text.out()).contains("  keys     1 block of decryption secrets, left out\n");
        assertThat(text.out() + text.err()).doesNotContain("CANARY");
        Files.delete(db());
        final Run run = index("--json", file);
        final Map<String, Object> object = JSON.std.mapFrom(run.out());
        assertThat(((List<Map<String, Object>>) object.get("captures")).get(0)).containsEntry("decryptionSecrets", 1);
        assertThat(run.out()).doesNotContain("CANARY");
        assertThat(Files.readString(db(), StandardCharsets.ISO_8859_1)).doesNotContain("CANARY");
    }

    private static List<Map<String, Object>> withoutCapture(final List<Map<String, Object>> flows) {
        flows.forEach(flow -> flow.remove("capture"));
        return flows;
    }

    private static List<byte[]> records(final byte[] pcap) {
        final ByteBuffer file = ByteBuffer.wrap(pcap).order(ByteOrder.LITTLE_ENDIAN);
        final List<byte[]> records = new ArrayList<>();
        for (int at = FILE_HEADER; at < pcap.length; at += records.get(records.size() - 1).length) {
            records.add(Arrays.copyOfRange(pcap, at, at + RECORD_HEADER + file.getInt(at + 8)));
        }
        return records;
    }

    private static byte[] part(
            final byte[] pcap, final List<byte[]> records, final int part, final int parts, final boolean dealtOut) {
        final ByteBuffer file = ByteBuffer.allocate(pcap.length).put(pcap, 0, FILE_HEADER);
        for (int i = 0; i < records.size(); i++) {
            if (part == (dealtOut ? i % parts : i * parts / records.size())) {
                file.put(records.get(i));
            }
        }
        return Arrays.copyOf(file.array(), file.position());
    }
}
