package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a capture of DNS, the whole way, to a server that answers or does not. */
final class UdpReplayTest {
    private static final int QUERIES = 20;
    private static final int NXDOMAIN = 3;

    @TempDir
    private Path directory;

    /** What the server does with a query. */
    @FunctionalInterface
    private interface Manner {
        /** The response code, or -1 for no answer. */
        int answer(int number);
    }

    /** Queries of as many clients, 10 ms apart, each answered after 1 ms. */
    private Path capture() throws IOException {
        final ByteBuffer pcap = header();
        for (int i = 0; i < QUERIES; i++) {
            record(pcap, i * 10_000, 40_000 + i, 53, query(i));
            record(pcap, i * 10_000 + 1_000, 53, 40_000 + i, answer(query(i), 0));
        }
        return written(pcap, "dns.pcap");
    }

    /** Two datagrams of each of as many clients, 10 ms apart, and no answers. */
    private Path oneWay() throws IOException {
        final ByteBuffer pcap = header();
        for (int i = 0; i < QUERIES; i++) {
            record(pcap, i * 20_000, 40_000 + i, 514, new byte[] {(byte) i});
            record(pcap, i * 20_000 + 10_000, 40_000 + i, 514, new byte[] {(byte) i});
        }
        return written(pcap, "log.pcap");
    }

    private static ByteBuffer header() {
        return ByteBuffer.allocate(1 << 16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0xa1b2c3d4)
                .putInt(0x0004_0002)
                .putLong(0)
                .putInt(65_535)
                .putInt(101);
    }

    private Path written(final ByteBuffer pcap, final String name) throws IOException {
        final byte[] bytes = new byte[pcap.position()];
        pcap.get(0, bytes);
        return Files.write(directory.resolve(name), bytes);
    }

    private static void record(
            final ByteBuffer pcap, final int micros, final int from, final int to, final byte[] payload) {
        final int length = 28 + payload.length;
        pcap.putInt(1_700_000_000).putInt(micros).putInt(length).putInt(length);
        final boolean byClient = from >= 40_000;
        final ByteBuffer packet = ByteBuffer.allocate(length);
        packet.putShort((short) 0x4500).putShort((short) length).putInt(0).putInt(0x4011_0000);
        packet.putInt(byClient ? 0x0a00_0001 : 0x0a00_0002).putInt(byClient ? 0x0a00_0002 : 0x0a00_0001);
        packet.putShort((short) from)
                .putShort((short) to)
                .putShort((short) (length - 20))
                .putShort((short) 0);
        pcap.put(packet.put(payload).array());
    }

    private static byte[] query(final int id) {
        final byte[] query = HexFormat.of().parseHex("0000010000010000000000000474657374" + "0000010001");
        query[1] = (byte) id;
        return query;
    }

    private static byte[] answer(final byte[] query, final int rcode) {
        final byte[] answer = query.clone();
        answer[2] = (byte) 0x81;
        answer[3] = (byte) (0x80 | rcode);
        return answer;
    }

    /** 40 datagrams of a byte are packets of 29: 9,280 bits, which take 0.58 s at 16 kbit/s. */
    @Test
    void bandwidthOfDatagrams_isHeld() throws Exception {
        try (DatagramSocket nobody = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            final Run run = new Run()
                    .main(
                            "replay",
                            oneWay(),
                            "--target",
                            "127.0.0.1:" + nobody.getLocalPort(),
                            "--speed",
                            "max",
                            "--max-bandwidth",
                            "40k",
                            "--json");
            assertThat(run.exit()).as(run.err()).isZero();
            final Map<String, Object> report = JSON.std.mapFrom(run.out());
            final long tookNs = number(report, "endedNs") - number(report, "startedNs");
            assertThat(tookNs).isGreaterThan(640_000_000L);
            assertThat(number(part(report, "replayer"), "maxBitsPerSecond")).isEqualTo(40_000);
            assertThat(((Number) part(report, "replayer").get("bandwidthHeldShare")).doubleValue() * tookNs)
                    .as("less where the machine stood still, which asks for nothing")
                    .isBetween(100e6, 680e6);
        }
    }

    /** Each datagram for itself: what begins in one does not end in the next. */
    @Test
    void datagrams_areRewritten_inTheirLengths() throws Exception {
        final ByteBuffer pcap = header();
        final List<String> captured = List.of("to a@prod", "@pr", "od");
        for (int i = 0; i < captured.size(); i++) {
            record(pcap, i * 1_000, 40_000, 514, captured.get(i).getBytes(StandardCharsets.US_ASCII));
        }
        final Path file = written(pcap, "mail.pcap");
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(5_000);
            final String target = "127.0.0.1:" + server.getLocalPort();
            final Run longer = new Run().main("replay", file, "--target", target, "--rewrite", "text:@prod=@staging");
            assertThat(longer.exit()).isEqualTo(2);
            assertThat(longer.err()).contains("--rewrite text:@prod: in flow 1 that stands where");

            final Run run = new Run()
                    .main("replay", file, "--target", target, "--rewrite", "text:@prod=@test", "--rewrite", "text:x=y");
            assertThat(run.exit()).as(run.err()).isZero();
            final String told = "1 place in 1 flow rewritten; nothing there for --rewrite text:x\n";
            assertThat(run.out()).contains("rewrites   " + told);
            assertThat(run.err()).contains("; " + told);
            final List<String> received = new ArrayList<>();
            for (int i = 0; i < captured.size(); i++) {
                final DatagramPacket packet = new DatagramPacket(new byte[100], 100);
                server.receive(packet);
                received.add(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII));
            }
            assertThat(received).containsExactly("to a@test", "@pr", "od");
        }
    }

    /** The connection is over, and nothing of it had to wait, a second before 40 datagrams of 1,028 bytes are due at once. */
    @Test
    void datagramsThatOutlastAllConnections_areInTheReportOfTheLimit() throws Exception {
        final ByteBuffer pcap = header();
        for (int i = 0; i < 40; i++) {
            record(pcap, 900_000, 40_000 + i, 514, new byte[1_000]);
        }
        final Path datagrams = written(pcap, "burst.pcap");
        final Path connection = directory.resolve("tcp.pcap");
        FlowPcap.write(connection, new FlowPcap.Shape(1, 1, 50, 50, 0, 0), 7);
        final Path database = directory.resolve("both.tfdb");
        assertThat(new Run()
                        .main("index", "-q", "--db", database, connection, datagrams)
                        .exit())
                .isZero();
        final InetAddress here = InetAddress.getLoopbackAddress();
        try (ByteServer server = ByteServer.start(here, 0, 50, 50, directory.resolve("journal"));
                DatagramSocket nobody = new DatagramSocket(0, here)) {
            final Run run = new Run()
                    .main(
                            "replay",
                            database,
                            "--map",
                            "7000=127.0.0.1:" + server.port(),
                            "--map",
                            "514=127.0.0.1:" + nobody.getLocalPort(),
                            "--transport",
                            "socket",
                            "--max-bandwidth",
                            "400k",
                            "--json");
            assertThat(run.exit()).as(run.err()).isZero();
            assertThat(((Number) part(JSON.std.mapFrom(run.out()), "replayer").get("bandwidthHeldShare")).doubleValue())
                    .as("0.84 s of 1.74 s; what stands still makes it less, and only the connection's share is 0")
                    .isBetween(0.05, 0.6);
        }
    }

    /** That all connections are refused stops nothing, and hides nothing. */
    @Test
    void silenceOfTheDatagrams_isTold_besideConnectionsThatAreRefused() throws Exception {
        final Path connection = directory.resolve("tcp.pcap");
        FlowPcap.write(connection, new FlowPcap.Shape(1, 1, 50, 50, 0, 0), 7);
        final Path database = directory.resolve("both.tfdb");
        assertThat(new Run()
                        .main("index", "-q", "--db", database, connection, capture())
                        .exit())
                .isZero();
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            final Run run = new Run()
                    .main(
                            "replay",
                            database,
                            "--map",
                            "7000=127.0.0.1:" + silent.getLocalPort(),
                            "--map",
                            "53=127.0.0.1:" + silent.getLocalPort(),
                            "--transport",
                            "socket",
                            "--json");
            assertThat(run.exit()).as(run.err()).isEqualTo(8);
            final Map<String, Object> report = JSON.std.mapFrom(run.out());
            assertThat(report).containsEntry("stopped", "silent");
            assertThat(part(report, "diagnosis").get("found").toString())
                    .startsWith("no answer from ")
                    .contains("over UDP within 3 s; target ", " refused all 1 connection");
        }
    }

    /** Connections' thread ends then, too: what the datagrams' thread may do, it must not do while that one begins. */
    @Test
    void nothingIsSent_whereTheKernelRefusesToTakePrivilegesAway() throws Exception {
        Privileges.needRootAnd("python3");
        final Path connection = directory.resolve("tcp.pcap");
        FlowPcap.write(connection, new FlowPcap.Shape(1, 1, 50, 50, 0, 0), 7);
        final Path database = directory.resolve("both.tfdb");
        assertThat(new Run()
                        .main("index", "-q", "--db", database, connection, oneWay())
                        .exit())
                .isZero();
        final InetAddress here = InetAddress.getLoopbackAddress();
        try (ServerSocket server = new ServerSocket(0, 50, here);
                DatagramSocket datagrams = new DatagramSocket(0, here)) {
            final Exec.Result run = Exec.run(RefusedCall.CAPSET.to(
                    "replay",
                    database.toString(),
                    "--map",
                    "7000=127.0.0.1:" + server.getLocalPort(),
                    "--map",
                    "514=127.0.0.1:" + datagrams.getLocalPort(),
                    "--transport",
                    "socket"));
            assertThat(run.exit()).as(run.stderr()).isEqualTo(2);
            assertThat(run.stderr()).contains("capset: EPERM");
            // What was sent on this host is there by now.
            datagrams.setSoTimeout(1);
            assertThatThrownBy(() -> datagrams.receive(new DatagramPacket(new byte[1], 1)))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void targetThatFallsSilent_isGivenUp() throws Exception {
        final Run run = run(8, number -> number <= 3 ? 0 : -1, "--give-up", "1s", "--speed", "0.5x");
        assertThat(run.out())
                .as("who waits its five seconds out is unanswered")
                .containsPattern("failed: +interrupted [1-9]")
                .containsPattern(
                        "nothing heard from 127\\.0\\.0\\.1:\\d+ over UDP since 20.*Z, while \\d+ conversations were"
                                + " open and waiting: given up after [1-4]\\.\\d s \\(--give-up\\)");
    }

    private static long number(final Map<String, Object> part, final String field) {
        return ((Number) part.get(field)).longValue();
    }

    private Map<String, Object> replay(final int exit, final Manner manner, final Object... more) throws Exception {
        final Object[] words = Arrays.copyOf(more, more.length + 1);
        words[more.length] = "--json";
        return JSON.std.mapFrom(run(exit, manner, words).out());
    }

    private Run run(final int exit, final Manner manner, final Object... more) throws Exception {
        final Thread serving;
        final Run run;
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            serving = new Thread(() -> serve(server, manner));
            serving.start();
            final Object[] words = new Object[4 + more.length];
            words[0] = "replay";
            words[1] = capture();
            words[2] = "--target";
            words[3] = "127.0.0.1:" + server.getLocalPort();
            System.arraycopy(more, 0, words, 4, more.length);
            run = new Run().main(words);
        }
        serving.join();
        assertThat(run.exit()).as(run.err()).isEqualTo(exit);
        return run;
    }

    private static void serve(final DatagramSocket server, final Manner manner) {
        final byte[] buffer = new byte[2_000];
        try {
            for (int number = 1; ; number++) {
                final DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                server.receive(packet);
                final int rcode = manner.answer(number);
                if (rcode >= 0) {
                    final byte[] query = new byte[packet.getLength()];
                    System.arraycopy(buffer, 0, query, 0, query.length);
                    final byte[] answer = answer(query, rcode);
                    server.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            }
        } catch (final IOException e) {
            assertThat(server.isClosed()).isTrue();
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> part(final Map<String, Object> report, final String name) {
        return (Map<String, Object>) Objects.requireNonNull(report.get(name), name);
    }

    @Test
    void everyQueryIsAnsweredAndMatched() throws Exception {
        for (final String speed : new String[] {"1x", "10x", "max"}) {
            final Map<String, Object> report = replay(0, number -> 0, "--speed", speed, "--copies", 3);
            assertThat(part(report, "flows")).containsEntry("replayed", 3 * QUERIES);
            assertThat(part(part(report, "udp"), "dns"))
                    .containsEntry("queries", 3 * QUERIES)
                    .containsEntry("answered", 3 * QUERIES)
                    .containsEntry("rcodeSame", 3 * QUERIES);
        }
    }

    @Test
    void lostQueries_areCountedExactly() throws Exception {
        final Map<String, Object> report =
                replay(8, number -> number % 5 == 0 ? -1 : 0, "--speed", "10x", "--response-timeout", "500ms");
        assertThat(part(part(report, "udp"), "dns"))
                .containsEntry("answered", QUERIES - QUERIES / 5)
                .containsEntry("timedOut", QUERIES / 5);
        assertThat(part(part(report, "flows"), "failed")).containsEntry("unanswered", QUERIES / 5);
    }

    @Test
    void anotherResponseCode_isReported() throws Exception {
        final Map<String, Object> report = replay(0, number -> NXDOMAIN, "--speed", "10x");
        assertThat(part(part(part(report, "udp"), "dns"), "rcodeDifferent"))
                .containsEntry("NOERROR -> NXDOMAIN", QUERIES);
    }

    /** Log lines, say: a target that goes away in the middle took what came before. */
    @Test
    void targetThatOwesNothing_isNotSaidToHaveNeverBeenThere() throws Exception {
        final Path capture = oneWay();
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            final int port = server.getLocalPort();
            final Thread serving = new Thread(() -> takeAndGo(server));
            serving.start();
            final Run run = new Run()
                    .main("replay", capture, "--target", "127.0.0.1:" + port, "--speed", "1x", "--transport", "socket");
            serving.join();
            assertThat(run.exit()).as(run.err()).isEqualTo(8);
            assertThat(run.out()).containsPattern("refused +[1-9]").doesNotContain("nothing listens");
        }
    }

    private static void takeAndGo(final DatagramSocket server) {
        try (server) {
            for (int datagram = 0; datagram < 2; datagram++) {
                server.receive(new DatagramPacket(new byte[2_000], 2_000));
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void targetThatIsNotThere_isLeftAlone() throws Exception {
        final int port;
        try (DatagramSocket gone = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            port = gone.getLocalPort();
        }
        final Run run = new Run()
                .main("replay", capture(), "--target", "127.0.0.1:" + port, "--copies", "100", "--transport", "socket");
        assertThat(run.exit()).as(run.err()).isEqualTo(8);
        assertThat(run.out()).containsPattern("not-started +\\d{3}");
        assertThat(run.err() + run.out())
                .contains("stopped starting flows", "refused or left unanswered")
                .contains("hint: is it down, or overrun?");
    }

    @Test
    void publicTarget_isRefused() throws IOException {
        final Run run = new Run().main("replay", capture(), "--target", "8.8.8.8:53");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("--allow-public");
        final Run unvouched = new Run()
                .main(
                        "replay",
                        capture(),
                        "--target",
                        "8.8.8.8:53",
                        "--allow-public",
                        "8.8.8.8",
                        "--intercept",
                        "8.8.8.8",
                        "--clients",
                        "198.18.4.0/24");
        assertThat(unvouched.exit()).isEqualTo(2);
        assertThat(unvouched.err()).contains("no intercept can vouch for it");
    }
}
