package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.flow.FlowAssembler.AssemblerOptions;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Reassembler;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.testdata.HandMadeSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/** Connections that are captured packet by packet, while a replay of them goes on. */
final class LiveScene implements AutoCloseable {
    private static final Endpoint SERVER = new Endpoint(IpAddress.parse("10.0.0.2"), 80);
    /** LINKTYPE_RAW. */
    private static final int RAW_IP = 101;

    private final Reassembler reassembler = new Reassembler();
    private final PacketView view = new PacketView();
    private final ByteBuffer packet = ByteBuffer.allocate(65_536);
    private final FlowAssembler assembler = new FlowAssembler(1, 1, AssemblerOptions.DEFAULT, (flow, bytes) -> {});
    private final LiveReplay replay;
    private volatile long openFlows;
    private final List<String> news = new CopyOnWriteArrayList<>();

    LiveScene(final LiveOptions options) throws IOException {
        replay = LiveReplay.start(options, new Replay.Progress() {
            @Override
            public void onStart(final String banner) {}

            @Override
            public void onTick(final Replay.Snapshot now) {
                openFlows = now.openFlows();
            }

            @Override
            public void onNews(final String line) {
                news.add(line);
            }
        });
        assembler.observe(replay.observer());
    }

    static LiveOptions options(final Endpoint target, final String transport, final int copies, final int maxOpen) {
        return options(target, transport, copies, maxOpen, GuardRails.USUAL);
    }

    static LiveOptions options(
            final Endpoint target,
            final String transport,
            final int copies,
            final int maxOpen,
            final GuardRails rails) {
        return options(target, transport, copies, maxOpen, rails, false);
    }

    /** @param midstream connections that were open before are replayed, too */
    static LiveOptions options(
            final Endpoint target,
            final String transport,
            final int copies,
            final int maxOpen,
            final GuardRails rails,
            final boolean midstream) {
        return new LiveOptions(
                List.of(new ReplayOptions.TargetMapping(-1, target)),
                transport,
                copies,
                5_000_000_000L,
                maxOpen,
                0,
                midstream,
                rails,
                4 << 20,
                null,
                false);
    }

    LiveReplay replay() {
        return replay;
    }

    /** What was said meanwhile. */
    List<String> news() {
        return news;
    }

    /** Waits until so many connections are being replayed. */
    void awaitOpen(final int count) {
        await(() -> openFlows == count);
    }

    /** Waits until the replay is over, whatever is still captured. */
    void awaitEnd() {
        await(replay::isOver);
    }

    private static void await(final BooleanSupplier condition) {
        final long patienceNs = System.nanoTime() + 30_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(patienceNs);
            Thread.onSpinWait();
        }
    }

    /** The next connection to be captured, handshake and all. */
    Captured connects(final int clientPort) {
        return new Captured(clientPort);
    }

    /** One that was open before, of which the rest is captured. */
    Captured goesOn(final int clientPort) {
        return new Captured(new Endpoint(IpAddress.parse("10.0.0.1"), clientPort), false);
    }

    /** The next connection to be captured comes from there. */
    Captured connects(final Endpoint client) {
        return new Captured(client);
    }

    /** A connection that was open before. */
    void wasOpen(final int clientPort, final String text) {
        capture(new Endpoint(IpAddress.parse("10.0.0.1"), clientPort), SERVER, 1, 1, TcpFlags.ACK, text);
    }

    /** One captured connection; segments are captured at the time at which this is called. */
    final class Captured {
        final Endpoint client;
        int sent;
        int received;

        Captured(final int port) {
            this(new Endpoint(IpAddress.parse("10.0.0.1"), port));
        }

        Captured(final Endpoint client) {
            this(client, true);
        }

        Captured(final Endpoint client, final boolean begins) {
            this.client = client;
            if (!begins) {
                return;
            }
            fromClient(999, 0, TcpFlags.SYN, "");
            fromServer(8999, 1, TcpFlags.SYN | TcpFlags.ACK, "");
            fromClient(1000, 9001, TcpFlags.ACK, "");
        }

        Captured asks(final String text) {
            fromClient(1000 + sent, 9001 + received, TcpFlags.ACK | TcpFlags.PSH, text);
            sent += text.length();
            return this;
        }

        Captured missesBytes(final int count) {
            sent += count;
            return this;
        }

        Captured hears(final String text) {
            fromServer(9000 + received, sent + 1, TcpFlags.ACK | TcpFlags.PSH, text);
            received += text.length();
            return this;
        }

        void closes() {
            fromClient(1000 + sent, 9001 + received, TcpFlags.ACK | TcpFlags.FIN, "");
            fromServer(9000 + received, sent + 2, TcpFlags.ACK | TcpFlags.FIN, "");
        }

        private void fromClient(final int seqBefore, final int ack, final int flags, final String text) {
            capture(client, SERVER, seqBefore + 1, ack, flags, text);
        }

        private void fromServer(final int seqBefore, final int acked, final int flags, final String text) {
            capture(SERVER, client, seqBefore + 1, 1000 + acked, flags, text);
        }
    }

    private void capture(
            final Endpoint from, final Endpoint to, final int seq, final int ack, final int flags, final String text) {
        final HandMadeSegment segment = new HandMadeSegment(
                from.address().toInetAddress(),
                from.port(),
                to.address().toInetAddress(),
                to.port(),
                seq,
                ack,
                flags,
                text.getBytes(StandardCharsets.US_ASCII));
        final Instant now = Instant.now();
        final long nowNs = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        final int length = segment.write(packet, 0);
        assertThat(reassembler.decode(packet, 0, length, length, nowNs, RAW_IP, view))
                .isEqualTo(Verdict.TCP);
        assembler.onSegment(view, nowNs);
    }

    /** A datagram of a client's is captured. */
    void datagram(final int clientPort, final String text) {
        final byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
        final int length = 28 + payload.length;
        packet.clear();
        packet.putShort((short) 0x4500).putShort((short) length).putInt(0).putInt(0x4011_0000);
        packet.putInt(0x0a00_0001).putInt(0x0a00_0002);
        packet.putShort((short) clientPort)
                .putShort((short) 514)
                .putShort((short) (length - 20))
                .putShort((short) 0);
        packet.put(payload);
        final Instant now = Instant.now();
        final long nowNs = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        assertThat(reassembler.decode(packet, 0, length, length, nowNs, RAW_IP, view))
                .isEqualTo(Verdict.UDP);
        assembler.onDatagram(view, nowNs);
    }

    /** How many conversations have failed for that reason so far. */
    long failed(final String reason) {
        return replay.udp().failed().getOrDefault(reason, 0L);
    }

    LiveResult finish() throws IOException, InterruptedException {
        assembler.finish();
        return replay.finish(() -> {});
    }

    @Override
    public void close() throws IOException {
        replay.close();
    }
}
