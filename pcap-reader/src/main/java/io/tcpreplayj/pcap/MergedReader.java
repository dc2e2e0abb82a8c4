package io.tcpreplayj.pcap;

import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Several captures as one, in order of time. As in mergecap the next packet is the earliest of the captures' next packets,
 * each of which keeps its own order. A capture is opened when its first packet is due, so that of a rotation set one or
 * two are open at a time.
 *
 * <p>A damaged capture ends where it is damaged; the others go on, and the first damage is told behind the last packet.
 */
public final class MergedReader implements CaptureReader {
    /** Each takes a megabyte or two of memory and a descriptor. */
    static final int MAX_OPEN = 64;

    private final List<Input> inputs;
    private final PriorityQueue<Head> heads = new PriorityQueue<>(Head::compareByTime);
    private final BitSet damaged = new BitSet();
    private boolean ahead;
    private @Nullable WindowBuffers buffers;
    private int opened;
    private @Nullable Head current;
    private int source;
    private long packets;
    private long closedPosition;
    private long closedFileBytes;
    private int closedSecretBlocks;
    private @Nullable CaptureException failure;

    /** Opens a capture when its turn has come. */
    @FunctionalInterface
    public interface Opener {
        CaptureReader open() throws IOException;
    }

    /**
     * One of the captures.
     *
     * @param firstPacketNs capture time of its first packet; {@link Long#MIN_VALUE} to open it at once
     */
    public record Input(long firstPacketNs, Opener opener) {}

    /** @param inputs in order of their first packets */
    public MergedReader(final List<Input> inputs) {
        this.inputs = List.copyOf(inputs);
    }

    @Override
    public boolean readAhead() {
        ahead = true;
        // Of those that are not open yet nobody knows whether they are compressed.
        return false;
    }

    @Override
    public void readInto(final WindowBuffers following) {
        buffers = following;
    }

    @Override
    public int poll(final PacketHandler handler, final int limit) throws IOException {
        int count = 0;
        while (count < limit && next(handler)) {
            count++;
        }
        if (count > 0 || limit == 0) {
            return count;
        }
        if (failure != null) {
            throw failure;
        }
        return -1;
    }

    private boolean next(final PacketHandler handler) throws IOException {
        final Head delivered = current;
        if (delivered != null) {
            advance(delivered);
            current = null;
        }
        openThoseDue();
        final Head head = heads.poll();
        if (head == null) {
            return false;
        }
        current = head;
        packets++;
        if (head.source != source) {
            source = head.source;
            handler.onSource(source);
        }
        head.deliver(handler);
        return true;
    }

    private void openThoseDue() throws IOException {
        while (opened < inputs.size()) {
            final Head earliest = heads.peek();
            if (earliest != null && earliest.captureTimeNs < inputs.get(opened).firstPacketNs()) {
                return;
            }
            if (heads.size() == MAX_OPEN) {
                // No damage, and nothing is to be kept: which packets came depends on a limit of ours.
                throw new IOException("more than " + MAX_OPEN
                        + " captures overlap in time, which is more than --merge reads at once: use mergecap first");
            }
            final int number = opened++;
            try {
                final CaptureReader reader = inputs.get(number).opener().open();
                if (ahead) {
                    reader.readAhead();
                }
                if (buffers != null) {
                    reader.readInto(buffers);
                }
                advance(new Head(number, reader));
            } catch (final CaptureException e) {
                onDamage(number, e);
            }
        }
    }

    /** Puts the capture's next packet in line, or closes it at its end. */
    private void advance(final Head head) throws IOException {
        boolean hasPacket = false;
        try {
            // It stays in the reader's buffer until that is polled again.
            hasPacket = head.reader.poll(head, 1) > 0;
        } catch (final CaptureException e) {
            onDamage(head.source, e);
        }
        if (hasPacket) {
            heads.add(head);
        } else {
            closedPosition += head.reader.position();
            closedFileBytes += head.reader.fileBytes();
            closedSecretBlocks += head.reader.secretBlocks();
            head.reader.close();
        }
    }

    private void onDamage(final int number, final CaptureException damage) {
        damaged.set(number);
        if (failure == null) {
            failure = damage;
        } else {
            failure = new CaptureException(failure.getMessage() + "; " + damage.getMessage(), failure.hint());
        }
    }

    @Override
    public String format() {
        return "merged";
    }

    @Override
    public long position() {
        long sum = closedPosition;
        for (final Head head : open()) {
            sum += head.reader.position();
        }
        return sum;
    }

    @Override
    public long packets() {
        return packets;
    }

    @Override
    public long packetPosition() {
        return current == null ? 0 : current.reader.packetPosition();
    }

    @Override
    public long fileBytes() {
        long sum = closedFileBytes;
        for (final Head head : open()) {
            sum += head.reader.fileBytes();
        }
        return sum;
    }

    @Override
    public int secretBlocks() {
        int sum = closedSecretBlocks;
        for (final Head head : open()) {
            sum += head.reader.secretBlocks();
        }
        return sum;
    }

    @Override
    public boolean isDamaged(final int number) {
        return damaged.get(number);
    }

    private List<Head> open() {
        final List<Head> open = new ArrayList<>(heads);
        if (current != null) {
            open.add(current);
        }
        return open;
    }

    @Override
    public void close() throws IOException {
        for (final Head head : open()) {
            head.reader.close();
        }
        heads.clear();
        current = null;
    }

    /** The next packet of one capture, in its reader's buffer. */
    private static final class Head implements PacketHandler {
        private final int source;
        private final CaptureReader reader;
        private @Nullable ByteBuffer buffer;
        private int offset;
        private int caplen;
        private int origlen;
        private long captureTimeNs;
        private int linktype;

        Head(final int source, final CaptureReader reader) {
            this.source = source;
            this.reader = reader;
        }

        static int compareByTime(final Head a, final Head b) {
            final int byTime = Long.compare(a.captureTimeNs, b.captureTimeNs);
            return byTime != 0 ? byTime : Integer.compare(a.source, b.source);
        }

        @Override
        public void onPacket(
                final ByteBuffer packetBuffer,
                final int packetOffset,
                final int packetCaplen,
                final int packetOriglen,
                final long packetTimeNs,
                final int packetLinktype) {
            buffer = packetBuffer;
            offset = packetOffset;
            caplen = packetCaplen;
            origlen = packetOriglen;
            captureTimeNs = packetTimeNs;
            linktype = packetLinktype;
        }

        void deliver(final PacketHandler handler) {
            handler.onPacket(Objects.requireNonNull(buffer), offset, caplen, origlen, captureTimeNs, linktype);
        }
    }
}
