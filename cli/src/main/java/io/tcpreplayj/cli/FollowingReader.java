package io.tcpreplayj.cli;

import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.pcap.CaptureException;
import io.tcpreplayj.pcap.GrowingCapture;
import io.tcpreplayj.pcap.WindowBuffers;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Files that appear and grow as one capture, one behind the other. A file is read to where it ends for now; it is left when
 * another one has begun, for whoever rotates files closes one before opening the next (tcpdump, dumpcap).
 */
final class FollowingReader implements OngoingReader {
    /** How long the rest of a packet is waited for in a file behind which there is another one. */
    private static final long PATIENCE_NS = 10_000_000_000L;

    private final FollowedFiles files;
    private final Notes notes;
    private final long maxBytes;
    private final LongSupplier clockNs;
    private final List<CaptureTally> tallies = new ArrayList<>();
    private final BitSet damaged = new BitSet();
    private @Nullable FollowedFile file;
    private @Nullable GrowingCapture capture;
    private @Nullable WindowBuffers buffers;
    private boolean finishing;
    private long grewNs;
    private long packets;
    private long closedPosition;
    private long closedFileBytes;
    private int closedSecretBlocks;

    /** Is asked and told what becomes of the files whose turn it is. */
    interface Notes {
        /** Whether a capture need not be read, because the database has it. */
        boolean knows(CaptureSource source, CaptureFingerprint fingerprint);

        void damaged(CaptureException damage);
    }

    FollowingReader(final FollowedFiles files, final Notes notes, final long maxBytes, final LongSupplier clockNs) {
        this.files = files;
        this.notes = notes;
        this.maxBytes = maxBytes;
        this.clockNs = clockNs;
    }

    /** What is to be known of each capture, in the order of {@link PacketHandler#onSource}; it grows. */
    List<CaptureTally> tallies() {
        return tallies;
    }

    @Override
    public void finish() throws IOException {
        if (!finishing) {
            files.lookNow();
            finishing = true;
        }
    }

    /** 0 when there is nothing for now, -1 when it was told to finish and has. */
    @Override
    public int poll(final PacketHandler handler, final int limit) throws IOException {
        if (!finishing) {
            files.look();
        }
        while (true) {
            final GrowingCapture from = capture;
            if (from != null) {
                final int count = take(from, handler, limit);
                if (count > 0) {
                    return count;
                }
                if (count == 0 && !isLeft(from)) {
                    return 0;
                }
                if (count == 0 && !finishing) {
                    from.end();
                    continue;
                }
                leave(from);
            }
            if (!openNext(handler)) {
                return finishing ? -1 : 0;
            }
        }
    }

    /** As {@link #poll}; -1 also when it is damaged. */
    private int take(final GrowingCapture from, final PacketHandler handler, final int limit) throws IOException {
        final long before = from.packets();
        try {
            final int count = from.poll(handler, limit);
            grewNs = count > 0 ? clockNs.getAsLong() : grewNs;
            return count;
        } catch (final CaptureException e) {
            onDamage(e);
            return -1;
        } catch (final IOException e) {
            onDamage(new CaptureException(name() + ": " + Failures.text(e), "see whether the file can be read"));
            return -1;
        } finally {
            packets += from.packets() - before;
        }
    }

    private void onDamage(final CaptureException damage) {
        damaged.set(tallies.size() - 1);
        notes.damaged(damage);
    }

    /** Whether nothing more is expected of a file that ends here for now. */
    private boolean isLeft(final GrowingCapture from) throws IOException {
        if (from.fileSize() < from.fileBytes() || finishing) {
            return true;
        }
        files.look();
        if (files.next(finishing) == null || size(from) > from.fileBytes()) {
            return false;
        }
        return from.isBetweenPackets() || clockNs.getAsLong() - grewNs > PATIENCE_NS;
    }

    /** Opened anew: only then does a network file system ask again (close-to-open consistency, nfs(5)). */
    private long size(final GrowingCapture from) throws IOException {
        final FollowedFile current = Objects.requireNonNull(file);
        try (FileChannel channel = FileChannel.open(current.path(), StandardOpenOption.READ)) {
            return Math.max(channel.size(), from.fileSize());
        } catch (final NoSuchFileException e) {
            return from.fileSize();
        }
    }

    private void leave(final GrowingCapture from) throws IOException {
        final FollowedFile left = Objects.requireNonNull(file);
        final int number = tallies.size() - 1;
        final CaptureTally tally = tallies.get(number);
        if (damaged.get(number)) {
            left.skip();
        } else {
            left.done(from.fileBytes());
            // Only when it is to be the end: no damage, but what follows is missing.
            damaged.set(number, !left.isCompressed() && !from.isBetweenPackets());
        }
        final CaptureFingerprint whole = fingerprint(left);
        tally.grewTo(whole.sizeBytes() == from.fileBytes() ? whole : CaptureFingerprint.ofPart(from.fileBytes()));
        closedPosition += from.position();
        closedFileBytes += from.fileBytes();
        closedSecretBlocks += from.secretBlocks();
        from.close();
        capture = null;
        file = null;
    }

    private static CaptureFingerprint fingerprint(final FollowedFile of) throws IOException {
        try {
            return CaptureFingerprint.of(of.path());
        } catch (final NoSuchFileException e) {
            return CaptureFingerprint.NONE;
        }
    }

    private boolean openNext(final PacketHandler handler) throws IOException {
        for (FollowedFile next = files.next(finishing); next != null; next = files.next(finishing)) {
            try {
                if (notes.knows(next.source(), CaptureFingerprint.of(next.path()))) {
                    files.reading(next);
                    next.done(next.size());
                    continue;
                }
                final GrowingCapture opened = GrowingCapture.open(next.path(), maxBytes);
                if (next.isCompressed()) {
                    opened.end();
                    opened.readAhead();
                }
                begin(next, opened);
                handler.onSource(tallies.size() - 1);
                return true;
            } catch (final NoSuchFileException e) {
                // Deleted, or just given another name: the next looks will tell.
                if (!finishing) {
                    return false;
                }
                files.lost(next);
            } catch (final IOException e) {
                files.skip(next, e);
            }
        }
        return false;
    }

    private void begin(final FollowedFile next, final GrowingCapture opened) {
        if (buffers != null) {
            opened.readInto(buffers);
        }
        files.reading(next);
        tallies.add(new CaptureTally(next.name(), CaptureFingerprint.ofPart(0)));
        file = next;
        capture = opened;
        grewNs = clockNs.getAsLong();
    }

    /** Opens the first file, for whoever has to know one before there is a packet; false when there is none yet. */
    boolean open() throws IOException {
        files.look();
        return openNext((buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {});
    }

    @Override
    public void rest() throws IOException {
        FollowPace.rest();
    }

    @Override
    public boolean isPartOf(final int number) {
        return damaged.get(number) || (capture != null && number == tallies.size() - 1);
    }

    @Override
    public void noteSize() {
        if (capture != null) {
            tallies.get(tallies.size() - 1).grewTo(CaptureFingerprint.ofPart(capture.fileBytes()));
        }
    }

    @Override
    public String name() {
        return file == null ? summary() : file.name();
    }

    @Override
    public String summary() {
        if (tallies.isEmpty()) {
            return "nothing";
        }
        final String first = tallies.get(0).name();
        return tallies.size() == 1 ? first : first + " and " + (tallies.size() - 1) + " more";
    }

    /** Compressed files are decompressed ahead in any case; there may be none. */
    @Override
    public boolean readAhead() {
        return false;
    }

    @Override
    public void readInto(final WindowBuffers following) {
        buffers = following;
        if (capture != null) {
            capture.readInto(following);
        }
    }

    @Override
    public String format() {
        return "followed";
    }

    @Override
    public long position() {
        return closedPosition + (capture == null ? 0 : capture.position());
    }

    @Override
    public long packets() {
        return packets;
    }

    @Override
    public long packetPosition() {
        return capture == null ? 0 : capture.packetPosition();
    }

    @Override
    public long fileBytes() {
        return closedFileBytes + (capture == null ? 0 : capture.fileBytes());
    }

    @Override
    public int secretBlocks() {
        return closedSecretBlocks + (capture == null ? 0 : capture.secretBlocks());
    }

    @Override
    public boolean isDamaged(final int source) {
        return damaged.get(source);
    }

    @Override
    public void close() throws IOException {
        if (capture != null) {
            capture.close();
            capture = null;
        }
    }
}
