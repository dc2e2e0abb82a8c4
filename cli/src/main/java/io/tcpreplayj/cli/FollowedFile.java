package io.tcpreplayj.cli;

import io.tcpreplayj.pcap.CaptureFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;

/** One file among those that are followed, known by its device and inode, whatever it is called. */
final class FollowedFile {
    /** A file whose size and time have not changed for so long is complete, if nothing else tells. */
    static final long RESTS_NS = 5_000_000_000L;

    private static final long MOST_RESTED_MS = 2 * RESTS_NS / 1_000_000;

    /** Enough to hold the time of the first packet, so that no other capture begins with the same bytes. */
    private static final int BEGINNING_BYTES = 1024;

    /** What no capture is shorter than: of less it is not known yet what it is. */
    private static final int LEAST_BYTES = 24;

    private static final long NOT_SEEN = -1;
    private static final byte[] NOTHING = {};

    /** What became of it. */
    enum State {
        /** It was not read yet. */
        WAITING,
        /** It is being read. */
        READING,
        /** It was read, or was in the database before. */
        DONE,
        /** It is no capture, or one that is damaged; what more comes of it is of no interest. */
        SKIPPED
    }

    private CaptureSource source;
    private Path path;
    private State state = State.WAITING;
    private long size = NOT_SEEN;
    private FileTime modifiedAt = FileTime.fromMillis(0);
    private long changedNs;
    private long peekedBytes;
    private long firstPacketNs = TimeOrder.NO_TIME;
    private byte[] beginning = NOTHING;
    private boolean compressed;
    private long doneBytes;
    private int scan;

    FollowedFile(final CaptureSource source, final Path path) {
        this.source = source;
        this.path = path;
    }

    /** It is in the directory, under that name. */
    void seen(final CaptureSource as, final Path at, final BasicFileAttributes now, final long nowNs) {
        source = as;
        path = at;
        if (hasChanged(now)) {
            modifiedAt = now.lastModifiedTime();
            // When it is seen for the first time, it may have rested for years.
            final long restedMs = size == NOT_SEEN ? System.currentTimeMillis() - modifiedAt.toMillis() : 0;
            changedNs = nowNs - Math.min(Math.max(0, restedMs), MOST_RESTED_MS) * 1_000_000;
            size = now.size();
        }
    }

    private boolean hasChanged(final BasicFileAttributes now) {
        return size != now.size() || !now.lastModifiedTime().equals(modifiedAt);
    }

    /** Whether there may be a first packet since this was asked for last. */
    boolean mayBegin() {
        return state == State.WAITING
                && firstPacketNs == TimeOrder.NO_TIME
                && size >= LEAST_BYTES
                && (size != peekedBytes || compressed);
    }

    /** Keeps how it begins. */
    void begins() throws IOException {
        peekedBytes = size;
        beginning = read(path, BEGINNING_BYTES);
        compressed = CaptureFiles.isCompressed(ByteBuffer.wrap(beginning));
    }

    /** Whether what is there now is another capture: written over this one, or in a file that got its inode. */
    boolean isReplacedBy(final Path at, final BasicFileAttributes now) throws IOException {
        // Within one tick of the kernel's clock another name may be all that differs.
        return (hasChanged(now) || !path.equals(at))
                && ((state == State.DONE && now.size() < doneBytes)
                        || (beginning.length > 0 && !Arrays.equals(beginning, read(at, beginning.length))));
    }

    private static byte[] read(final Path from, final int most) throws IOException {
        final ByteBuffer bytes = ByteBuffer.allocate(most);
        try (FileChannel channel = FileChannel.open(from, StandardOpenOption.READ)) {
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    boolean rests(final long nowNs) {
        return nowNs - changedNs >= RESTS_NS;
    }

    void begin(final long packetNs) {
        firstPacketNs = packetNs;
    }

    void reading() {
        state = State.READING;
    }

    void skip() {
        state = State.SKIPPED;
    }

    /** @param bytes that were read of it */
    void done(final long bytes) {
        state = State.DONE;
        doneBytes = bytes;
    }

    /** Bytes that came behind what was read of it; they are told once. */
    long grown() {
        final long grown = state == State.DONE ? Math.max(0, size - doneBytes) : 0;
        doneBytes += grown;
        return grown;
    }

    void inScan(final int number) {
        scan = number;
    }

    int scan() {
        return scan;
    }

    CaptureSource source() {
        return source;
    }

    String name() {
        return source.name();
    }

    Path path() {
        return path;
    }

    State state() {
        return state;
    }

    long size() {
        return size;
    }

    /** {@link TimeOrder#NO_TIME} as long as there is no packet in it. */
    long firstPacketNs() {
        return firstPacketNs;
    }

    boolean isCompressed() {
        return compressed;
    }
}
