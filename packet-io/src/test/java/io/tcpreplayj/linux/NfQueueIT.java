package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class NfQueueIT {
    private static final int FIRST_QUEUE = 0x3000;
    private static final int PACKETS = 5;

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
