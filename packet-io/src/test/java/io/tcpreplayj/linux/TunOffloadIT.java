package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.testdata.HandMadeSegment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the kernel leaves undone for a TUN device: cutting answers into segments, and their checksums. */
final class TunOffloadIT {
    private static final long PATIENCE_NS = 5_000_000_000L;
    private static final int MTU = 1500;
    private static final int CLIENT_PORT = 40_000;
    private static final int WHOLE = 65_550;
    /** No kernel knows it (TUN_F_* end at bit 8 in Linux 6.18). */
    private static final int OFFLOAD_OF_NO_KERNEL = 1 << 30;

    private static final int ANSWER_BYTES = 60_000;

    @RegisterExtension
    final OwnNamespace namespace = new OwnNamespace("tun");

    /** One that came. */
    private record Arrival(HandMadeSegment segment, boolean checksumKnown, boolean checksumRight) {
        byte[] payload() {
            return segment.payload();
        }
    }

    @ParameterizedTest
    @CsvSource({"198.18.0.1, 198.18.0.5", "fd7a:1:2:3::1, fd7a:1:2:3::5"})
    void answerLongerThanTheMtu_comesInSuperSegments_withChecksumsOpen(final String target, final String client)
            throws IOException {
        try (TunDevice tun = TunDevice.openForSuperSegments(MTU, WHOLE)) {
            assertThat(tun.superSegments()).isTrue();

            final List<Arrival> data = answer(tun, target, client);

            assertThat(data).allMatch(Arrival::checksumKnown).anyMatch(arrival -> arrival.payload().length > MTU);
            assertThat(joined(data)).isEqualTo(bytes());
        }
    }

    @ParameterizedTest
    @CsvSource({"198.18.0.1, 198.18.0.5", "fd7a:1:2:3::1, fd7a:1:2:3::5"})
    void kernelThatRefuses_cutsAndComputesItself(final String target, final String client) throws IOException {
        try (TunDevice tun =
                TunDevice.open(MTU, TunDevice.CSUM_AND_TSO | OFFLOAD_OF_NO_KERNEL, PacketChannel.FRAME_BYTES)) {
            assertThat(tun.superSegments()).isFalse();

            final List<Arrival> data = answer(tun, target, client);

            assertThat(data)
                    .allMatch(Arrival::checksumRight)
                    .noneMatch(Arrival::checksumKnown)
                    .allMatch(arrival -> arrival.payload().length <= MTU);
            assertThat(joined(data)).isEqualTo(bytes());
        }
    }

    @Test
    void packetsLongerThanTheSnaplen_keepTheirHeadersOnly() throws IOException {
        final int snaplen = 128;
        try (TunDevice tun = TunDevice.openForSuperSegments(MTU, snaplen);
                ServerSocket server = listen(tun, "198.18.0.1")) {
            final List<Integer> lengths = new ArrayList<>();
            try (Socket accepted = connect(tun, server, "198.18.0.5")) {
                accepted.getOutputStream().write(bytes());
                take(tun, PATIENCE_NS, (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                    final int claimed = buffer.getShort(offset + 2) & 0xffff;
                    assertThat(claimed).isGreaterThan(snaplen);
                    assertThat(origlen).isGreaterThanOrEqualTo(claimed);
                    lengths.add(caplen);
                });
            }
            assertThat(lengths).containsExactly(snaplen);
        }
    }

    @Test
    void answerThatTheKernelCompletes_isNotSaidToBeOpen() throws IOException {
        try (TunDevice tun = TunDevice.openForSuperSegments(MTU, WHOLE)) {
            tun.addAddress(IpAddress.parse("198.18.0.1"), 15);
            send(tun, segment("198.18.0.5", "198.18.0.1", 9, 1000, 0, HandMadeSegment.SYN));

            final Arrival reset = arrival(tun);

            assertThat(reset.segment.flags()).isEqualTo(HandMadeSegment.RST | HandMadeSegment.ACK);
            assertThat(reset.checksumRight).isTrue();
            assertThat(reset.checksumKnown).isFalse();
        }
    }

    @Test
    void writeAndRead_doNotAllocate() throws IOException {
        try (TunDevice tun = TunDevice.openForSuperSegments(MTU, WHOLE)) {
            tun.addAddress(IpAddress.parse("198.18.0.1"), 15);
            final int length = segment("198.18.0.5", "198.18.0.1", 9, 1000, 0, HandMadeSegment.SYN)
                    .write(tun.packets().frame(), 0);
            final long[] known = {0};
            final PacketHandler look = (buffer, offset, caplen, origlen, timeNs, linktype) ->
                    known[0] += tun.packets().checksumKnown() ? 1 : 0;

            final long bytes = new Allocation().during(10_000, () -> {
                tun.packets().write(length);
                tun.packets().poll(look, 64);
            });

            assertThat(bytes).as("bytes per 10,000 packets each way").isLessThan(10_000 / 20);
            assertThat(known[0]).isZero();
        }
    }

    /** The packets with data that a server sends to a client that acknowledges each. */
    private static List<Arrival> answer(final TunDevice tun, final String target, final String client)
            throws IOException {
        try (ServerSocket server = listen(tun, target);
                Socket accepted = connect(tun, server, client)) {
            accepted.getOutputStream().write(bytes());
            final List<Arrival> data = new ArrayList<>();
            int bytes = 0;
            final long deadlineNs = System.nanoTime() + PATIENCE_NS;
            while (bytes < ANSWER_BYTES && System.nanoTime() < deadlineNs) {
                final Arrival next = arrival(tun);
                bytes += next.payload().length;
                data.add(next);
                final int seen = next.segment.sequence() + next.payload().length;
                send(tun, segment(client, target, server.getLocalPort(), 1001, seen, HandMadeSegment.ACK));
            }
            return data;
        }
    }

    private static ServerSocket listen(final TunDevice tun, final String target) throws IOException {
        final IpAddress address = IpAddress.parse(target);
        tun.addAddress(address, address.isV4() ? 15 : 64);
        return new ServerSocket(0, 16, address.toInetAddress());
    }

    private static Socket connect(final TunDevice tun, final ServerSocket server, final String client)
            throws IOException {
        final String target = server.getInetAddress().getHostAddress();
        final int port = server.getLocalPort();
        final HandMadeSegment syn = segment(client, target, port, 1000, 0, HandMadeSegment.SYN);
        final List<Arrival> answers = new ArrayList<>();
        // An address of IPv6 is there a moment after the kernel took it (addrconf_dad_work).
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (answers.isEmpty() && System.nanoTime() < deadlineNs) {
            send(tun, syn);
            take(tun, answers, 10_000_000L);
        }
        final HandMadeSegment answer = answers.get(0).segment;
        assertThat(answer.flags()).isEqualTo(HandMadeSegment.SYN | HandMadeSegment.ACK);
        send(tun, segment(client, target, port, 1001, answer.sequence() + 1, HandMadeSegment.ACK));
        final Socket accepted = server.accept();
        accepted.setSendBufferSize(2 * ANSWER_BYTES);
        return accepted;
    }

    private static byte[] joined(final List<Arrival> data) {
        final ByteArrayOutputStream joined = new ByteArrayOutputStream();
        data.forEach(arrival -> joined.writeBytes(arrival.payload()));
        return joined.toByteArray();
    }

    private static byte[] bytes() {
        final byte[] bytes = new byte[ANSWER_BYTES];
        new Random(5).nextBytes(bytes);
        return bytes;
    }

    private static HandMadeSegment segment(
            final String client,
            final String target,
            final int port,
            final int sequence,
            final int acknowledgment,
            final int flags)
            throws IOException {
        final InetAddress from = IpAddress.parse(client).toInetAddress();
        final InetAddress to = IpAddress.parse(target).toInetAddress();
        return new HandMadeSegment(from, CLIENT_PORT, to, port, sequence, acknowledgment, flags, new byte[0]);
    }

    private static void send(final TunDevice tun, final HandMadeSegment segment) throws IOException {
        assertThat(tun.packets().write(segment.write(tun.packets().frame(), 0))).isTrue();
    }

    private static Arrival arrival(final TunDevice tun) throws IOException {
        final List<Arrival> seen = new ArrayList<>();
        take(tun, seen, PATIENCE_NS);
        assertThat(seen).as("packets").hasSize(1);
        return seen.get(0);
    }

    private static void take(final TunDevice tun, final List<Arrival> seen, final long patienceNs) throws IOException {
        take(
                tun,
                patienceNs,
                (buffer, offset, caplen, origlen, timeNs, linktype) -> seen.add(new Arrival(
                        HandMadeSegment.read(buffer, offset),
                        tun.packets().checksumKnown(),
                        HandMadeSegment.checksumsAreRight(buffer, offset))));
    }

    /** Takes one packet. */
    private static void take(final TunDevice tun, final long patienceNs, final PacketHandler handler)
            throws IOException {
        new Poller(tun.packets().fd()).await(patienceNs);
        tun.packets().poll(handler, 1);
    }
}
