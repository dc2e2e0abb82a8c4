package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.testdata.NearAndFar;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Frames of an EtherType of our own from "va" here to "vb" there, numbered. */
final class CaptureRingIT {
    private static final short OURS = (short) 0x88b5;
    private static final short VLAN = (short) 0x8100;
    private static final int ETHERNET = PacketSocket.ETHERNET_HEADER;
    private static final long PATIENCE_NS = 10_000_000_000L;
    private static final int LEAST_RING = 1 << 20;
    private static final int BLOCK_BYTES = 128 * 1024;
    private static final long BLOCK_TIMEOUT_NS = 1_000_000;
    private static final int BULK = 8 << 20;

    private NearAndFar hosts;
    private Netns here;
    private Netns there;
    private Link va;
    private Link vb;

    @BeforeEach
    void build() throws IOException {
        Privileges.needRootAnd("ip", "ethtool");
        hosts = NearAndFar.create();
        here = hosts.here();
        there = hosts.there();
        NetworkNamespace.enter(there.name());
        vb = Link.byName("vb");
        NetworkNamespace.enter(here.name());
        va = Link.byName("va");
    }

    @AfterEach
    void remove() throws IOException {
        NetworkNamespace.leave();
        if (hosts != null) {
            hosts.close();
        }
    }

    /** What is left of a frame when the ring has it back. */
    private record Seen(int linktype, int caplen, int origlen, int type, ByteBuffer bytes) {
        int number() {
            return bytes.getInt(caplen - 4);
        }
    }

    private static PacketHandler into(final List<Seen> list) {
        return (buffer, offset, caplen, origlen, timeNs, linktype) -> {
            final ByteBuffer bytes = ByteBuffer.allocate(caplen);
            for (int i = 0; i < caplen; i++) {
                bytes.put(i, buffer.get(offset + i));
            }
            list.add(new Seen(linktype, caplen, origlen, bytes.getShort(12), bytes));
        };
    }

    private CaptureRing ringThere(final @Nullable Link link, final PacketFilter filter) throws IOException {
        return ringThere(link, filter, LEAST_RING);
    }

    private CaptureRing ringThere(final @Nullable Link link, final PacketFilter filter, final long ringBytes)
            throws IOException {
        NetworkNamespace.enter(there.name());
        try {
            return CaptureRing.open(link, new CaptureRing.Settings(filter, ringBytes, 1, false));
        } finally {
            NetworkNamespace.enter(here.name());
        }
    }

    /** Ours alone, tagged or not: beside them there is what the kernel sends of its own accord. */
    private static PacketFilter ours() {
        // struct sock_filter: ldh [SKF_AD_OFF + SKF_AD_PROTOCOL]; jeq #OURS, 0, 1; ret #-1; ret #0
        final ByteBuffer program = ByteBuffer.allocate(32);
        program.putShort((short) 0x20).putShort((short) 0).putInt(-0x1000);
        program.putShort((short) 0x15).put((byte) 0).put((byte) 1).putInt(OURS & 0xffff);
        program.putShort((short) 0x06).putShort((short) 0).putInt(-1);
        program.putShort((short) 0x06).putShort((short) 0).putInt(0);
        return PacketFilter.compiled(program.flip(), CaptureRing.SNAPLEN);
    }

    private void send(final int first, final int count, final int length) throws IOException {
        try (PacketSocket sender = PacketSocket.open(va)) {
            for (int i = 0; i < count; i++) {
                ByteBuffer frame = sender.frame();
                if (frame == null) {
                    assertThat(sender.flush()).isZero();
                    frame = Objects.requireNonNull(sender.frame());
                }
                frame.putLong(0, -1).putInt(8, 0).putShort(12, OURS);
                frame.putInt(length - 4, first + i);
                sender.add(length);
            }
            assertThat(sender.flush()).isZero();
        }
    }

    private static void poll(final CaptureRing ring, final List<Seen> seen, final int wanted) throws IOException {
        final Poller poller = new Poller(ring.fds());
        final long endNs = System.nanoTime() + PATIENCE_NS;
        while (seen.size() < wanted && System.nanoTime() < endNs) {
            if (ring.poll(into(seen), 100) == 0) {
                poller.await(10_000_000);
            }
        }
        assertThat(seen.size()).isEqualTo(wanted);
    }

    @Test
    void allFramesArrive_inOrder_oftenAroundTheRing() throws IOException {
        try (CaptureRing ring = ringThere(vb, ours(), 4 * LEAST_RING)) {
            final List<Seen> seen = new ArrayList<>();
            // Half a megabyte a turn.
            for (int turn = 0; turn < 20; turn++) {
                send(turn * 500, 500, 1000);
                poll(ring, seen, (turn + 1) * 500);
            }
            for (int i = 0; i < seen.size(); i++) {
                assertThat(seen.get(i).number()).isEqualTo(i);
                assertThat(seen.get(i).caplen).isEqualTo(seen.get(i).origlen).isEqualTo(1000);
                assertThat(seen.get(i).linktype).isEqualTo(Linktype.ETHERNET);
            }
            ring.count();
            assertThat(ring.seen()).isEqualTo(10_000);
            assertThat(ring.drops()).isZero();
        }
    }

    @Test
    void framesStayUntilTheNextPoll_andTheKernelCountsWhatFoundNoRoom() throws IOException {
        try (CaptureRing ring = ringThere(vb, ours())) {
            send(0, 5000, 1000);
            final List<Seen> seen = new ArrayList<>();
            final List<ByteBuffer> buffers = new ArrayList<>();
            final List<Integer> offsets = new ArrayList<>();
            final PacketHandler handler = into(seen);
            // All that the ring holds at once.
            ring.poll(
                    (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                        handler.onPacket(buffer, offset, caplen, origlen, timeNs, linktype);
                        buffers.add(buffer);
                        offsets.add(offset);
                    },
                    10_000);
            assertThat(seen.size()).isBetween(1, LEAST_RING / 1000);
            send(5000, 5000, 1000);
            for (int i = 0; i < seen.size(); i++) {
                assertThat(buffers.get(i).getInt(offsets.get(i) + 996)).isEqualTo(i);
            }
            ring.stop();
            final Poller poller = new Poller(ring.fds());
            final long endNs = System.nanoTime() + PATIENCE_NS;
            do {
                ring.count();
                if (ring.poll(handler, 100) == 0) {
                    poller.await(10_000_000);
                }
            } while (ring.seen() != seen.size() + ring.drops() && System.nanoTime() < endNs);
            assertThat(ring.drops()).isPositive();
            assertThat(ring.seen()).isEqualTo(10_000).isEqualTo(seen.size() + ring.drops());
            send(10_000, 10, 1000);
            ring.count();
            assertThat(ring.seen()).as("stopped").isEqualTo(10_000);
        }
    }

    /** What counts is how many blocks there are, for each of these frames takes one. */
    @Test
    void framesThatComeOneByOne_findRoomForAsManyBlocks() throws IOException {
        try (CaptureRing ring = ringThere(vb, ours())) {
            for (int i = 0; i < LEAST_RING / BLOCK_BYTES; i++) {
                send(i, 1, 100);
                LockSupport.parkNanos(5 * BLOCK_TIMEOUT_NS);
            }
            ring.count();
            assertThat(ring.drops()).isZero();
            poll(ring, new ArrayList<>(), LEAST_RING / BLOCK_BYTES);
        }
    }

    /** Of an interface that may hand over more than 64 KiB at once (BIG TCP). */
    @Test
    void segmentsOfMoreThanABlock_areWhole_forBlocksAreLargerThen() throws Exception {
        here.address("va", "fd77::1/64");
        there.address("vb", "fd77::2/64");
        here.exec("ethtool", "-K", "va", "tx", "on", "sg", "on", "tso", "on", "gso", "on")
                .orThrow();
        here.exec("ip", "link", "set", "va", "gso_max_size", "196608").orThrow();
        there.exec("ip", "link", "set", "vb", "gro_max_size", "196608").orThrow();
        final List<Seen> seen = new ArrayList<>();
        try (CaptureRing ring = ringThere(vb, PacketFilter.everything(CaptureRing.SNAPLEN), 16 * LEAST_RING);
                ServerSocket server = listening()) {
            NetworkNamespace.enter(here.name());
            try (Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                    Socket accepted = server.accept()) {
                final Thread writer = new Thread(() -> write(client));
                writer.start();
                accepted.getInputStream().readNBytes(BULK);
                writer.join();
            }
            ring.poll(into(seen), Integer.MAX_VALUE);
        }
        assertThat(seen.stream().mapToInt(Seen::origlen).max().orElse(0))
                .as("this kernel can")
                .isGreaterThan(BLOCK_BYTES);
        assertThat(seen).allMatch(frame -> frame.caplen == frame.origlen);
    }

    private ServerSocket listening() throws IOException {
        NetworkNamespace.enter(there.name());
        return new ServerSocket(0, 1, InetAddress.getByName("fd77::2"));
    }

    private static void write(final Socket client) {
        try {
            client.getOutputStream().write(new byte[BULK]);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void tagThatTheKernelTookOff_isPutBack() throws IOException {
        try (CaptureRing ring = ringThere(vb, ours());
                CaptureRing cooked = ringThere(null, ours());
                PacketSocket sender = PacketSocket.open(va)) {
            final ByteBuffer frame = Objects.requireNonNull(sender.frame());
            frame.putLong(0, -1).putLong(8, 0x0102030405060708L).putShort(12, VLAN);
            frame.putShort(14, (short) 0x2005).putShort(16, OURS).putInt(60, 77);
            sender.add(64);
            assertThat(sender.flush()).isZero();
            final List<Seen> seen = new ArrayList<>();
            poll(ring, seen, 1);
            for (int i = 0; i < 18; i++) {
                assertThat(seen.get(0).bytes.get(i)).as("byte " + i).isEqualTo(frame.get(i));
            }
            assertThat(seen.get(0).number()).isEqualTo(77);
            assertThat(seen.get(0).caplen).isEqualTo(64);

            final List<Seen> described = new ArrayList<>();
            poll(cooked, described, 1);
            final Seen sll2 = described.get(0);
            assertThat(sll2.linktype).isEqualTo(Linktype.LINUX_SLL2);
            assertThat(sll2.bytes.getShort(0)).isEqualTo(VLAN);
            assertThat(sll2.bytes.getInt(4)).isEqualTo(vb.index());
            assertThat(sll2.bytes.getShort(8)).as("ARPHRD_ETHER").isEqualTo((short) 1);
            assertThat(sll2.bytes.get(10)).as("PACKET_BROADCAST").isEqualTo((byte) 1);
            assertThat(sll2.bytes.getShort(20)).isEqualTo((short) 0x2005);
            assertThat(sll2.bytes.getShort(22)).isEqualTo(OURS);
            assertThat(sll2.number()).isEqualTo(77);
            assertThat(sll2.caplen).isEqualTo(20 + 64 - ETHERNET);
        }
    }

    @Test
    void whatThisProcessSendsPastTheKernelsTcp_isLeftOut() throws IOException {
        try (CaptureRing ring = CaptureRing.open(va, new CaptureRing.Settings(ours(), LEAST_RING, 1, false));
                CaptureRing peer = ringThere(vb, ours())) {
            send(0, 10, 100);
            poll(peer, new ArrayList<>(), 10);
            ring.count();
            assertThat(ring.seen()).isZero();
        }
    }
}
