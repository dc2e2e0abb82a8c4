package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.testdata.HandMadeSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Frames by AF_XDP. */
final class XdpSocketIT extends FramesBetweenTwoHosts {
    @Test
    void moreFramesThanThereAre_allArriveOnce() throws IOException {
        final int count = 10_000;
        try (XdpSocket sender = XdpSocket.open(va);
                PacketRing ring = ringThere(ours(SNAPLEN), RING_BYTES)) {
            for (int i = 0; i < count; i++) {
                sender.add(segment(nextFrame(sender), i, i % 1400));
            }
            assertThat(sender.flush()).isZero();
            assertThat(sender.sent()).isEqualTo(count);
            assertThat(sender.dropped()).isZero();

            final BitSet seen = new BitSet(count);
            final long deadlineNs = System.nanoTime() + PATIENCE_NS;
            while (seen.cardinality() < count && System.nanoTime() < deadlineNs) {
                ring.poll(
                        (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                            final int sequence =
                                    HandMadeSegment.read(buffer, offset + IP).sequence();
                            assertThat(origlen).isEqualTo(IP + 40 + sequence % 1400);
                            assertThat(seen.get(sequence))
                                    .as("twice: " + sequence)
                                    .isFalse();
                            seen.set(sequence);
                        },
                        256);
            }
            assertThat(seen.cardinality()).isEqualTo(count);
            assertThat(ring.drops()).isZero();
        }
    }

    @Test
    void linkDown_losesFrames_butThoseThatTheKernelHoldsLeaveWhenItIsUp() throws IOException {
        try (XdpSocket sender = XdpSocket.open(va)) {
            // The kernel has read ahead by then, as far as it was offered.
            fill(sender, 100);
            assertThat(sender.flush()).isZero();
            here.exec("ip", "link", "set", "va", "down").orThrow();
            int held = 0;
            for (int round = 1; round <= 3; round++) {
                fill(sender, 900);
                held = sender.flush();
                assertThat(held).isPositive().isLessThanOrEqualTo(32).isEqualTo(sender.queued());
                assertThat(sender.sent() + sender.dropped() + held).isEqualTo(100 + round * 900L);
                assertThat(sender.sent()).isEqualTo(100);
            }
            assertThat(sender.lastRefusal()).isEqualTo("ENETDOWN");

            here.exec("ip", "link", "set", "va", "up").orThrow();
            for (int round = 1; round <= 20; round++) {
                fill(sender, 500);
                assertThat(sender.flush()).isZero();
                assertThat(sender.sent()).isEqualTo(100 + held + round * 500L);
            }
        }
    }

    private void fill(final XdpSocket sender, final int count) throws IOException {
        for (int i = 0; i < count; i++) {
            sender.add(segment(nextFrame(sender), i, 0));
        }
    }

    @Test
    void carrierGoneThenDownThenUp_countsEachFrameOnce() throws IOException {
        try (XdpSocket sender = XdpSocket.open(va);
                PacketRing ring = ringThere(ours(SNAPLEN), RING_BYTES)) {
            there.exec("ip", "link", "set", "vb", "down").orThrow();
            fill(sender, 100);
            assertThat(sender.flush()).isZero();
            here.exec("ip", "link", "set", "va", "down").orThrow();
            fill(sender, 100);
            final int held = sender.flush();
            assertThat(sender.dropped() + held).isEqualTo(200);
            assertThat(sender.sent()).isZero();
            there.exec("ip", "link", "set", "vb", "up").orThrow();
            here.exec("ip", "link", "set", "va", "up").orThrow();
            fill(sender, 10);
            assertThat(sender.flush()).isZero();
            assertThat(sender.sent()).isEqualTo(held + 10);
            final int[] seen = {0};
            final long deadlineNs = System.nanoTime() + PATIENCE_NS;
            while (seen[0] < held + 10 && System.nanoTime() < deadlineNs) {
                ring.poll((buffer, offset, caplen, origlen, timeNs, linktype) -> seen[0]++, 256);
            }
            assertThat(seen[0]).isEqualTo(held + 10);
        }
    }

    @Test
    void otherEndDown_losesFramesAndCountsThem() throws IOException {
        try (XdpSocket sender = XdpSocket.open(va)) {
            there.exec("ip", "link", "set", "vb", "down").orThrow();
            for (int i = 0; i < 100; i++) {
                sender.add(segment(nextFrame(sender), i, 0));
            }
            assertThat(sender.flush()).isZero();
            assertThat(sender.sent() + sender.dropped()).isEqualTo(100);
            assertThat(sender.dropped()).isEqualTo(100);
            assertThat(sender.lastRefusal()).isEqualTo("EBUSY");
        }
    }

    @Test
    void interfaceGone_isAnError() throws IOException {
        try (XdpSocket sender = XdpSocket.open(va)) {
            here.exec("ip", "link", "del", "va").orThrow();
            sender.add(segment(nextFrame(sender), 1, 0));
            assertThatThrownBy(sender::flush)
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo("ENXIO"));
        }
    }

    @Test
    void queuesOfOthers_arePassedOver_untilNoneIsLeft() throws IOException {
        final int queues =
                here.exec("ls", "/sys/class/net/va/queues").orThrow().stdout().split("tx-", -1).length - 1;
        final XdpSocket[] sockets = new XdpSocket[queues];
        try {
            for (int i = 0; i < queues; i++) {
                sockets[i] = XdpSocket.open(va);
                sockets[i].add(segment(nextFrame(sockets[i]), i, 0));
                assertThat(sockets[i].flush()).isZero();
                assertThat(sockets[i].sent()).isEqualTo(1);
            }
            assertThatThrownBy(() -> XdpSocket.open(va))
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo("EBUSY"));
        } finally {
            for (final XdpSocket socket : sockets) {
                if (socket != null) {
                    socket.close();
                }
            }
        }
        XdpSocket.open(va).close();
    }

    @Test
    void jumboLink_hasFramesOfAPage() throws IOException {
        here.exec("ip", "link", "set", "va", "mtu", "9000").orThrow();
        try (XdpSocket sender = XdpSocket.open(Link.byName("va"))) {
            assertThat(sender.frameBytes()).isEqualTo(4096);
        }
        try (XdpSocket sender = XdpSocket.open(va)) {
            assertThat(sender.frameBytes()).isEqualTo(2048);
        }
    }

    @Test
    void closed_isRefused() throws IOException {
        final XdpSocket sender = XdpSocket.open(va);
        sender.add(segment(nextFrame(sender), 1, 0));
        sender.close();
        sender.close();
        assertThatThrownBy(sender::flush).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void sending_doesNotAllocate() throws IOException {
        try (XdpSocket sender = XdpSocket.open(va)) {
            for (final ByteBuffer frame : sender.frames()) {
                segment(frame, 1, 0);
            }
            final long bytes = new Allocation().during(1_000, () -> {
                for (int i = 0; i < 10; i++) {
                    nextFrame(sender);
                    sender.add(IP + 40);
                }
                sender.flush();
            });
            assertThat(bytes).as("bytes per 10,000 frames").isLessThan(10_000 / 20);
        }
    }

    /** The next frame; the kernel returns those that it is done with. */
    private static ByteBuffer nextFrame(final XdpSocket sender) throws IOException {
        ByteBuffer frame = sender.frame();
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (frame == null && System.nanoTime() < deadlineNs) {
            sender.flush();
            frame = sender.frame();
        }
        return Objects.requireNonNull(frame);
    }
}
