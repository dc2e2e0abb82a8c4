package io.tcpreplayj.intercept.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.intercept.ResponseTap;
import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.HandMadeSegment;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both ends of the feed, over real sockets. */
final class FeedTest {
    private static final Cidr POOL = Cidr.parse("198.18.0.0/15");
    private static final Endpoint TARGET = new Endpoint(IpAddress.parse("10.0.0.2"), 80);
    private static final PortRange PORTS = new PortRange(1024, 65535);
    private static final long PATIENCE_NS = Duration.ofSeconds(10).toNanos();

    private final List<AutoCloseable> open = new ArrayList<>();
    private final QueueTap tap = new QueueTap();

    @TempDir
    private Path scratch;

    /** Keys are dear to make. */
    @TempDir
    private static Path keyFiles;

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    @Test
    void packetsReachTheReplayerTheyBelongTo() throws IOException {
        final FeedServer server = serve(unix(), null, 65_535);
        final LocalFeed one = replayer(server.address(), null, "198.18.0.0/24");
        final LocalFeed two = replayer(server.address(), null, "198.18.1.0/24");
        tap.packets.add(answer("198.18.0.7", 2001, "for one"));
        tap.packets.add(answer("198.18.1.7", 2002, "for two"));
        tap.packets.add(answer("198.18.9.9", 2003, "for nobody"));
        server.poll(100);
        assertThat(hear(one, 1)).containsExactly("2001:for one");
        assertThat(hear(two, 1)).containsExactly("2002:for two");
        assertThat(server.counters().routed()).isEqualTo(2);
        assertThat(server.counters().unclaimed()).isEqualTo(1);
        assertThat(server.counters().replayers()).isEqualTo(2);
    }

    /** A live replay's clients are not known beforehand. */
    @Test
    void whoAsksForAWholeFamily_getsWhatIsServedOfIt_andIsToldWhatThatIs() throws IOException {
        final FeedServer server = serve(unix(), null, 65_535);
        final RemoteTap tapped = tap(server.address(), null, "0.0.0.0/0");
        open.add(tapped);
        assertThat(tapped.served()).isEqualTo("198.18.0.0/15");
        assertThat(tapped.serves(IpAddress.parse("198.19.0.7"))).isTrue();
        assertThat(tapped.serves(IpAddress.parse("198.20.0.7"))).isFalse();
        tap.packets.add(answer("198.19.0.7", 2001, "for it"));
        tap.packets.add(answer("198.20.0.7", 2002, "for nobody"));
        server.poll(100);
        assertThat(server.counters().routed()).isEqualTo(1);
        assertThat(server.counters().unclaimed()).isEqualTo(1);
        assertThatThrownBy(() -> replayer(server.address(), null, "198.18.0.0/24"))
                .hasMessageContaining("another replayer");
        assertThatThrownBy(() -> replayer(server.address(), null, "::/0"))
                .hasMessageContaining("clients in ::/0 are not served here, only those in [198.18.0.0/15]");
    }

    /** It would send from addresses whose answers are not kept any more. */
    @Test
    void anInterceptThatComesBackForOtherClients_endsTheReplay() throws IOException {
        assertThat(endWhenAnotherComesBack(Cidr.parse("198.18.0.0/16"), true))
                .contains("it serves the clients of [198.18.0.0/16] now, and not of [198.18.0.0/15]");
    }

    /** An assistant with the same keys, say, or the same one in a container: answers could leave the target's host. */
    @Test
    void anInterceptThatComesBackAndAttestsNoMore_endsTheReplay() throws IOException {
        assertThat(endWhenAnotherComesBack(POOL, false)).contains("it does not attest any more");
    }

    /** Why a replay ends whose intercept attested and served the pool, when another one takes its place. */
    private String endWhenAnotherComesBack(final Cidr clients, final boolean swallows) throws IOException {
        final FeedAddress address = unix();
        final FeedServer server = serve(address, null, 0);
        final RemoteTap tapped = tap(address, null, "0.0.0.0/0");
        open.add(tapped);
        assertThat(tapped.leaky()).isEmpty();
        server.close();
        open.remove(server);
        open.add(FeedServer.open(
                new FeedServer.Settings(address, null, List.of(clients), List.of(TARGET), 0, swallows, "another"),
                tap));
        final long endNs = System.nanoTime() + PATIENCE_NS;
        while (tapped.ended().isEmpty() && System.nanoTime() < endNs) {
            Thread.onSpinWait();
        }
        assertThat(tapped.isAlive()).isFalse();
        return tapped.ended();
    }

    @Test
    void overTlsWithTheSameKeys_bothEndsTrustEachOther() throws IOException {
        final FeedKeys keys = keys("ours");
        final FeedServer server = serve(loopback(), keys, 65_535);
        final LocalFeed replayer = replayer(server.address(), keys, "198.18.0.0/24");
        for (int i = 0; i < 1_000; i++) {
            tap.packets.add(answer("198.18.0.7", 2001, "answer " + i));
            server.poll(100);
        }
        final List<String> heard = hear(replayer, 1_000);
        assertThat(heard).hasSize(1_000).endsWith("2001:answer 999");
    }

    @Test
    void otherKeysOrNone_areNotLetIn() throws IOException {
        final FeedServer server = serve(loopback(), keys("ours"), 65_535);
        assertThatThrownBy(() -> replayer(server.address(), keys("theirs"), "198.18.0.0/24"))
                .hasMessageStartingWith("intercept 127.0.0.1:");
        assertThatThrownBy(() -> replayer(server.address(), null, "198.18.0.0/24"))
                .hasMessageStartingWith("intercept 127.0.0.1:");
        assertThat(server.counters().replayers()).isZero();
    }

    /** Of openssl, and what its peer told it: numbers of RFC 8446 6, protocol_version to certificate_unknown. */
    @ParameterizedTest
    @CsvSource({"ours, -tls1_2, 70", "none, -tls1_3, 42", "theirs, -tls1_3, 46", "expired, -tls1_3, 46"})
    void whoHasNotTheKey_isToldSoByAnAlert_andNothingElse_andTheReplayerGoesOn(
            final String key, final String version, final int alert) throws Exception {
        Privileges.need("openssl");
        final FeedServer server = serve(loopback(), oursAndExpired(), 65_535);
        final LocalFeed replayer = replayer(server.address(), keys("ours"), "198.18.0.0/24");
        final List<String> words = new ArrayList<>(List.of("openssl", "s_client", "-quiet", version, "-connect"));
        words.add(server.address().toString());
        if (!key.equals("none")) {
            final String file = (key.equals("expired") ? expired() : keyFile(key)).toString();
            words.addAll(List.of("-cert", file, "-key", file, "-pass", "pass:" + new String(FeedKeys.PASSWORD)));
        }
        final Exec.Result stranger = Exec.run(words.toArray(String[]::new));
        assertThat(stranger.stderr()).contains("SSL alert number " + alert + "\n");
        assertThat(stranger.stdout()).as("what it was told within TLS").isEmpty();
        tap.packets.add(answer("198.18.0.7", 2001, "goes on"));
        server.poll(100);
        assertThat(hear(replayer, 1)).containsExactly("2001:goes on");
        assertThat(server.counters().replayers()).isEqualTo(1);
    }

    /** With the key, too. */
    @Test
    void whoDoesNotIntroduceItself_isShownTheDoorAfterThreeSeconds() throws Exception {
        final FeedServer server = serve(loopback(), keys("ours"), 0);
        final LocalFeed replayer = replayer(server.address(), keys("ours"), "198.18.0.0/24");
        final long startNs = System.nanoTime();
        final FeedSocket silent = FeedSocket.connect(server.address(), null);
        final FeedSocket slow = FeedSocket.connect(server.address(), null);
        final FeedSocket known = FeedSocket.connect(server.address(), keys("ours"));
        open.addAll(List.of(silent, slow, known));
        known.handshake();
        final Thread talking = Background.start("slow", () -> sayLittle(slow));
        for (final FeedSocket each : List.of(silent, slow, known)) {
            assertThat(isShownTheDoor(each)).isTrue();
            assertThat(System.nanoTime() - startNs).isGreaterThanOrEqualTo(FrontDoor.STRANGER_NS);
        }
        talking.join();
        assertThat(server.counters().replayers()).isEqualTo(1);
        assertThat(replayer.isAlive()).isTrue();
    }

    /** The beginning of a TLS record that is never whole, a byte at a time. */
    private static void sayLittle(final FeedSocket socket) {
        final byte[] hello = {22, 3, 1, 2, 0, 1, 0, 1, -4, 3, 3};
        try {
            for (int i = 0; ; i++) {
                socket.out().write(hello[Math.min(i, hello.length - 1)]);
                Background.pause(250);
            }
        } catch (final IOException e) {
            // It was shown the door.
            return;
        }
    }

    private static boolean isShownTheDoor(final FeedSocket socket) {
        try {
            return socket.in().read() < 0;
        } catch (final IOException e) {
            // Reset, for it had said something that nobody read.
            return true;
        }
    }

    /** What a stranger may say is little: 4,096 bytes in all, and TLS's own handshake has its bound, too. */
    @ParameterizedTest
    @ValueSource(strings = {"no TLS", "a handshake of 16 MiB", "a HELLO of 4097 bytes", "a HEARTBEAT first"})
    void whoSaysTooMuch_orTheWrongThing_isShownTheDoorAtOnce(final String what) throws Exception {
        final FeedServer server = serve(loopback(), keys("ours"), 0);
        final LocalFeed replayer = replayer(server.address(), keys("ours"), "198.18.0.0/24");
        final FeedSocket stranger = FeedSocket.connect(
                server.address(), what.endsWith("bytes") || what.endsWith("first") ? keys("ours") : null);
        open.add(stranger);
        stranger.handshake();
        final long startNs = System.nanoTime();
        switch (what) {
            case "no TLS" -> stranger.out().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            // RFC 8446 4 and 5.1: a record that begins a ClientHello.
            case "a handshake of 16 MiB" -> stranger.out().write(new byte[] {22, 3, 1, 0, 5, 1, -1, -1, -1, 3});
            case "a HELLO of 4097 bytes" ->
                new FrameOutput(stranger.out()).write(FrameType.HELLO, new byte[4_097], 4_097);
            default -> new FrameOutput(stranger.out()).write(FrameType.HEARTBEAT, new byte[16], 16);
        }
        // Before it goes, TLS may say why.
        while (!isShownTheDoor(stranger)) {
            assertThat(System.nanoTime() - startNs).isLessThan(PATIENCE_NS);
        }
        assertThat(System.nanoTime() - startNs).isLessThan(FrontDoor.STRANGER_NS);
        assertThat(server.counters().replayers()).isEqualTo(1);
        assertThat(replayer.isAlive()).isTrue();
    }

    @Test
    void openPort_needsKeys() {
        assertThatThrownBy(
                        () -> serve(FeedAddress.tcp(IpAddress.parse("0.0.0.0").toInetAddress(), 0), null, 0))
                .hasMessageContaining("needs keys");
    }

    @Test
    void socketOfAKilledIntercept_isTakenOver_andThatOfALivingOneIsNot() throws IOException {
        final FeedAddress address = unix();
        java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)
                .bind(address.socket())
                .close();
        final FeedServer server = serve(address, null, 0);
        replayer(server.address(), null, "198.18.0.0/24");
        assertThatThrownBy(() -> serve(address, null, 0)).hasMessageContaining("somebody listens there");
    }

    @Test
    void fileThatIsNoSocket_isNotTakenAway() throws IOException {
        final Path capture = Files.writeString(scratch.resolve("capture.pcap"), "precious");
        assertThatThrownBy(() -> serve(FeedAddress.unix(capture), null, 0)).hasMessageContaining("is no socket");
        assertThat(capture).hasContent("precious");
    }

    @Test
    void interceptThatStartsAgain_isHeardFromItsFirstBatchOn() throws IOException {
        final FeedServer first = serve(unix(), null, 65_535);
        final LocalFeed replayer = replayer(first.address(), null, "198.18.0.0/24");
        for (int i = 0; i < 50; i++) {
            tap.packets.add(answer("198.18.0.7", 2001, "first " + i));
            first.poll(100);
        }
        assertThat(hear(replayer, 50)).hasSize(50);
        first.close();
        final FeedServer second = serve(unix(), null, 65_535);
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (second.counters().replayers() == 0 && System.nanoTime() < deadlineNs) {
            Thread.onSpinWait();
        }
        tap.packets.add(answer("198.18.0.7", 2001, "second"));
        second.poll(100);
        assertThat(hear(replayer, 1)).containsExactly("2001:second");
    }

    @Test
    void headersOnly_unlessTheInterceptGrantsMore() throws IOException {
        final FeedServer server = serve(unix(), null, 3);
        final LocalFeed replayer = replayer(server.address(), null, "198.18.0.0/24");
        tap.packets.add(answer("198.18.0.7", 2001, "secret"));
        server.poll(100);
        assertThat(hear(replayer, 1)).containsExactly("2001:sec of 6");
    }

    @Test
    void clientsOfAnother_orOfRealPeople_areRefusedWithTheReason() throws IOException {
        final FeedServer server = serve(unix(), null, 0);
        replayer(server.address(), null, "198.18.0.0/24");
        assertThatThrownBy(() -> replayer(server.address(), null, "198.18.0.0/25"))
                .hasMessageContaining("another replayer")
                .hasMessageContaining("--clients");
        assertThatThrownBy(() -> replayer(server.address(), null, "10.0.0.0/8"))
                .hasMessageContaining("clients in 10.0.0.0/8 are not served here");
        final FeedClient.Wish foreign = new FeedClient.Wish(
                List.of(Cidr.parse("198.18.1.0/24")),
                PORTS,
                List.of(new Endpoint(TARGET.address(), 22)),
                0,
                "a test's replayer");
        assertThatThrownBy(() -> RemoteTap.open(List.of(server.address()), null, foreign))
                .hasMessageContaining("answers of 10.0.0.2:22 are not served here");
    }

    @Test
    void hundredCuts_loseNothing() throws Exception {
        final FeedServer server = serve(loopback(), null, 65_535);
        final CuttingProxy proxy = new CuttingProxy(server.address());
        open.add(proxy);
        final LocalFeed replayer = replayer(proxy.address(), null, "198.18.0.0/24");
        final List<String> heard = new ArrayList<>();
        for (int cut = 0; cut < 100; cut++) {
            for (int i = 0; i < 20; i++) {
                tap.packets.add(answer("198.18.0.7", 2001, "answer " + (cut * 20 + i)));
                server.poll(100);
            }
            heard.addAll(hear(replayer, 1));
            proxy.cut();
        }
        heard.addAll(hear(replayer, 2_000 - heard.size()));
        assertThat(heard).hasSize(2_000);
        for (int i = 0; i < 2_000; i++) {
            assertThat(heard.get(i)).isEqualTo("2001:answer " + i);
        }
        assertThat(replayer.drops()).isZero();
    }

    /** As when a link is down for a while, which tells neither end: nothing comes, and no end of the connection either. */
    @Test
    void connectionThatFallsSilent_isMadeAnew_andLosesNothing() throws Exception {
        final FeedServer server = serve(loopback(), null, 65_535);
        final CuttingProxy proxy = new CuttingProxy(server.address());
        open.add(proxy);
        final BlockingQueue<Long> batches = new LinkedBlockingQueue<>();
        // In a machine's busy second nothing is heard either: no fewer heartbeats, or it is made anew once more.
        final FeedClient client = new FeedClient(
                proxy.address(),
                null,
                wish("198.18.0.0/24"),
                payload -> batches.add(PacketBatch.number(payload, payload.position())),
                12);
        open.add(client);
        client.await();
        proxy.mute();
        tap.packets.add(answer("198.18.0.7", 2001, "into the void, and again"));
        server.poll(100);
        assertThat(batches.poll(PATIENCE_NS, TimeUnit.NANOSECONDS)).isEqualTo(1L);
        assertThat(client.reconnects()).isEqualTo(1);
    }

    /** A tap has one thread: another one's question beside it would count twice, or of a ring that was given back. */
    @Test
    void whatTheTapLost_reachesTheReplayer_andOnlyThePollingThreadAsksTheTap() throws IOException {
        final FeedServer server = serve(unix(), null, 0);
        final LocalFeed replayer = replayer(server.address(), null, "198.18.0.0/24");
        tap.drops = 7;
        final long endNs = System.nanoTime() + PATIENCE_NS;
        while (replayer.drops() != 7 && System.nanoTime() < endNs) {
            server.poll(100);
            replayer.poll(segment -> {}, 64);
            Thread.onSpinWait();
        }
        assertThat(replayer.drops()).isEqualTo(7);
        assertThat(server.counters().tapDrops()).isEqualTo(7);
        assertThat(tap.whoAsked).containsExactly(Thread.currentThread());
    }

    @Test
    void strangersAtTheDoor_disturbNobody() throws Exception {
        final FeedServer server = serve(loopback(), null, 65_535);
        final LocalFeed replayer = replayer(server.address(), null, "198.18.0.0/24");
        final InetSocketAddress port = (InetSocketAddress) server.address().socket();
        final long beganNs = System.nanoTime();
        for (int i = 0; i < 500; i++) {
            final Socket stranger = new Socket(port.getAddress(), port.getPort());
            open.add(stranger);
            try {
                stranger.getOutputStream().write("x".repeat(1 + i).getBytes(StandardCharsets.US_ASCII));
            } catch (final IOException e) {
                // Shown the door already.
                assertThat(e).isNotNull();
            }
            tap.packets.add(answer("198.18.0.7", 2001, "answer " + i));
            server.poll(100);
        }
        assertThat(hear(replayer, 500)).hasSize(500);
        long letIn = mostLetIn(beganNs);
        while (server.counters().turnedAway() < 500 - letIn && System.nanoTime() - beganNs < PATIENCE_NS) {
            server.poll(10);
            letIn = mostLetIn(beganNs);
        }
        assertThat(server.counters().turnedAway()).isBetween(500 - letIn, 500L);
    }

    /** Of one address, in the seconds that have begun since. */
    private static long mostLetIn(final long beganNs) {
        return Doorman.PER_SECOND * (2 + (System.nanoTime() - beganNs) / 1_000_000_000L);
    }

    private FeedServer serve(final FeedAddress address, final @Nullable FeedKeys keys, final int payloadBytes)
            throws IOException {
        final FeedServer server = FeedServer.open(
                new FeedServer.Settings(address, keys, List.of(POOL), List.of(TARGET), payloadBytes, true, "a test"),
                tap);
        open.add(server);
        return server;
    }

    private LocalFeed replayer(final FeedAddress address, final @Nullable FeedKeys keys, final String clients)
            throws IOException {
        final LocalFeed feed = new LocalFeed(tap(address, keys, clients));
        open.add(feed);
        return feed;
    }

    private static RemoteTap tap(final FeedAddress address, final @Nullable FeedKeys keys, final String clients)
            throws IOException {
        return RemoteTap.open(List.of(address), keys, wish(clients));
    }

    private static FeedClient.Wish wish(final String clients) {
        return new FeedClient.Wish(List.of(Cidr.parse(clients)), PORTS, List.of(TARGET), 65_535, "a test's replayer");
    }

    private static FeedKeys keys(final String name) throws IOException {
        return FeedKeys.open(keyFile(name));
    }

    private static Path keyFile(final String name) throws IOException {
        final Path file = keyFiles.resolve(name);
        if (!Files.exists(file)) {
            KeyFile.make(file);
        }
        return file;
    }

    /** A key whose time was over yesterday. */
    private static Path expired() {
        final Path file = keyFiles.resolve("expired");
        if (!Files.exists(file)) {
            final String keytool =
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
            final List<String> words =
                    new ArrayList<>(List.of(keytool, "-genkeypair", "-alias", "old", "-keyalg", "EC"));
            words.addAll(List.of("-dname", "CN=old", "-startdate", "-3d", "-validity", "2", "-storetype", "PKCS12"));
            words.addAll(List.of("-keystore", file.toString(), "-storepass", new String(FeedKeys.PASSWORD)));
            Exec.run(words.toArray(String[]::new)).orThrow();
        }
        return file;
    }

    /** Ours, and the certificate of {@link #expired}: that it is over is all that is wrong with it. */
    private static FeedKeys oursAndExpired() throws IOException, GeneralSecurityException {
        final KeyStore store = KeyStore.getInstance(keyFile("ours").toFile(), FeedKeys.PASSWORD);
        store.setCertificateEntry(
                "old",
                KeyStore.getInstance(expired().toFile(), FeedKeys.PASSWORD).getCertificate("old"));
        final Path both = Files.copy(keyFile("ours"), keyFiles.resolve("both"), StandardCopyOption.REPLACE_EXISTING);
        try (OutputStream out = Files.newOutputStream(both)) {
            store.store(out, FeedKeys.PASSWORD);
        }
        Files.setPosixFilePermissions(both, PosixFilePermissions.fromString("rw-------"));
        return FeedKeys.open(both);
    }

    private FeedAddress unix() {
        return FeedAddress.unix(scratch.resolve("feed"));
    }

    private static FeedAddress loopback() {
        return FeedAddress.tcp(InetAddress.getLoopbackAddress(), 0);
    }

    /** Waits until {@code count} segments came; what they carried, with the client's port. */
    private static List<String> hear(final LocalFeed feed, final int count) throws IOException {
        final List<String> heard = new ArrayList<>();
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (heard.size() < count && System.nanoTime() < deadlineNs) {
            feed.poll(segment -> heard.add(text(segment)), 64);
            Thread.onSpinWait();
        }
        return heard;
    }

    private static String text(final PacketView segment) {
        final byte[] payload = new byte[segment.payloadCaplen()];
        segment.buffer().get(segment.payloadOffset(), payload);
        final String cut = payload.length < segment.payloadLength() ? " of " + segment.payloadLength() : "";
        return segment.destinationPort() + ":" + new String(payload, StandardCharsets.US_ASCII) + cut;
    }

    private static ByteBuffer answer(final String client, final int port, final String payload) {
        final ByteBuffer packet = ByteBuffer.allocate(40 + payload.length());
        new HandMadeSegment(
                        TARGET.address().toInetAddress(),
                        TARGET.port(),
                        IpAddress.parse(client).toInetAddress(),
                        port,
                        1,
                        2,
                        HandMadeSegment.ACK,
                        payload.getBytes(StandardCharsets.US_ASCII))
                .write(packet, 0);
        return packet;
    }

    /** What the test puts in, one packet after the other. */
    private static final class QueueTap implements ResponseTap {
        private final Queue<ByteBuffer> packets = new ConcurrentLinkedQueue<>();
        private final Set<Thread> whoAsked = ConcurrentHashMap.newKeySet();
        private volatile long drops;

        @Override
        public int poll(final PacketHandler handler, final int limit) throws IOException {
            int count = 0;
            for (ByteBuffer packet = packets.poll(); packet != null; packet = packets.poll()) {
                handler.onPacket(packet, 0, packet.capacity(), packet.capacity(), 7, Linktype.RAW);
                count++;
            }
            return count;
        }

        @Override
        public boolean checksumKnown() {
            return false;
        }

        @Override
        public int fd() {
            return -1;
        }

        @Override
        public long drops() {
            whoAsked.add(Thread.currentThread());
            return drops;
        }

        @Override
        public void close() {}
    }
}
