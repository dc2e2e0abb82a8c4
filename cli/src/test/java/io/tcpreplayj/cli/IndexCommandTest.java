package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexCommandTest {
    @TempDir
    private Path dir;

    private Path db() {
        return dir.resolve("x.tfdb");
    }

    private static TinyCapture two() {
        return new TinyCapture().connection(0x0a000002, 40000, 80).icmp().connection(0x0a000003, 40001, 80);
    }

    @Test
    void ledger_addsUpAndNamesWhatWasSkipped() throws IOException {
        final Path capture = two().midstream(0x0a000004, 40002, 80).write(dir.resolve("a.pcap"));
        final Run run = new Run().main("index", "--db", db(), capture);
        assertThat(run.exit()).isZero();
        assertThat(run.out())
                .contains("a.pcap: pcap, ")
                .contains("  packets  18 read = 17 indexed + 1 skipped: not-tcp 1\n")
                .contains("  flows    3 found = 2 replayable + 1 not: midstream 1\n")
                .contains("x.tfdb: ");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(db())))
                .isEqualTo("rw-------");
    }

    @Test
    @SuppressWarnings("unchecked")
    void whatWasInTheCapture_isTold() throws IOException {
        final Path capture = two().fragment()
                .icmpCutTo(24)
                .inVxlan(42)
                .connection(0x0a000004, 40002, 80)
                .write(dir.resolve("a.pcap"));
        final Run run = new Run().main("index", "--db", db(), capture);
        assertThat(run.exit()).isZero();
        assertThat(run.out())
                .contains("  packets  27 read = 24 indexed + 3 skipped: not-tcp 2, fragment 1\n")
                .contains("  links    raw 27\n")
                .contains("  tunnels  vxlan 8\n")
                .contains("  pieces   1 IP fragment = incomplete 1\n")
                .contains("  cut      1 packet by the snaplen\n");

        final Run json = new Run().main("index", "--json", "--db", dir.resolve("y.tfdb"), capture);
        assertThat((Map<String, Object>) JSON.std.mapFrom(json.out()).get("packets"))
                .containsEntry("linkTypes", Map.of("raw", 27))
                .containsEntry("tunnels", Map.of("vxlan", 8))
                .containsEntry("fragments", Map.of("incomplete", 1))
                .containsEntry("truncated", 1);
    }

    @Test
    void packetsCapturedTwice_areToldAndChangeNoFlow() throws IOException {
        final Path once = new TinyCapture().connection(0x0a000002, 40000, 80).write(dir.resolve("once.pcap"));
        final Path twice =
                new TinyCapture().twice().connection(0x0a000002, 40000, 80).write(dir.resolve("2.pcap"));
        final Run run = new Run().main("index", "--db", db(), once, twice);
        assertThat(run.exit()).isZero();
        assertThat(run.out())
                .contains("  packets  16 read = 16 indexed + 0 skipped\n")
                .contains("  copies   8 segments captured twice, bytes counted once\n");

        assertThat(new Run()
                        .main("flows", db(), "--where", "duplicatePackets == 8", "--count")
                        .out())
                .isEqualTo("1\n");
        assertThat(opening(2)).isEqualTo(opening(1)).contains("synAckDelayNs");
    }

    private String opening(final int flow) {
        return new Run().main("show", "--json", db(), flow).out().replaceAll(".*(\"opening\":\\{[^}]*}).*", "$1");
    }

    @Test
    void sameCaptureAgain_addsNothingUnderAnyName() throws IOException {
        final Path capture = two().write(dir.resolve("a.pcap"));
        new Run().main("index", "--db", db(), capture);
        final long size = Files.size(db());
        final Run again = new Run().main("index", "--db", db(), Files.copy(capture, dir.resolve("b.pcap")));
        assertThat(again.exit()).isZero();
        assertThat(again.out()).contains("b.pcap: already indexed as " + capture + ", nothing added\n");
        assertThat(Files.size(db())).isEqualTo(size);
        assertThat(new Run().main("flows", db(), "--count").out()).isEqualTo("2\n");
    }

    @Test
    void anotherCapture_isAddedWithIdsThatGoOn() throws IOException {
        new Run().main("index", "--db", db(), two().write(dir.resolve("a.pcap")));
        new Run().main("index", "--db", db(), two().icmp().write(dir.resolve("b.pcap")));
        assertThat(new Run().main("flows", db(), "--json").out().lines().map(line -> line.replaceAll(",.*", "")))
                .containsExactly("{\"id\":1", "{\"id\":2", "{\"id\":3", "{\"id\":4");
    }

    @Test
    void damagedCapture_keepsWhatCameBefore_andExits8() throws IOException {
        final byte[] whole = two().bytes();
        final Path cut = Files.write(dir.resolve("cut.pcap"), Arrays.copyOf(whole, whole.length - 5));
        final Run run = new Run().main("index", "--db", db(), cut);
        assertThat(run.exit()).isEqualTo(8);
        assertThat(run.err())
                .contains("cut.pcap")
                .contains("at byte")
                .endsWith("\n")
                .contains("\nhint: ");
        assertThat(run.err()).contains("2 flows before it were indexed").doesNotContain("\tat ");
        assertThat(new Run().main("flows", db(), "--count").out()).isEqualTo("2\n");
    }

    @Test
    void missingAndForeignFiles_exit2_butTheOthersAreIndexed() throws IOException {
        final Path text = Files.writeString(dir.resolve("notes.txt"), "not packets\n");
        final Path good = two().write(dir.resolve("a.pcap"));
        final Run run = new Run().main("index", "--db", db(), dir.resolve("none.pcap"), text, good);
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("none.pcap: no such file").contains("notes.txt: not a capture");
        assertThat(new Run().main("flows", db(), "--count").out()).isEqualTo("2\n");
    }

    @Test
    void nothingIndexed_makesNoDatabase() {
        assertThat(new Run()
                        .main("index", "--db", db(), dir.resolve("none.pcap"))
                        .exit())
                .isEqualTo(2);
        assertThat(db()).doesNotExist();
    }

    @Test
    void directoriesAndPatterns_passOverWhatIsNoCapture() throws IOException {
        two().write(dir.resolve("b.pcap"));
        new TinyCapture().connection(0x0a000009, 1, 80).write(dir.resolve("a.pcap"));
        Files.writeString(dir.resolve("notes.txt"), "not packets\n");
        final Run run = new Run().main("index", "--db", dir.resolve("../y.tfdb"), dir);
        Files.deleteIfExists(dir.resolve("../y.tfdb"));
        assertThat(run.exit()).isZero();
        assertThat(run.out()).containsSubsequence("a.pcap", "b.pcap", "total", "flows    3 found");
        assertThat(run.err()).contains("skipped").contains("notes.txt");
        final Run pattern = new Run().main("index", "--db", db(), dir.resolve("*.pcap"));
        assertThat(pattern.exit()).isZero();
        assertThat(pattern.out()).contains("flows    3 found");
        assertThat(new Run().main("index", "--db", db(), dir.resolve("*.zip")).err())
                .contains("*.zip: no such file");
        final Path empty = Files.createDirectory(dir.resolve("empty"));
        final Run both = new Run().main("index", "--db", db(), empty, dir.resolve("a.pcap"));
        assertThat(both.exit()).isEqualTo(2);
        assertThat(both.err()).contains("empty: no file in this directory");
        assertThat(both.out()).contains("a.pcap: already indexed");
    }

    @Test
    void stdin_isNeverTakenForKnown() {
        assertThat(new Run().in(two().bytes()).main("index", "--db", db(), "-").exit())
                .isZero();
        assertThat(new Run().in(two().bytes()).main("index", "--db", db(), "-").exit())
                .isZero();
        assertThat(new Run().main("flows", db(), "--count").out()).isEqualTo("4\n");
    }

    @Test
    void environmentNamesTheDatabase() throws IOException {
        final Path capture = two().write(dir.resolve("a.pcap"));
        assertThat(new Run()
                        .env("TCPREPLAYJ_DB", db().toString())
                        .main("index", capture)
                        .exit())
                .isZero();
        assertThat(new Run()
                        .env("TCPREPLAYJ_DB", db().toString())
                        .main("flows", "--count")
                        .out())
                .isEqualTo("2\n");
    }

    @Test
    @SuppressWarnings("unchecked")
    void json_isOneObjectWithTheSameLedger() throws IOException {
        final Path capture = two().write(dir.resolve("a.pcap"));
        final Run run = new Run().main("index", "--json", "--db", db(), capture, capture, dir.resolve("none.pcap"));
        final Map<String, Object> object = JSON.std.mapFrom(run.out());
        assertThat(object.keySet())
                .containsExactly(
                        "database",
                        "databaseBytes",
                        "payloadKept",
                        "packets",
                        "flows",
                        "captures",
                        "alreadyIndexed",
                        "unreadable",
                        "deletedUnread",
                        "exit");
        assertThat((Map<String, Object>) object.get("packets"))
                .containsEntry("read", 17)
                .containsEntry("indexed", 16)
                .containsEntry("skipped", Map.of("not-tcp", 1));
        assertThat((List<Object>) object.get("alreadyIndexed")).containsExactly(capture.toString());
        assertThat(object).containsEntry("exit", 2);
    }

    @Test
    void badOptions_areRefusedBeforeAnythingIsRead() {
        assertThat(new Run().main("index", "--digest", "md5", "x").err()).contains("--digest");
        assertThat(new Run().main("index", "--head", "65537", "x").err()).contains("--head");
    }
}
