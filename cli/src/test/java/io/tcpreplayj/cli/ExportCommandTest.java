package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExportCommandTest {
    private static final int CLIENT_2 = 0x0a000002;
    private static final int CLIENT_3 = 0x0a000003;
    private static final int CLIENT_4 = 0x0a000004;

    @TempDir
    private Path dir;

    private Path capture;
    private Path db;

    @BeforeEach
    void index() throws IOException {
        capture = new TinyCapture()
                .connection(CLIENT_2, 40000, 80)
                .icmp()
                .connection(CLIENT_3, 40001, 8080)
                .midstream(CLIENT_4, 40002, 80)
                .write(dir.resolve("a.pcap"));
        db = indexed("a.tfdb", capture);
    }

    private Path indexed(final String name, final Object... captures) {
        final Path file = dir.resolve(name);
        final List<Object> words = new ArrayList<>(List.of("index", "-q", "--digest", "sha256", "--db", file));
        words.addAll(List.of(captures));
        final Run run = new Run().main(words.toArray());
        assertThat(run.exit()).as(run.err()).isZero();
        return file;
    }

    /** One line a packet: time, link type, length on the wire, bytes. */
    private static List<String> packets(final Path file) throws IOException {
        final List<String> packets = new ArrayList<>();
        final PacketHandler handler = (buffer, offset, caplen, origlen, timeNs, linktype) ->
                packets.add(timeNs + " " + linktype + " " + origlen + " " + hex(buffer, offset, caplen));
        try (CaptureReader reader = CaptureFiles.open(file)) {
            while (reader.poll(handler, 100) >= 0) {
                continue;
            }
        }
        return packets;
    }

    private static String hex(final ByteBuffer buffer, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        buffer.get(offset, bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** {@code flows --json} without the capture's name. */
    private static List<Map<String, Object>> flows(final Path database) throws IOException {
        final List<Map<String, Object>> flows = new ArrayList<>();
        for (final String line :
                new Run().main("flows", database, "--json").out().lines().toList()) {
            final Map<String, Object> flow = new TreeMap<>(JSON.std.mapFrom(line));
            flow.remove("capture");
            flows.add(flow);
        }
        return flows;
    }

    private Path exported(final String name, final Object... words) {
        final Path file = dir.resolve(name);
        final List<Object> line = new ArrayList<>(List.of("export", "-w", file));
        line.addAll(List.of(words));
        final Run run = new Run().main(line.toArray());
        assertThat(run.exit()).as(run.err()).isZero();
        return file;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "keepalive4.pcap",
                "keepalive4.pcap.zst",
                "keepalive6.pcapng.gz",
                "aborted.pcap",
                "cooked1.pcap",
                "cooked2.pcap",
                "vlan.pcap",
                "qinq-nanoseconds.pcap"
            })
    void originalPackets_areThoseOfTheCapture_andIndexToTheSameFlows(final String name) throws IOException {
        final Path original = Recorded.file(name);
        final Path database = indexed("o.tfdb", original);
        for (final String output : List.of("o.pcap", "o.pcapng")) {
            final Path file = exported(output, database);
            // Nothing but TCP was recorded there, so all packets are some flow's.
            assertThat(packets(file)).isEqualTo(packets(original));
            assertThat(flows(indexed(output + ".tfdb", file))).isEqualTo(flows(database));
        }
    }

    @Test
    void selection_takesTheFlowsAskedFor_andNothingElse() throws IOException {
        final List<String> all = packets(capture);
        assertThat(packets(exported("1.pcap", db, "--flow", 1))).isEqualTo(all.subList(0, 8));
        assertThat(packets(exported("2.pcap", db, "--where", "dst port 8080"))).isEqualTo(all.subList(9, 17));
        assertThat(packets(exported("3.pcap", db, "--port", 80, "--max-flows", 1)))
                .isEqualTo(all.subList(0, 8));
        assertThat(packets(exported("4.pcap", db, "--where", "midstream"))).isEqualTo(all.subList(17, 18));
        assertThat(packets(exported("5.pcap", db, "--where", "ip6"))).isEmpty();
    }

    @Test
    void tupleUsedAgain_givesOnlyTheFlowAskedFor() throws IOException {
        // The same numbers a second time are copies of the first connection; a midstream segment belongs to it, too.
        final Path again = new TinyCapture()
                .connection(CLIENT_2, 40000, 80)
                .connection(CLIENT_2, 40000, 80, 77_000)
                .midstream(CLIENT_2, 40000, 80)
                .write(dir.resolve("again.pcap"));
        final Path database = indexed("again.tfdb", again);
        assertThat(flows(database)).hasSize(2);
        final List<String> all = packets(again);
        assertThat(packets(exported("first.pcap", database, "--flow", 1))).isEqualTo(all.subList(0, 8));
        assertThat(packets(exported("second.pcap", database, "--flow", 2))).isEqualTo(all.subList(8, 17));
    }

    @Test
    void severalCaptures_areFoundEachByItself_andTheMissingOneIsRebuilt() throws IOException {
        final Path second = new TinyCapture().connection(CLIENT_2, 40000, 80).write(dir.resolve("b.pcap"));
        Files.writeString(second, "", java.nio.file.StandardOpenOption.APPEND);
        final Path both = indexed(
                "both.tfdb",
                capture,
                new TinyCapture().connection(CLIENT_2, 50000, 81).write(dir.resolve("c.pcap")));
        Files.move(dir.resolve("c.pcap"), dir.resolve("elsewhere"));
        final Path file = dir.resolve("both.pcap");
        final Run run = new Run().main("export", both, "-w", file);
        assertThat(run.exit()).isZero();
        assertThat(run.err())
                .contains("c.pcap is not there any more: rebuilding its 1 flow")
                .contains("4 flows = 3 original + 1 rebuilt");
        assertThat(packets(file).subList(0, 17)).containsAll(packets(capture).subList(0, 8));
        assertThat(flows(indexed("both2.tfdb", file))).hasSize(4);
    }

    @Test
    void fragmentsOfASegment_comeWithIt() throws IOException {
        final Path pieces = new TinyCapture()
                .inFragments(16)
                .connection(CLIENT_2, 40000, 80)
                .connection(CLIENT_3, 40001, 80)
                .write(dir.resolve("pieces.pcap"));
        final Path database = indexed("pieces.tfdb", pieces);
        final Path second = exported("second.pcap", database, "--flow", 2);
        final List<String> all = packets(pieces);
        assertThat(packets(second)).hasSize(all.size() / 2).isEqualTo(all.subList(all.size() / 2, all.size()));
        assertThat(packets(exported("both.pcap", database))).isEqualTo(all);
    }

    @Test
    void flowOfWhichOnlyATimeWasIndexed_isExportedSo() throws IOException {
        final Path database =
                indexed("part.tfdb", "--from", "2023-11-14T22:13:20.003Z", "--to", "2023-11-14T22:13:20.006Z", capture);
        final Path file = exported("part.pcap", database);
        assertThat(packets(file)).hasSizeBetween(3, 4).isSubsetOf(packets(capture));
        assertThat(flows(indexed("part2.tfdb", file))).isEqualTo(flows(database));
    }

    @Test
    void capturesIndexedAsOne_areReadAsOne() throws IOException {
        final List<String> all = packets(capture);
        final byte[] bytes = Files.readAllBytes(capture);
        // A record of pcap: 16 bytes, then the packet; cut in the middle of the first connection.
        int cut = 24;
        for (int i = 0; i < 4; i++) {
            cut += 16 + ByteBuffer.wrap(bytes).getInt(cut + 8);
        }
        final Path head = Files.write(dir.resolve("m1.pcap"), java.util.Arrays.copyOf(bytes, cut));
        final byte[] rest = new byte[24 + bytes.length - cut];
        System.arraycopy(bytes, 0, rest, 0, 24);
        System.arraycopy(bytes, cut, rest, 24, bytes.length - cut);
        final Path tail = Files.write(dir.resolve("m2.pcap"), rest);
        final Path merged = indexed("m.tfdb", "--merge", tail, head);
        assertThat(packets(exported("m.pcap", merged, "--flow", 1))).isEqualTo(all.subList(0, 8));
        Files.delete(tail);
        final Run run = new Run().main("export", merged, "-w", dir.resolve("m3.pcap"));
        assertThat(run.err()).contains("3 flows = 0 original + 3 rebuilt");
    }

    @Test
    void anotherFileOfThatName_isNotTaken() throws IOException {
        final byte[] bytes = Files.readAllBytes(capture);
        bytes[30] ^= 1;
        Files.write(capture, bytes);
        final Run run = new Run().main("export", db, "-w", dir.resolve("x.pcap"));
        assertThat(run.exit()).isZero();
        assertThat(run.err())
                .contains("a.pcap is not the file that was indexed any more")
                .contains("= 0 original + 3 rebuilt");
    }

    @ParameterizedTest
    @ValueSource(strings = {"keepalive4.pcap", "keepalive6.pcapng.gz", "aborted.pcap", "vlan.pcap"})
    void rebuiltFlows_haveTheClientsBytesAndTheServersLengths(final String name) throws IOException {
        final Path copy = Files.copy(Recorded.file(name), dir.resolve(name));
        final Path database = indexed("r.tfdb", copy);
        Files.delete(copy);
        final Path file = exported("rebuilt.pcap", database);
        final List<Map<String, Object>> rebuilt = flows(indexed("r2.tfdb", file));
        final List<Map<String, Object>> wanted = flows(database);
        // What depends on bytes of answers that are not kept, and how many segments there were.
        final List<String> lost =
                List.of("clientPackets", "serverPackets", "serverDigest", "serverSha256", "truncated");
        for (final List<Map<String, Object>> list : List.of(rebuilt, wanted)) {
            list.forEach(flow -> lost.forEach(flow::remove));
        }
        assertThat(rebuilt).isEqualTo(wanted);
    }

    @Test
    void whatIsWritten_otherToolsReadWithoutComplaint() throws IOException {
        Privileges.need("tshark", "tcpdump", "capinfos");
        final Path copy = Files.copy(Recorded.file("keepalive4.pcap"), dir.resolve("k.pcap"));
        final Path database = indexed("k.tfdb", copy);
        final List<Path> files =
                new ArrayList<>(List.of(exported("o1.pcap", database), exported("o2.pcapng", database)));
        Files.delete(copy);
        files.add(exported("r1.pcap", database));
        files.add(exported("r2.pcapng", database));
        final Map<String, Long> wanted = new TreeMap<>();
        for (final Map<String, Object> flow : flows(database)) {
            wanted.put(
                    Session.endpoint(flow, "client"),
                    ((Number) flow.get("clientBytes")).longValue() + ((Number) flow.get("serverBytes")).longValue());
        }
        for (final Path file : files) {
            assertThat(Exec.run("capinfos", file.toString()).orThrow().stderr()).doesNotContain("damaged");
            final Exec.Result dump =
                    Exec.run("tcpdump", "-n", "-r", file.toString()).orThrow();
            assertThat(dump.stdout().lines()).hasSize(packets(file).size());
            assertThat(dump.stdout()).doesNotContain("incorrect").doesNotContain("bad ");
            assertThat(streamLengths(file)).as(file.toString()).isEqualTo(wanted);
            assertThat(tshark(file, "-Y", "tcp.checksum.status == \"Bad\" || ip.checksum.status == \"Bad\"")
                            .stdout())
                    .isEmpty();
            assertThat(tshark(file, "-Y", "tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment || _ws.malformed")
                            .stdout())
                    .isEmpty();
        }
    }

    private static Exec.Result tshark(final Path file, final String... options) {
        final List<String> line = new ArrayList<>(List.of(
                "tshark",
                "-n",
                "-o",
                "tcp.check_checksum:TRUE",
                "-o",
                "ip.check_checksum:TRUE",
                "-r",
                file.toString()));
        line.addAll(List.of(options));
        return Exec.run(line.toArray(String[]::new)).orThrow();
    }

    /** Payload bytes of both directions, by the client. */
    private static Map<String, Long> streamLengths(final Path file) {
        final Map<String, Long> lengths = new TreeMap<>();
        tshark(
                        file,
                        "-T",
                        "fields",
                        "-e",
                        "tcp.stream",
                        "-e",
                        "ip.src",
                        "-e",
                        "tcp.srcport",
                        "-e",
                        "tcp.len",
                        "-e",
                        "ip.dst",
                        "-e",
                        "tcp.dstport")
                .stdout()
                .lines()
                .map(line -> line.split("\t", -1))
                .forEach(row -> {
                    final boolean fromServer = row[2].equals("8080");
                    final String client = fromServer ? row[4] + ":" + row[5] : row[1] + ":" + row[2];
                    lengths.merge(client, Long.parseLong(row[3]), Long::sum);
                });
        return lengths;
    }

    @Test
    void formatFollowsTheName_orTheFlag() throws IOException {
        assertThat(Files.readAllBytes(exported("x.cap", db))).startsWith(0xa1, 0xb2, 0x3c, 0x4d);
        assertThat(Files.readAllBytes(exported("x.pcapng", db))).startsWith(0x0a, 0x0d, 0x0d, 0x0a);
        assertThat(Files.readAllBytes(exported("x", db))).startsWith(0x0a, 0x0d, 0x0d, 0x0a);
        assertThat(Files.readAllBytes(exported("y", db, "--format", "pcap"))).startsWith(0xa1, 0xb2, 0x3c, 0x4d);
        final Run run = new Run().main("export", db, "-w", dir.resolve("z"), "--format", "erf");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("--format: \"erf\" is not known");
    }

    @Test
    void severalLinktypes_arePcapng() throws IOException {
        final Path mixed = indexed("mixed.tfdb", capture, Recorded.file("keepalive4.pcap"));
        final Path file = dir.resolve("mixed.pcap");
        final Run run = new Run().main("export", mixed, "-w", file);
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.err()).contains("several link types (RAW and ETHERNET): writing pcapng");
        assertThat(Files.readAllBytes(file)).startsWith(0x0a, 0x0d, 0x0d, 0x0a);
        assertThat(flows(indexed("mixed2.tfdb", file))).isEqualTo(flows(mixed));
        final Run refused = new Run().main("export", mixed, "-w", dir.resolve("no.pcap"), "--format", "pcap");
        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.err()).contains("several link types").contains("--format pcapng");
        assertThat(dir.resolve("no.pcap")).doesNotExist();
    }

    @Test
    void standardOutput_isForAPipe() throws IOException {
        final Run piped = new Run().main("export", db, "-q", "-w", "-");
        assertThat(piped.err()).isEmpty();
        final Path file = Files.write(dir.resolve("piped"), piped.outBytes());
        assertThat(packets(file)).isEqualTo(packets(exported("whole.pcapng", db)));
        final Run watched = new Run().watched().main("export", db, "-w", "-");
        assertThat(watched.exit()).isEqualTo(2);
        assertThat(watched.err()).contains("not for a terminal");
        assertThat(watched.out()).isEmpty();
    }

    @Test
    void file_isTheOwnersOnly_andAppearsWhole() throws IOException {
        final Path file = exported("own.pcap", db);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (var files = Files.list(dir)) {
            assertThat(files.map(path -> path.getFileName().toString())).noneMatch(name -> name.endsWith(".new"));
        }
    }

    @Test
    void whatIsRead_isNotOverwritten() throws IOException {
        final byte[] before = Files.readAllBytes(capture);
        for (final Path target : List.of(capture, db)) {
            final Run run = new Run().main("export", db, "-w", target);
            assertThat(run.exit()).isEqualTo(2);
            assertThat(run.err()).contains("is what is read");
        }
        assertThat(Files.readAllBytes(capture)).isEqualTo(before);
        assertThat(new Run().main("export", db, "-w", dir).err()).contains("is a directory");
        assertThat(new Run().main("export", db).err()).contains("export wants -w FILE");
    }

    @Test
    void placeThatCannotBeWrittenTo_isNamedWithTheCure() {
        final Path nowhere = dir.resolve("no/x.pcap");
        final Run missing = new Run().main("export", db, "-w", nowhere);
        assertThat(missing.exit()).isEqualTo(2);
        assertThat(missing.err())
                .isEqualTo("tcpreplay-j: " + nowhere + ": there is no directory " + nowhere.getParent()
                        + "\nhint: mkdir -p " + nowhere.getParent() + "\n");
        // Not even root makes files there.
        final Run denied = new Run().main("export", db, "-w", "/sys/x.pcap");
        assertThat(denied.exit()).isEqualTo(2);
        assertThat(denied.err())
                .isEqualTo("tcpreplay-j: /sys/x.pcap: nothing can be written beside it: permission denied\n"
                        + "hint: name a file with -w where you may write\n");
    }

    /** A device of its own, on which there is never room. */
    @Test
    void fullDisk_isToldWithTheFileAndTheCure() {
        final Run run = new Run().main("export", db, "-w", "/dev/full");
        assertThat(run.exit()).isEqualTo(8);
        assertThat(run.err())
                .isEqualTo("tcpreplay-j: /dev/full: No space left on device\n"
                        + "hint: make room and run the same command again\n");
    }

    @Test
    void json_addsUp() throws IOException {
        final Run run = new Run().main("export", db, "-w", dir.resolve("j.pcap"), "--json");
        assertThat(run.err()).isEmpty();
        assertThat(JSON.std.mapFrom(run.out()))
                .containsEntry("format", "pcap")
                .containsEntry("packets", 17)
                .containsEntry("flows", Map.of("total", 3, "original", 3, "incomplete", 0, "rebuilt", 0))
                .containsEntry("exit", 0);
    }
}
