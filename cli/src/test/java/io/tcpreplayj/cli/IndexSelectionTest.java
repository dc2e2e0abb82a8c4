package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code index} takes of a capture's packets; the others are counted. */
class IndexSelectionTest {
    /** 2023-11-14T22:13:20Z; a packet a millisecond. */
    private static final int START = 1_700_000_000;

    @TempDir
    private Path dir;

    private Path capture = Path.of("");

    @BeforeEach
    void write() throws IOException {
        capture = new TinyCapture(START)
                .connection(0x0a000002, 40000, 80)
                .icmp()
                .connection(0x0a000003, 40001, 8080)
                .midstream(0x0b000004, 40002, 443)
                .write(dir.resolve("a.pcap"));
    }

    private Run index(final Object... words) throws IOException {
        final Path db = dir.resolve("x.tfdb");
        Files.deleteIfExists(db);
        final List<Object> all = new ArrayList<>(List.of("index", "--db", db));
        all.addAll(Arrays.asList(words));
        return new Run().main(all.toArray());
    }

    private void selects(final String ledger, final Object... words) throws IOException {
        final Run run = index(words);
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("packets  18 read = " + ledger + "\n");
    }

    @Test
    void portsAndHosts_areThoseOfEitherEnd_andOfSegmentsOnly() throws IOException {
        selects("17 indexed + 1 skipped: not-tcp 1", capture);
        selects("8 indexed + 10 skipped: filtered 9, not-tcp 1", capture, "--port", "80");
        selects("16 indexed + 2 skipped: filtered 1, not-tcp 1", capture, "--port", "40000-40001");
        selects("8 indexed + 10 skipped: filtered 9, not-tcp 1", capture, "--host", "10.0.0.3");
        selects("1 indexed + 17 skipped: filtered 16, not-tcp 1", capture, "--host", "11.0.0.0/8", "--port", "443,80");
    }

    @ParameterizedTest
    @CsvSource({
        "--from,+8ms,9",
        "--from,2023-11-14T22:13:20.009Z,9",
        "--from,2023-11-15T00:13:20.009+02:00,9",
        "--from,22:13:20.009,9",
        "--from,23:00,0",
        "--to,22:13,0",
        "--to,+8ms,8",
        "--to,2023-11-14T22:13:20.009Z,8",
        "--to,2023-11-15T00:00:00Z,17"
    })
    void times_areAbsoluteOrOfTheFirstDayOrFromTheFirstPacket(final String flag, final String time, final int indexed)
            throws IOException {
        assertThat(index(capture, flag, time).out()).contains("packets  18 read = " + indexed + " indexed + ");
    }

    @Test
    void fromAndTo_boundAnIntervalWithoutItsEnd_overAllCapturesFromTheFirstPacketOfAll() throws IOException {
        final Path later =
                new TinyCapture(START + 10).connection(0x0a000005, 1, 80).write(dir.resolve("b.pcap"));
        final Run run = index(later, capture, "--from", "+8ms", "--to", "+10003ms");
        assertThat(run.out()).contains("total\n  packets  26 read = 12 indexed + 14 skipped: filtered 13, not-tcp 1\n");
    }

    /** Its time is 10^10 s after 1970, 24 years after the last nanosecond of a long, and becomes that one. */
    @Test
    void packetOfATimeThatNoLongHolds_isTakenWhereNoEndIsGiven() throws IOException {
        final String section = "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000";
        final String offset = "01000000 24000000 6500 0000 00000000 0e00 0800 00e40b5402000000 0000 0000 24000000";
        final String packet =
                "4500 0028 0001 0000 4006 0000 0a000002 0a000001 9c40 0050 00000001 00000000 5002 ffff 00000000";
        final String block = "06000000 48000000 00000000 00000000 00000000 28000000 28000000" + packet + "48000000";
        final byte[] bytes = HexFormat.of().parseHex((section + offset + block).replace(" ", ""));
        final Path late = Files.write(dir.resolve("late.pcapng"), bytes);

        assertThat(index(late).out()).contains("packets  1 read = 1 indexed + 0 skipped\n");
        assertThat(index(late, "--to", "2100-01-01T00:00:00Z").out())
                .contains("packets  1 read = 0 indexed + 1 skipped: filtered 1\n");
    }

    @Test
    void expression_followsTheCaptures_inOneWordOrSeveral() throws IOException {
        selects("8 indexed + 10 skipped: filtered 10", capture, "tcp", "port", "80", "and", "host", "10.0.0.2");
        selects("8 indexed + 10 skipped: filtered 10", capture, "tcp port 80 and host 10.0.0.2");
        selects("0 indexed + 18 skipped: filtered 17, not-tcp 1", capture, "icmp");
        selects("2 indexed + 16 skipped: filtered 16", capture, "(tcp[13] & 2 != 0) and port 80");
        selects("9 indexed + 9 skipped: filtered 8, not-tcp 1", capture, "! (tcp and port 80)");
        selects("8 indexed + 10 skipped: filtered 10", capture, "not", "icmp", "--port", "80");
    }

    @Test
    void fileOfTheNameOfAWord_isACapture() throws IOException {
        final Run run = index(capture, dir.resolve("none.pcap"));
        assertThat(run.err()).contains("none.pcap: no such file");
        final Operands words = Operands.of(List.of("tcp", "port", "80"));
        assertThat(words.captures()).containsExactly("tcp");
        assertThat(words.expression()).isEqualTo("port 80");
        final Operands existing = Operands.of(List.of("a", "/", "tcp"));
        assertThat(existing.captures()).containsExactly("a", "/");
        assertThat(Operands.of(List.of("a", "tpc", "port", "80")).captures()).containsExactly("a", "tpc");
    }

    @Test
    void mistake_isToldWithACaret_beforeAnythingIsRead() throws IOException {
        final Run place = index(capture, "tcp", "port", "nosuchservice");
        assertThat(place.exit()).isEqualTo(2);
        assertThat(place.err())
                .isEqualTo("tcpreplay-j: filter \"tcp port nosuchservice\" for link type ETHERNET:"
                        + " unknown port 'nosuchservice'\n"
                        + "  tcp port nosuchservice\n"
                        + "           ^\n"
                        + "hint: man pcap-filter tells the language\n");
        final Run whole = index(capture, "tcp", "porrt", "80");
        assertThat(whole.exit()).isEqualTo(2);
        assertThat(whole.err()).contains("filter \"tcp porrt 80\"").contains("syntax error");
        assertThat(dir.resolve("x.tfdb")).doesNotExist();
    }

    @Test
    void expressionThatALinkTypeDoesNotHave_isAMistakeWhereThatComes_andNothingOfTheCaptureIsKept() throws IOException {
        final Run run = index(capture, "ether", "src", "02:00:00:00:00:01");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("for link type RAW: ");
        assertThat(dir.resolve("x.tfdb")).doesNotExist();
    }

    @Test
    void badTimes_areRefused() throws IOException {
        for (final String time : List.of("noon", "25:00", "2023-11-14", "+", "-5m", "2023-13-14T22:13:20Z")) {
            final Run run = index(capture, "--from", time);
            assertThat(run.exit()).as(time).isEqualTo(2);
            assertThat(run.err()).contains("--from").contains("hint: ");
        }
    }

    /** A selection is no part of a capture's identity, which a user must be told. */
    @Test
    void sameCaptureWithAnotherSelection_isKnownAlready_andSaysHow() throws IOException {
        index(capture, "--port", "80");
        final Run again = new Run().main("index", "--db", dir.resolve("x.tfdb"), capture, "udp");
        assertThat(again.out())
                .contains(
                        "a.pcap: already indexed, nothing added; another selection of its packets needs another --db");
    }
}
