package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.relay.RelaySender;
import io.tcpreplayj.linux.SteadyClock;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.HandMadeSegment;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code live --listen} in this process, over a UNIX socket. */
final class LiveListenTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final RelaySender.Spool SPOOL = new RelaySender.Spool(null, 4 << 20);

    private static final Path KEEPALIVE = ProjectTree.root().resolve("testdata/captures/keepalive4.pcap");

    /** Of the capture that is sent. */
    private static final int PACKETS = 83;

    private static final int FLOWS = 6;

    @TempDir
    private Path directory;

    @Test
    void sourceWhoseDatabaseCannotBeWritten_endsAlone() throws Exception {
        Files.createDirectory(directory.resolve("all-bad.tfdb"));
        final Path door = directory.resolve("door");
        final Run run = new Run();
        final Thread listener = new Thread(() -> run.main(
                "live", "--listen", "unix:" + door, "--record", directory.resolve("all.tfdb"), "--sources", "2"));
        listener.start();
        assertThat(Eventually.holds(PATIENCE, () -> Files.exists(door))).isTrue();
        // Started anew it is the same host, and not the second one that is waited for.
        for (int start = 0; start < 2; start++) {
            assertThat(whyRefused(door)).contains("all-bad.tfdb is a directory");
        }
        try (RelaySender good = RelaySender.open(FeedAddress.unix(door), null, "good", SPOOL)) {
            send(good);
            assertThat(good.finish(PATIENCE.toMillis())).isTrue();
        }
        listener.join(PATIENCE.toMillis());
        assertThat(listener.isAlive()).isFalse();
        assertThat(run.exit()).as(run.err()).isEqualTo(8);
        assertThat(run.err()).contains("bad is recorded no more: ").contains("all-bad.tfdb is a directory");
        assertThat(run.out()).contains("bad: not recorded to its end").contains("good: ");
        assertThat(RecordedFlow.all(directory.resolve("all-good.tfdb"))).isNotEmpty();
    }

    /** At the door already, or when it comes back to it. */
    private static String whyRefused(final Path door) throws Exception {
        final RelaySender bad;
        try {
            bad = RelaySender.open(FeedAddress.unix(door), null, "bad", SPOOL);
        } catch (final IOException e) {
            return e.getMessage();
        }
        try (bad) {
            send(bad);
            assertThat(Eventually.holds(PATIENCE, bad::isOver)).isTrue();
            return bad.trouble();
        }
    }

    @Test
    void hostThatIsRecordedElsewhereFromNowOn_lacksNothingThere() throws Exception {
        final Listener first = new Listener("first.tfdb");
        try (RelaySender source = RelaySender.open(FeedAddress.unix(first.door), null, "web1", SPOOL)) {
            send(source);
            first.endWhen(() -> source.taken() == PACKETS);
            final Listener second = new Listener("second.tfdb");
            send(source);
            second.endWhen(() -> source.taken() == 2 * PACKETS);
            assertThat(second.run.err()).contains("web1 goes on behind 83 packets that another listener took");
            final Listener third = new Listener("second.tfdb");
            send(source);
            assertThat(source.finish(PATIENCE.toMillis())).isTrue();
            third.join();
            assertThat(third.run.exit()).as(third.run.err()).isZero();
            assertThat(third.run.out()).contains("83 captured = 83 received + 0 lost there + 0 on the way");
        }
    }

    /** Each start begins another one, and what is in those before it is known. */
    @Test
    void databasesThatFollowOneAnother_haveAllOfAHost_howeverOftenTheListenerIsStarted() throws Exception {
        final String[] rotating = {"--rotate-size", "1g"};
        final Listener first = new Listener("turned.tfdb", rotating);
        try (RelaySender source = RelaySender.open(FeedAddress.unix(first.door), null, "web1", SPOOL)) {
            send(source);
            first.endWhen(() -> source.taken() == PACKETS);
            final Listener second = new Listener("turned.tfdb", rotating);
            send(source);
            second.endWhen(() -> source.taken() == 2 * PACKETS);
            final Listener third = new Listener("turned.tfdb", rotating);
            send(source);
            assertThat(source.finish(PATIENCE.toMillis())).isTrue();
            third.join();
            for (final Listener listener : List.of(second, third)) {
                assertThat(listener.run.exit()).as(listener.run.err()).isZero();
                assertThat(listener.run.err()).doesNotContain("goes on behind", "not in its database");
                assertThat(listener.run.out()).contains("83 captured = 83 received + 0 lost there + 0 on the way");
            }
        }
        try (Stream<Path> files = Files.list(directory)) {
            final List<Path> databases = files.filter(
                            file -> file.getFileName().toString().matches("turned-web1-\\d{8}T.*\\.tfdb"))
                    .toList();
            assertThat(databases).hasSize(3);
            for (final Path database : databases) {
                assertThat(RecordedFlow.all(database)).hasSize(FLOWS);
            }
        }
    }

    @Test
    void whatAListenerTookAndDidNotRecord_isMissing_once() throws Exception {
        final Path database = directory.resolve("all-web1.tfdb");
        final Listener first = new Listener("all.tfdb");
        try (RelaySender source = RelaySender.open(FeedAddress.unix(first.door), null, "web1", SPOOL)) {
            send(source);
            first.endWhen(() -> source.taken() == PACKETS);
            final byte[] before = Files.readAllBytes(database);
            final Listener second = new Listener("all.tfdb");
            send(source);
            second.endWhen(() -> source.taken() == 2 * PACKETS);
            // As if that one had been killed before its first commit.
            Files.write(database, before);
            final Listener third = new Listener("all.tfdb");
            send(source);
            assertThat(source.finish(PATIENCE.toMillis())).isTrue();
            third.join();
            assertThat(third.run.err()).contains("web1: 83 packets that were taken of it are not in its database");
            assertThat(third.run.out()).contains("166 captured = 83 received + 0 lost there + 83 on the way");
            assertThat(third.run.exit()).isEqualTo(8);
        }
    }

    /** Of six connections the first lacks a request in the capture, and from the third on the target refuses all. */
    @Test
    void whatWasSentOfATornFlow_makesUpForNoRequestThatWasLost() throws Exception {
        final ServerSocket target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        final Listener listener = new Listener(
                "loss.tfdb",
                "--target",
                "127.0.0.1:" + target.getLocalPort(),
                "--transport",
                "socket",
                "--fail-on",
                "flows.failed>0");
        try (target;
                CaptureReader reader = CaptureFiles.open(KEEPALIVE);
                RelaySender source = RelaySender.open(FeedAddress.unix(listener.door), null, "web1", SPOOL)) {
            sendUpTo(7, reader, source);
            try (Socket torn = target.accept()) {
                answerOne(torn);
                assertThat(reader.poll((buffer, offset, caplen, origlen, timeNs, linktype) -> {}, 1))
                        .isOne();
                sendUpTo(27, reader, source);
                try (Socket whole = target.accept()) {
                    target.close();
                    answerOne(whole);
                    answerOne(whole);
                    sendUpTo(PACKETS, reader, source);
                    assertThat(source.finish(PATIENCE.toMillis())).isTrue();
                    listener.join();
                }
            }
        }
        assertThat(listener.run.out())
                .contains("loss       0 of 82 captured packets (0.0000 %), 6 of 8 requests (75.0000 %)");
        assertThat(listener.run.err()).contains("--fail-on flows.failed>0: it was ");
        assertThat(listener.run.exit()).isEqualTo(12);
    }

    /** It is captured once more behind the target, and of such nobody knows which requests are to be replayed. */
    @Test
    void whatIsOurOwn_leavesNothingToTellOfRequests() throws Exception {
        final ServerSocket target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        final Listener listener =
                new Listener("own.tfdb", "--target", "127.0.0.1:" + target.getLocalPort(), "--transport", "socket");
        try (target;
                RelaySender source = RelaySender.open(FeedAddress.unix(listener.door), null, "web1", SPOOL)) {
            final HandMadeFlow clients = new HandMadeFlow(source, "10.0.0.1", 40_000);
            clients.asks();
            try (Socket ours = target.accept()) {
                ours.setSoTimeout((int) PATIENCE.toMillis());
                assertThat(ours.getInputStream().readNBytes(HandMadeFlow.REQUEST.length))
                        .isEqualTo(HandMadeFlow.REQUEST);
                final HandMadeFlow own = new HandMadeFlow(source, "127.0.0.1", ours.getPort());
                own.asks();
                own.isAnswered();
                clients.isAnswered();
                ours.getOutputStream().write(HandMadeFlow.ANSWER);
                assertThat(source.finish(PATIENCE.toMillis())).isTrue();
                listener.join();
            }
        }
        assertThat(listener.run.exit()).as(listener.run.err()).isZero();
        assertThat(listener.run.out())
                .contains("  flows    2 found = 2 replayable + 0 not")
                .contains("dropped    1 session of 2: ")
                .containsPattern("(?m)^loss       0 of 10 captured packets \\(0\\.0000 %\\)$");
    }

    /** A connection to a captured server, segment by segment. */
    private static final class HandMadeFlow {
        static final byte[] REQUEST = "ask\n".getBytes(StandardCharsets.US_ASCII);
        static final byte[] ANSWER = "answer\n".getBytes(StandardCharsets.US_ASCII);

        private static final int ISN = 1_000;
        private static final int SERVER_ISN = 9_000;

        private final RelaySender to;
        private final InetAddress client;
        private final InetAddress server = InetAddress.getByName(FlowPcap.SERVER);
        private final int port;

        HandMadeFlow(final RelaySender to, final String client, final int port) throws IOException {
            this.to = to;
            this.client = InetAddress.getByName(client);
            this.port = port;
        }

        void asks() {
            client(ISN, 0, HandMadeSegment.SYN, new byte[0]);
            server(SERVER_ISN, ISN + 1, HandMadeSegment.SYN | HandMadeSegment.ACK, new byte[0]);
            client(ISN + 1, SERVER_ISN + 1, HandMadeSegment.ACK, new byte[0]);
            client(ISN + 1, SERVER_ISN + 1, HandMadeSegment.ACK, REQUEST);
        }

        void isAnswered() {
            server(SERVER_ISN + 1, ISN + 1 + REQUEST.length, HandMadeSegment.ACK, ANSWER);
        }

        private void client(final int seq, final int ack, final int flags, final byte[] payload) {
            send(new HandMadeSegment(client, port, server, FlowPcap.SERVER_PORT, seq, ack, flags, payload));
        }

        private void server(final int seq, final int ack, final int flags, final byte[] payload) {
            send(new HandMadeSegment(server, FlowPcap.SERVER_PORT, client, port, seq, ack, flags, payload));
        }

        private void send(final HandMadeSegment segment) {
            final ByteBuffer packet = ByteBuffer.allocate(100);
            final int length = segment.write(packet, 0);
            to.onPacket(packet, 0, length, length, SteadyClock.nowNs(), Linktype.RAW);
            to.flush();
        }
    }

    @Test
    void until_endsIt_notBefore() throws Exception {
        final Instant end = Instant.now().plusSeconds(3);
        final Listener listener = new Listener("until.tfdb", "--until", end.toString());
        try (RelaySender source = RelaySender.open(FeedAddress.unix(listener.door), null, "web1", SPOOL)) {
            send(source);
            listener.join();
            assertThat(Instant.now()).isAfterOrEqualTo(end);
        }
        assertThat(listener.run.exit()).as(listener.run.err()).isZero();
        assertThat(listener.run.out()).contains("83 captured = 83 received + 0 lost there + 0 on the way");
    }

    /** Each client with all that it sent, and the ones that {@code flows --sample} takes of the same. */
    @Test
    void sample_isOfClients_andOnlyTheirsIsRecorded() throws Exception {
        final SampledCapture capture = SampledCapture.make(directory);
        final Listener listener = new Listener("sampled.tfdb", "--sample", SampledCapture.SHARE);
        try (RelaySender source = RelaySender.open(FeedAddress.unix(listener.door), null, "web1", SPOOL)) {
            send(capture.file(), source);
            assertThat(source.finish(PATIENCE.toMillis())).isTrue();
            listener.join();
        }
        assertThat(listener.run.exit()).as(listener.run.err()).isZero();
        assertThat(SampledCapture.clients(directory.resolve("sampled-web1.tfdb")))
                .isEqualTo(capture.clients());
    }

    @Test
    void sample_isOfClients_andOnlyTheirsIsReplayed() throws Exception {
        final SampledCapture capture = SampledCapture.make(directory);
        final Path journal = directory.resolve("journal");
        try (ByteServer target = capture.server(journal)) {
            final Listener listener = new Listener(
                    "replayed.tfdb",
                    "--sample",
                    SampledCapture.SHARE,
                    "--target",
                    "127.0.0.1:" + target.port(),
                    "--transport",
                    "socket");
            try (RelaySender source = RelaySender.open(FeedAddress.unix(listener.door), null, "web1", SPOOL)) {
                send(capture.file(), source);
                assertThat(source.finish(PATIENCE.toMillis())).isTrue();
                listener.join();
            }
            assertThat(listener.run.exit()).as(listener.run.err()).isZero();
        }
        assertThat(ByteServer.received(journal).stream().map(ByteServer.Received::sha256))
                .containsExactlyInAnyOrderElementsOf(capture.digests());
    }

    private static void sendUpTo(final int packet, final CaptureReader reader, final RelaySender sender)
            throws IOException {
        while (reader.packets() < packet) {
            reader.poll(sender, 1);
        }
        sender.flush();
    }

    private static void answerOne(final Socket connection) throws IOException {
        connection.setSoTimeout((int) PATIENCE.toMillis());
        assertThat(connection.getInputStream().read(new byte[1_000])).isBetween(88, 94);
        final String head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
        connection.getOutputStream().write((head + "x".repeat(1_000)).getBytes(StandardCharsets.US_ASCII));
    }

    /** One that ends as soon as any host has said goodbye. */
    private final class Listener {
        private final Path door = directory.resolve("door");
        private final Run run = new Run();
        private final Thread thread;

        Listener(final String database, final String... more) throws Exception {
            final List<Object> words = new ArrayList<>(List.of("live", "--listen", "unix:" + door));
            words.addAll(List.of("--record", directory.resolve(database), "--sources", "1"));
            words.addAll(List.of(more));
            thread = new Thread(() -> run.main(words.toArray()));
            thread.start();
            assertThat(Eventually.holds(PATIENCE, () -> Files.exists(door))).isTrue();
        }

        /** Another host comes and goes. */
        void endWhen(final Eventually.Condition condition) throws Exception {
            assertThat(Eventually.holds(PATIENCE, condition)).isTrue();
            try (RelaySender other = RelaySender.open(FeedAddress.unix(door), null, "other", SPOOL)) {
                assertThat(other.finish(PATIENCE.toMillis())).isTrue();
            }
            join();
        }

        void join() throws InterruptedException {
            thread.join(PATIENCE.toMillis());
            assertThat(thread.isAlive()).as("still listening: %s", run.err()).isFalse();
        }
    }

    private static void send(final RelaySender sender) throws Exception {
        send(KEEPALIVE, sender);
    }

    private static void send(final Path capture, final RelaySender sender) throws Exception {
        try (CaptureReader reader = CaptureFiles.open(capture)) {
            while (reader.poll(sender, 100) >= 0) {
                sender.flush();
            }
        }
        sender.flush();
    }
}
