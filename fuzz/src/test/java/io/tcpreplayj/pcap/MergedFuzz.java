package io.tcpreplayj.pcap;

import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import io.tcpreplayj.packet.PacketHandler;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;

/**
 * Input: packets of up to four captures, 4 bytes each, which are written as classic pcap and read as one. What comes out is
 * compared with what each of them says alone, merged in the plainest way.
 *
 * <pre>
 *   0        1        2        3        4
 *   +--------+--------+--------+--------+
 *   | which  | time   | length | shape  |      which: 3 capture          time: since the capture's packet before, signed
 *   +--------+--------+--------+--------+             4 damage it here   shape: 7 how many packets the reader asks for
 * </pre>
 */
public final class MergedFuzz {
    private static final int STEP = 4;
    private static final int CAPTURES = 4;
    private static final int DAMAGE = 4;
    private static final int LONGEST = 1 << 14;
    private static final int MICROSECONDS = 1000;
    private static final byte[] HEADER = Seeds.hex("a1b2c3d4 0002 0004 00000000 00000000 00040000 00000065");

    /** Shared, because a megabyte of direct memory for each capture would be all that is measured. */
    private static final ByteBuffer[] MEMORY = new ByteBuffer[CAPTURES];

    static {
        for (int i = 0; i < CAPTURES; i++) {
            MEMORY[i] = ByteBuffer.allocateDirect(ByteWindow.CAPACITY);
        }
    }

    /** A packet as its reader handed it over. */
    private record Packet(int source, long timeNs, int caplen, int origlen, long at, byte first) {}

    private MergedFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, bytes -> merge(ByteBuffer.wrap(bytes)));
    }

    private static void merge(final ByteBuffer program) throws IOException {
        final List<byte[]> captures = new ArrayList<>();
        int limits = 0;
        for (int capture = 0; capture < CAPTURES; capture++) {
            captures.add(capture(program, capture));
        }
        for (int at = 3; at < program.limit(); at += STEP) {
            limits = limits * 31 + program.get(at);
        }
        captures.sort((a, b) -> Long.compare(firstNs(a), firstNs(b)));
        final List<List<Packet>> alone = new ArrayList<>();
        final List<MergedReader.Input> inputs = new ArrayList<>();
        final boolean[] damaged = new boolean[CAPTURES];
        long positions = 0;
        for (int i = 0; i < CAPTURES; i++) {
            final int source = i;
            final PcapReader reader = open(captures, i);
            final List<Packet> packets = new ArrayList<>();
            damaged[i] = readAll(reader, handler(reader, packets, i));
            positions += reader.position();
            alone.add(packets);
            inputs.add(new MergedReader.Input(firstNs(captures.get(i)), () -> open(captures, source)));
        }
        try (MergedReader merged = new MergedReader(inputs)) {
            check(merged, inOrder(alone), limits);
            for (int i = 0; i < CAPTURES; i++) {
                if (merged.isDamaged(i) != damaged[i]) {
                    throw new AssertionError("capture " + i + " is not told apart");
                }
            }
            if (merged.position() != positions) {
                throw new AssertionError("read to " + merged.position() + " of " + positions);
            }
        }
    }

    private static byte[] capture(final ByteBuffer program, final int capture) {
        final ByteBuffer bytes = ByteBuffer.allocate(LONGEST).put(HEADER);
        long micros = 1_000_000;
        for (int at = 0; at + STEP <= program.limit() && bytes.remaining() > 300; at += STEP) {
            final int which = program.get(at);
            if ((which & CAPTURES - 1) != capture) {
                continue;
            }
            micros = Math.max(0, micros + program.get(at + 1));
            final int length = program.get(at + 2) & 0xff;
            final int claimed = (which & DAMAGE) == 0 ? length : 1 << 20;
            bytes.putInt((int) (micros / 1_000_000)).putInt((int) (micros % 1_000_000));
            bytes.putInt(claimed).putInt(length);
            final int begin = bytes.position();
            for (int i = 0; i < length; i++) {
                bytes.put(begin + i, (byte) (at + capture));
            }
            bytes.position(begin + length);
        }
        return java.util.Arrays.copyOf(bytes.array(), bytes.position());
    }

    /** As the index finds it out: of the first packet, however the capture goes on; at once where there is none. */
    private static long firstNs(final byte[] capture) {
        final ByteBuffer bytes = ByteBuffer.wrap(capture);
        if (capture.length < HEADER.length + 16) {
            return Long.MIN_VALUE;
        }
        return (bytes.getInt(HEADER.length) * 1_000_000L + bytes.getInt(HEADER.length + 4)) * MICROSECONDS;
    }

    private static PcapReader open(final List<byte[]> captures, final int index) throws IOException {
        final ByteSource source = new ChannelSource(Channels.newChannel(new ByteArrayInputStream(captures.get(index))));
        return new PcapReader(new ByteWindow(source, MEMORY[index]), "fuzzed");
    }

    private static boolean readAll(final CaptureReader reader, final PacketHandler handler) throws IOException {
        try {
            while (reader.poll(handler, Integer.MAX_VALUE) >= 0) {
                continue;
            }
            return false;
        } catch (final CaptureException e) {
            return true;
        }
    }

    private static PacketHandler handler(final CaptureReader reader, final List<Packet> packets, final int source) {
        return (buffer, offset, caplen, origlen, timeNs, linktype) -> packets.add(new Packet(
                source, timeNs, caplen, origlen, reader.packetPosition(), caplen == 0 ? 0 : buffer.get(offset)));
    }

    private static List<Packet> inOrder(final List<List<Packet>> alone) {
        final List<Packet> all = new ArrayList<>();
        final int[] next = new int[alone.size()];
        while (true) {
            Packet earliest = null;
            for (int i = 0; i < next.length; i++) {
                final Packet head = next[i] < alone.get(i).size() ? alone.get(i).get(next[i]) : null;
                if (head != null && (earliest == null || head.timeNs < earliest.timeNs)) {
                    earliest = head;
                }
            }
            if (earliest == null) {
                return all;
            }
            next[earliest.source]++;
            all.add(earliest);
        }
    }

    private static void check(final MergedReader merged, final List<Packet> expected, final int limits)
            throws IOException {
        final Receiver receiver = new Receiver(merged);
        boolean failed = false;
        try {
            int limit = limits;
            int count = 0;
            while (count >= 0) {
                limit = limit * 31 + 7;
                final int wanted = 1 + (limit >>> 16 & 7);
                count = merged.poll(receiver, wanted);
                if (count == 0 || count > wanted) {
                    throw new AssertionError(count + " packets of at most " + wanted);
                }
            }
        } catch (final CaptureException e) {
            failed = true;
        }
        if (!receiver.packets.equals(expected) || merged.packets() != expected.size()) {
            throw new AssertionError("merged " + receiver.packets + ", expected " + expected);
        }
        boolean damaged = false;
        for (int i = 0; i < CAPTURES; i++) {
            damaged |= merged.isDamaged(i);
        }
        if (failed != damaged) {
            throw new AssertionError("damage is " + (failed ? "told without being there" : "not told"));
        }
    }

    private static final class Receiver implements PacketHandler {
        private final List<Packet> packets = new ArrayList<>();
        private final MergedReader reader;
        private int source;

        Receiver(final MergedReader reader) {
            this.reader = reader;
        }

        @Override
        public void onSource(final int number) {
            source = number;
        }

        @Override
        public void onPacket(
                final ByteBuffer buffer,
                final int offset,
                final int caplen,
                final int origlen,
                final long captureTimeNs,
                final int linktype) {
            packets.add(new Packet(
                    source,
                    captureTimeNs,
                    caplen,
                    origlen,
                    reader.packetPosition(),
                    caplen == 0 ? 0 : buffer.get(offset)));
        }
    }

    /** Turn by turn, one behind the other, backwards in time, and one that is damaged in its middle. */
    public static List<byte[]> seeds() {
        return List.of(
                Seeds.hex("00010501 01020502 00010503 01020504 02050505 03000006"),
                Seeds.hex("00010501 00010501 00010501 017f0501 01010501 010105ff"),
                Seeds.hex("007f0501 00800501 00800501 01010501 01ff0501"),
                Seeds.hex("00010501 04010501 00010501 01010501 02010501 06010501"));
    }
}
