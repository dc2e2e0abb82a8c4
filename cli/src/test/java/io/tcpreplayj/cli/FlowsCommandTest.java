package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowsCommandTest {
    @TempDir
    private Path dir;

    private Path db;

    @BeforeEach
    void index() throws IOException {
        db = dir.resolve("x.tfdb");
        final Path capture = new TinyCapture()
                .connection(0x0a000002, 40000, 80)
                .connection(0x0a000003, 40001, 8080)
                .midstream(0x0a000004, 40002, 80)
                .write(dir.resolve("a.pcap"));
        assertThat(new Run()
                        .main("index", "--db", db, "--digest", "sha256", capture)
                        .exit())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "| 3",
                "--port 80 | 2",
                "--port 80,8080 | 3",
                "--port 8000-8099 | 1",
                "--host 10.0.0.2 | 1",
                "--host 10.0.0.2/31 | 2",
                "--host 10.0.0.1 | 3",
                "--flow 2 --flow 3 | 2",
                "--max-flows 2 | 2",
                "--port 80 --max-flows 1 | 1",
                "--sample 100% | 3",
                "--where replayable | 2",
                "--where server.port==80&&!replayable | 1",
                "--where clientBytes>1000 | 0",
                "--where server.port!=80 | 1",
                "--where tcp | 3",
                "--where ip6 | 0",
                "--where capture~a.pcap | 3",
                "--where capture~b.pcap | 0",
                "--sort -startNs --max-flows 2 | 2"
            })
    void selection(final String flags, final int expected) {
        final String words = "flows " + db + " --count " + (flags == null ? "" : flags);
        final Run run = new Run().main((Object[]) words.trim().split(" "));
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).isEqualTo(expected + "\n");
    }

    @Test
    void sample_isStableByClientAndGrowsWithTheShare() {
        int few = 0;
        int many = 0;
        for (int i = 0; i < 10_000; i++) {
            final IpAddress client = IpAddress.v4(0x0a000000 + i);
            final boolean inFew = Selection.sampled(client, 0.05);
            final boolean inMany = Selection.sampled(client, 0.5);
            assertThat(!inFew || inMany).isTrue();
            few += inFew ? 1 : 0;
            many += inMany ? 1 : 0;
        }
        // Binomial: five standard deviations either way.
        assertThat(few).isBetween(500 - 110, 500 + 110);
        assertThat(many).isBetween(5000 - 250, 5000 + 250);
    }

    @Test
    void table_isForPeople() {
        final Run run = new Run().main("flows", db);
        assertThat(run.out().lines().toList().get(0))
                .matches("id +client +server +start +duration +sent +received +requests +app +close +replayable");
        assertThat(run.out())
                .containsPattern(
                        "(?m)^ 1 +10\\.0\\.0\\.2:40000 +10\\.0\\.0\\.1:80 +2023-11-14T22:13:20\\.001000Z +7\\.00 ms +27 B +27 B +1 +http +fin +yes$");
        assertThat(run.out()).contains("no: midstream");
    }

    @Test
    void json_hasExactlyTheDocumentedFieldsInOrder() throws IOException {
        final Run run = new Run().main("flows", db, "--json");
        assertThat(run.out().lines()).hasSize(3);
        final Map<String, Object> first =
                JSON.std.mapFrom(run.out().lines().findFirst().orElseThrow());
        assertThat(first.keySet())
                .containsExactly(
                        "id",
                        "capture",
                        "protocol",
                        "client",
                        "server",
                        "startNs",
                        "endNs",
                        "clientPackets",
                        "serverPackets",
                        "duplicatePackets",
                        "clientBytes",
                        "serverBytes",
                        "clientDigest",
                        "serverDigest",
                        "clientSha256",
                        "serverSha256",
                        "clientGapBytes",
                        "serverGapBytes",
                        "clientUnseenBytes",
                        "serverUnseenBytes",
                        "handshake",
                        "close",
                        "midstream",
                        "truncated",
                        "requests",
                        "exchanges",
                        "app",
                        "replayable");
        assertThat(run.out()).contains("\"client\":{\"address\":\"10.0.0.2\",\"port\":40000},");
        assertThat(first)
                .containsEntry("id", 1)
                .containsEntry("startNs", 1_700_000_000_001_000_000L)
                .containsEntry("clientPackets", 5)
                .containsEntry("handshake", "full")
                .containsEntry("replayable", true);
        final Map<String, Object> last =
                JSON.std.mapFrom(run.out().lines().skip(2).findFirst().orElseThrow());
        assertThat(last).containsEntry("reason", "midstream").containsEntry("replayable", false);
    }

    private static List<String> cells(final Run run) {
        assertThat(run.exit()).as(run.err()).isZero();
        return run.out().lines().map(line -> line.trim().replaceAll(" +", " ")).toList();
    }

    @Test
    void sort_ordersByEachFieldInTurn() {
        assertThat(cells(new Run().main("flows", db, "--sort", "server.port,-client.port", "--fields", "id")))
                .containsExactly("id", "3", "1", "2");
        assertThat(cells(new Run().main("flows", db, "--sort", "-startNs", "--fields", "id")))
                .containsExactly("id", "3", "2", "1");
        assertThat(cells(new Run().main("flows", db, "--sort=reason,-id", "--fields", "id,reason")))
                .containsExactly("id reason", "3 midstream", "2 -", "1 -");
        assertThat(cells(new Run().main("flows", db, "--sort", "client", "--fields", "client.port")))
                .containsExactly("client.port", "40000", "40001", "40002");
    }

    @Test
    void sort_withMaxFlows_takesTheFirstOfTheOrder() {
        final Run run = new Run().main("flows", db, "--sort", "-id", "--max-flows", "2", "--fields", "id");
        assertThat(cells(run)).containsExactly("id", "3", "2");
        assertThat(run.err()).isEqualTo("2 of 3 flows\n");
    }

    @Test
    void fields_areTheColumnsAsTheyAre() {
        assertThat(cells(new Run().main("flows", db, "--fields", "id,clientBytes,app,durationNs,capture,server")))
                .startsWith(
                        "id clientBytes app durationNs capture server",
                        "1 27 http 7000000 " + dir.resolve("a.pcap") + " 10.0.0.1:80");
    }

    @Test
    void fields_areTheMembersOfTheJson_nullWhereThereIsNoValue() {
        assertThat(new Run()
                        .main("flows", db, "--json", "--fields", "server.port,reason,client,replayable")
                        .out())
                .startsWith(
                        "{\"server.port\":80,\"reason\":null,\"client\":{\"address\":\"10.0.0.2\",\"port\":40000},\"replayable\":true}\n");
    }

    @Test
    void unknownField_suggestsTheNearest() {
        final Run sort = new Run().main("flows", db, "--sort", "-clientByts");
        assertThat(sort.exit()).isEqualTo(2);
        assertThat(sort.err()).contains("--sort: no field \"clientByts\"").contains("did you mean clientBytes?");
        final Run fields = new Run().main("flows", db, "--fields", "id,,app");
        assertThat(fields.exit()).isEqualTo(2);
        assertThat(fields.err()).contains("--fields: no field \"\"").contains("help filter");
    }

    @Test
    void maxFlows_readsNoFurther_andSaysHowManyThereAre() {
        final Run run = new Run().main("flows", db, "--max-flows", "1", "--fields", "id");
        assertThat(cells(run)).containsExactly("id", "1");
        assertThat(run.err()).isEqualTo("1 of 3 flows\n");
    }

    @Test
    void flowInATunnel_saysSo() throws IOException {
        final Path capture = new TinyCapture()
                .connection(0x0a000002, 40000, 80)
                .inVxlan(42)
                .connection(0x0a000003, 40000, 80)
                .write(dir.resolve("carried.pcap"));
        final Path tunnels = dir.resolve("carried.tfdb");
        assertThat(new Run().main("index", "--db", tunnels, capture).exit()).isZero();

        final Run flows = new Run().main("flows", tunnels, "--json", "--where", "tunnel ~ vxlan");
        assertThat(flows.out().lines()).hasSize(1);
        assertThat(JSON.std.mapFrom(flows.out())).containsEntry("tunnel", "vxlan 42");
        assertThat(new Run().main("flows", tunnels, "--json", "--flow", 1).out())
                .doesNotContain("tunnel");
        assertThat(new Run().main("show", tunnels, 2).out()).contains("\n  tunnel      vxlan 42\n");
        assertThat(new Run().main("show", tunnels, 1).out()).doesNotContain("tunnel");
    }

    @Test
    void badFilter_getsACaretUnderTheMistake() {
        final Run run = new Run().main("flows", db, "--where", "replayable && clientByts > 3");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err())
                .contains("\n  replayable && clientByts > 3\n                ^\n")
                .contains("\"clientBytes\"");
    }

    @Test
    void whatIsNoDatabase_isToldApart() throws IOException {
        assertThat(new Run().main("flows", dir.resolve("none.tfdb")).err()).contains("no such flow database");
        assertThat(new Run().main("flows", dir).err()).contains("is a directory");
        assertThat(new Run().main("flows", dir.resolve("a.pcap")).err()).contains("it is a capture: tcpreplay-j index");
        final Path text = Files.writeString(dir.resolve("t"), "hello, this is no database at all, just some text here");
        final Run run = new Run().main("flows", text);
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("not a flow database").doesNotContain("\tat ");
    }

    @Test
    void twoDatabases_areRefused() {
        assertThat(new Run().main("flows", db, "--db", db).err()).contains("two databases");
    }

    @Test
    void show_tellsWhatTheClientDid() {
        final Run run = new Run().main("show", db, 1);
        assertThat(run.exit()).isZero();
        assertThat(run.out())
                .contains("flow 1 of ")
                .contains("handshake   full")
                .containsPattern("\\+3\\.00 ms +data +27 +0 +")
                .containsPattern("fin +0 +27 ")
                .contains("HTTP/1.1 204 No Content\\r\\n\\r\\n")
                .endsWith("\n> 27 bytes at +3.00 ms\nGET / HTTP/1.1\\r\\n\nHost: a\\r\\n\n\\r\\n\n"
                        + "\n< 27 bytes at +4.00 ms\nHTTP/1.1 204 No Content\\r\\n\n\\r\\n\n");
        assertThat(new Run().main("show", db, 1, "--hex").out()).contains("""
                > 27 bytes at +3.00 ms
                00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|
                00000010  48 6f 73 74 3a 20 61 0d  0a 0d 0a                 |Host: a....|
                0000001b

                < 27 bytes at +4.00 ms
                00000000  48 54 54 50 2f 31 2e 31  20 32 30 34 20 4e 6f 20  |HTTP/1.1 204 No |
                """);
        assertThat(new Run().main("show", db, 1, "--decode").out())
                .endsWith("ms\nGET / HTTP/1.1\nHost: a\n\n\n< 27 bytes at +4.00 ms\nHTTP/1.1 204 No Content\n\n");
        assertThat(new Run().main("show", db, 1, "--decode", "--hex").err()).contains("exclude each other");
    }

    @Test
    void show_ofAnswersThatAreNotKept_saysHowToGetThem() throws IOException {
        final Path capture = Recorded.file("keepalive4.pcap");
        final Path some = dir.resolve("some.tfdb");
        final Path all = dir.resolve("all.tfdb");
        assertThat(new Run().main("index", "--db", some, capture).exit()).isZero();
        assertThat(new Run()
                        .main("index", "--db", all, "--head", 65536, capture)
                        .exit())
                .isZero();
        final Run part = new Run().main("show", some, 1, "--decode");
        assertThat(part.out()).containsPattern("< 256 of \\d+ bytes kept at \\+");
        assertThat(part.err()).contains("index --head 65536").contains("export --flow 1 -w FILE");
        assertThat(new Run().main("show", some, 1, "-q").err()).isEmpty();
        final Run whole = new Run().main("show", all, 1);
        assertThat(whole.err()).isEmpty();
        assertThat(whole.out()).doesNotContain(" kept").doesNotContain("\u001b");
    }

    @Test
    void show_isColouredOnATerminalOnly() {
        assertThat(new Run().watched().main("show", db, 1).out()).contains("\u001b[31m\n> 27 bytes".replace("\n", ""));
        assertThat(new Run().watched().env("NO_COLOR", "1").main("show", db, 1).out())
                .doesNotContain("\u001b");
        assertThat(new Run().watched().env("TERM", "dumb").main("show", db, 1).out())
                .doesNotContain("\u001b");
    }

    @Test
    void show_json_addsEventsToTheFieldsOfFlows() throws IOException {
        final Map<String, Object> object =
                JSON.std.mapFrom(new Run().main("show", db, 1, "--json").out());
        assertThat(object).containsKeys("id", "opening", "events", "exchangeList", "clientBytesBase64");
    }

    @Test
    void show_unknownFlow_isAnError() {
        assertThat(new Run().main("show", db, 99).err()).contains("no flow 99");
        assertThat(new Run().main("show", db, "x").err()).contains("\"x\" is not a flow's id");
    }
}
