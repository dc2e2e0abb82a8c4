package io.tcpreplayj.pcap.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LiveCapture;
import io.tcpreplayj.linux.NetworkNamespace;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.linux.Poller;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbered datagrams over the loopback interface of a namespace of its own, where each frame is to be seen twice. */
final class PcapCaptureIT {
    private static final long PATIENCE_NS = 5_000_000_000L;
    private static final int PORT = 5353;
    private static final int BUFFER_BYTES = 4 << 20;

    private Netns namespace;
    private Link lo;
    private DatagramChannel channel;

    @BeforeEach
    void build() throws IOException {
        Privileges.needRootAnd("ip");
        namespace = Netns.create("pcap");
        NetworkNamespace.enter(namespace.name());
        lo = Link.byName("lo");
        channel = DatagramChannel.open(StandardProtocolFamily.INET);
    }

    @AfterEach
    void remove() throws IOException {
        if (channel != null) {
            channel.close();
        }
        NetworkNamespace.leave();
        if (namespace != null) {
            namespace.close();
        }
    }

    private static PcapCapture open(final @Nullable Link link, final boolean immediate) throws IOException {
        return PcapCapture.open(
                link,
                new PcapCapture.Settings(
                        linktype -> PacketFilter.compiled(
                                KernelFilter.compile("udp port " + PORT, linktype), LiveCapture.SNAPLEN),
                        immediate ? 2048 : LiveCapture.SNAPLEN,
                        BUFFER_BYTES,
                        immediate,
                        false,
                        false));
    }

    private void send(final int first, final int count, final int port) throws IOException {
        for (int i = 0; i < count; i++) {
            channel.send(ByteBuffer.allocate(1000).putInt(996, first + i), new InetSocketAddress("127.0.0.1", port));
        }
    }

    private static int drain(final PcapCapture capture, final PacketHandler handler, final int wanted)
            throws IOException {
        final Poller poller = new Poller(capture.fds());
        final long endNs = System.nanoTime() + PATIENCE_NS;
        int count = 0;
        while (count < wanted && System.nanoTime() < endNs) {
            final int now = capture.poll(handler, 100);
            count += now;
            if (now == 0) {
                poller.await(10_000_000);
            }
        }
        return count;
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false"})
    void eachDatagramIsThereOnce_inOrder_andOnlyWhatTheFilterWants(final boolean ofAll, final boolean immediate)
            throws IOException {
        try (PcapCapture capture = open(ofAll ? null : lo, immediate)) {
            final List<Integer> numbers = new ArrayList<>();
            final PacketHandler handler = (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                assertThat(linktype).isEqualTo(ofAll ? Linktype.LINUX_SLL2 : Linktype.ETHERNET);
                assertThat(caplen).isEqualTo(origlen).isEqualTo((ofAll ? 20 : 14) + 28 + 1000);
                numbers.add(buffer.getInt(offset + caplen - 4));
            };
            for (int turn = 0; turn < 10; turn++) {
                send(0, 50, PORT + 1);
                send(turn * 200, 200, PORT);
                assertThat(drain(capture, handler, 200)).isEqualTo(200);
            }
            for (int i = 0; i < numbers.size(); i++) {
                assertThat(numbers.get(i)).isEqualTo(i);
            }
            capture.count();
            assertThat(capture.seen()).isEqualTo(2000);
            assertThat(capture.drops()).isZero();
        }
    }

    @Test
    void packetsStayUntilTheNextPoll_andWhatFoundNoRoomIsCounted() throws IOException {
        try (PcapCapture capture = open(lo, false)) {
            send(0, 10_000, PORT);
            final List<ByteBuffer> buffers = new ArrayList<>();
            final List<Integer> offsets = new ArrayList<>();
            final int first = capture.poll(
                    (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                        buffers.add(buffer);
                        offsets.add(offset);
                    },
                    1000);
            assertThat(first).isEqualTo(1000);
            // How full the kernel closes its blocks is a matter of how busy the machine is, and libpcap does not tell.
            assertThat(capture.fill()).as("what was not read yet").isPositive().isLessThanOrEqualTo(1);
            for (int i = 0; i < first; i++) {
                assertThat(buffers.get(i).getInt(offsets.get(i) + 14 + 28 + 996))
                        .isEqualTo(i);
            }
            capture.stop();
            capture.count();
            assertThat(capture.drops()).isBetween(1000L, 9000L);
            assertThat(capture.seen()).isEqualTo(10_000);
            final int rest = (int) (10_000 - capture.drops() - first);
            assertThat(drain(capture, (buffer, offset, caplen, origlen, timeNs, linktype) -> {}, rest))
                    .isEqualTo(rest);
            send(0, 10, PORT);
            capture.count();
            assertThat(capture.seen()).as("stopped").isEqualTo(10_000);
        }
    }

    /** What comes before the filter is attached is none of the capture's, however busy the interface is. */
    @Test
    void openedUnderTraffic_nothingElseSlipsIn_andTheSumHolds() throws Exception {
        final Thread noise = new Thread(() -> {
            try {
                NetworkNamespace.enter(namespace.name());
                try (DatagramChannel own = DatagramChannel.open(StandardProtocolFamily.INET)) {
                    while (!Thread.currentThread().isInterrupted()) {
                        own.send(ByteBuffer.allocate(100), new InetSocketAddress("127.0.0.1", PORT));
                        own.send(ByteBuffer.allocate(99), new InetSocketAddress("127.0.0.1", PORT + 1));
                    }
                }
            } catch (final IOException e) {
                // Interrupted while it sent: the end that it was told.
                return;
            }
        });
        noise.start();
        try {
            for (int round = 0; round < 20; round++) {
                try (PcapCapture capture = open(lo, false)) {
                    final PacketHandler wanted = (buffer, offset, caplen, origlen, timeNs, linktype) ->
                            assertThat(caplen).isEqualTo(142);
                    long read = drain(capture, wanted, 500);
                    capture.stop();
                    final long endNs = System.nanoTime() + PATIENCE_NS;
                    do {
                        read += capture.poll(wanted, 1000);
                        capture.count();
                    } while (read + capture.drops() != capture.seen() && System.nanoTime() < endNs);
                    assertThat(read + capture.drops()).isEqualTo(capture.seen());
                    assertThat(read).isGreaterThanOrEqualTo(500);
                }
            }
        } finally {
            noise.interrupt();
            noise.join();
        }
    }

    /** One that sends to 10.9.9.2, whoever that is. */
    private void addInterface(final String name) {
        namespace
                .exec("ip", "link", "add", name, "type", "veth", "peer", "name", "peer0")
                .orThrow();
        namespace.exec("ip", "link", "set", "peer0", "up").orThrow();
        namespace.exec("ip", "link", "set", name, "up").orThrow();
        namespace.exec("ip", "address", "add", "10.9.9.1/24", "dev", name).orThrow();
        knowNeighbour(name);
    }

    private void knowNeighbour(final String name) {
        namespace
                .exec("ip", "neighbour", "replace", "10.9.9.2", "lladdr", "02:00:00:00:00:09", "dev", name)
                .orThrow();
    }

    /** libpcap tells of it in the same call that hands over the last packets. */
    @Test
    void interfaceThatGoesAwayUnderTraffic_whatCameBeforeIsRead_andTheSumHolds() throws IOException {
        addInterface("gone0");
        final PacketHandler nothing = (buffer, offset, caplen, origlen, timeNs, linktype) -> {};
        try (PcapCapture capture = open(Link.byName("gone0"), false)) {
            for (int i = 0; i < 1000; i++) {
                channel.send(ByteBuffer.allocate(1000), new InetSocketAddress("10.9.9.2", PORT));
            }
            assertThat(capture.poll(nothing, 10)).isEqualTo(10);
            namespace.exec("ip", "link", "delete", "gone0").orThrow();
            assertThat(drain(capture, nothing, 990)).isEqualTo(990);
            assertThat(capture.poll(nothing, 10)).isZero();
            assertThat(capture.wentDown()).isTrue();
            capture.stop();
            capture.count();
            assertThat(capture.seen()).isEqualTo(1000 + capture.drops());
        }
    }

    @Test
    void interfaceThatIsSetDown_isTold_andReadAgainWhenItIsUp() throws IOException {
        addInterface("down0");
        final PacketHandler nothing = (buffer, offset, caplen, origlen, timeNs, linktype) -> {};
        try (PcapCapture capture = open(Link.byName("down0"), false)) {
            namespace.exec("ip", "link", "set", "down0", "down").orThrow();
            final long endNs = System.nanoTime() + PATIENCE_NS;
            boolean told = false;
            while (!told && System.nanoTime() < endNs) {
                assertThat(capture.poll(nothing, 1)).isZero();
                told = capture.wentDown();
            }
            assertThat(told).isTrue();
            assertThat(capture.wentDown()).as("once").isFalse();
            namespace.exec("ip", "link", "set", "down0", "up").orThrow();
            knowNeighbour("down0");
            int read = 0;
            while (read == 0 && System.nanoTime() < endNs) {
                // The kernel takes up the carrier some time after the interface; what is sent before is lost.
                channel.send(ByteBuffer.allocate(1000), new InetSocketAddress("10.9.9.2", PORT));
                read = capture.poll(nothing, 1);
            }
            assertThat(read).isEqualTo(1);
        }
    }

    @Test
    void closedOne_isRefusedBeforeLibpcapIsAsked() throws IOException {
        final PcapCapture capture = open(lo, false);
        capture.close();
        assertThatThrownBy(capture::count).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(capture::stop).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(capture::fill).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> capture.poll((buffer, offset, caplen, origlen, timeNs, linktype) -> {}, 1))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void polling_allocatesNothing() throws IOException {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long[] allocated = new long[1];
        try (PcapCapture capture = open(lo, false)) {
            final PacketHandler nothing = (buffer, offset, caplen, origlen, timeNs, linktype) -> {};
            int read = 0;
            for (int turn = 0; turn < 20; turn++) {
                send(0, 1000, PORT);
                final Poller poller = new Poller(capture.fds());
                for (int left = 1000; left > 0; ) {
                    final long id = Thread.currentThread().getId();
                    final long before = threads.getThreadAllocatedBytes(id);
                    final int now = capture.poll(nothing, left);
                    if (turn >= 10) {
                        allocated[0] += threads.getThreadAllocatedBytes(id) - before;
                        read += now;
                    }
                    left -= now;
                    if (now == 0) {
                        assertThat(poller.await(PATIENCE_NS)).isPositive();
                    }
                }
            }
            assertThat(read).isEqualTo(10_000);
            assertThat(allocated[0]).isLessThan(read);
        }
    }

    @Test
    void interfaceThatIsNotThere_isRefusedWithLibpcapsWords() {
        final Link none = new Link("none0", 99, 1500, 0, false, true, true, 0);
        assertThatThrownBy(() -> open(none, false))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("libpcap does not capture on none0: ");
    }
}
