package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Reassembler;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class NfQueueIT {
    private static final int FIRST_QUEUE = 0x3000;
    private static final int PACKETS = 5;
    private static final int TCP = 6;
    private static final int ICMP = 1;
    private static final int MORE_FRAGMENTS = 0x2000;

    @RegisterExtension
    final OwnNamespace namespace = new OwnNamespace("queue", "iptables");

    @Test
    void handlerThatFails_leavesNoPacketInTheQueue() throws IOException {
        try (NfQueue queue = NfQueue.open(FIRST_QUEUE, 128, 64);
                DatagramSocket sender = new DatagramSocket()) {
            namespace
                    .netns()
                    .exec(("iptables -I OUTPUT -p udp -j NFQUEUE --queue-num " + queue.number()).split(" "))
                    .orThrow();
            for (int i = 0; i < PACKETS; i++) {
                sender.send(new DatagramPacket(new byte[1], 1, new InetSocketAddress("127.0.0.1", 9)));
            }
            assertThat(waiting()).isEqualTo(PACKETS);
            assertThatThrownBy(() -> queue.poll(
                            (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                                throw new IllegalStateException("a fault of ours");
                            },
                            PACKETS))
                    .hasMessage("a fault of ours");
            assertThat(waiting()).isZero();
        }
    }

    /** Who asks too much of it loses packets, and hears how many; what waits still gets its verdict. */
    @Test
    void moreThanTheQueueHolds_isDroppedAndCounted() throws IOException {
        try (NfQueue queue = NfQueue.open(FIRST_QUEUE, 128, 2);
                DatagramSocket sender = new DatagramSocket()) {
            namespace
                    .netns()
                    .exec(("iptables -I OUTPUT -p udp -j NFQUEUE --queue-num " + queue.number()).split(" "))
                    .orThrow();
            for (int i = 0; i < PACKETS; i++) {
                try {
                    sender.send(new DatagramPacket(new byte[1], 1, new InetSocketAddress("127.0.0.1", 9)));
                } catch (final IOException e) {
                    // Its sender may be told that a full queue dropped it.
                    assertThat(i).isGreaterThanOrEqualTo(2);
                }
            }
            assertThat(queue.drops()).isEqualTo(PACKETS - 2);
            assertThat(queue.poll((buffer, offset, caplen, origlen, timeNs, linktype) -> {}, PACKETS))
                    .isEqualTo(2);
            assertThat(waiting()).isZero();
        }
    }

    /** What a rule of iptables finds is not always what a TCP has sent: less than its header, or the rest of one. */
    @Test
    void whateverGetsIntoTheQueue_getsItsVerdict() throws IOException {
        final List<byte[]> packets = List.of(
                packet(TCP, 0, 0),
                packet(TCP, 0, 1),
                packet(TCP, 0, 20),
                packet(TCP, MORE_FRAGMENTS, 8),
                packet(TCP, MORE_FRAGMENTS | 1, 16),
                packet(TCP, 3, 12),
                packet(ICMP, 0, 8),
                packet(ICMP, 0, 3));
        final List<Integer> lengths = new ArrayList<>();
        final Reassembler reassembler = new Reassembler();
        final PacketView view = new PacketView();
        try (NfQueue queue = NfQueue.open(FIRST_QUEUE, 128, 64);
                RawSocket sender = RawSocket.open(IpAddress.parse("127.0.0.1"), 1_500)) {
            namespace
                    .netns()
                    .exec(("iptables -I OUTPUT -j NFQUEUE --queue-num " + queue.number()).split(" "))
                    .orThrow();
            for (final byte[] packet : packets) {
                sender.frame().put(0, packet);
                sender.add(packet.length);
            }
            assertThat(sender.flush()).isZero();
            assertThat(sender.sent()).isEqualTo(packets.size());
            assertThat(waiting()).isEqualTo(packets.size());
            queue.poll(
                    (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                        lengths.add(caplen);
                        reassembler.decode(buffer, offset, caplen, origlen, timeNs, linktype, view);
                    },
                    packets.size());
            assertThat(waiting()).isZero();
            assertThat(lengths)
                    .isEqualTo(packets.stream().map(each -> each.length).toList());
            assertThat(queue.drops()).isZero();
        }
    }

    /** From 127.0.0.1 to itself; the kernel fills in the rest. */
    private static byte[] packet(final int protocol, final int flagsAndOffset, final int payload) {
        return ByteBuffer.allocate(20 + payload)
                .putInt(0x4500_0000 | 20 + payload)
                .putInt(0x0007_0000 | flagsAndOffset)
                .putInt(0x4000_0000 | protocol << 16)
                .putInt(0x7f00_0001)
                .putInt(0x7f00_0001)
                .array();
    }

    /** Packets without a verdict (nfqnl's seq_show of net/netfilter/nfnetlink_queue.c). */
    private int waiting() {
        return Integer.parseInt(namespace
                .netns()
                .exec("cat", "/proc/self/net/netfilter/nfnetlink_queue")
                .orThrow()
                .stdout()
                .strip()
                .split(" +")[2]);
    }
}
