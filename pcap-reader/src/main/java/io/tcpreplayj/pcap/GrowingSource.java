package io.tcpreplayj.pcap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Bytes of a file that somebody may still be writing: at its end more may come, until it is said to be whole. */
final class GrowingSource implements ByteSource {
    private final FileChannel channel;
    private long fileBytes;
    private boolean whole;

    GrowingSource(final FileChannel channel) {
        this.channel = channel;
    }

    /** From now on the end of the file is the end. */
    void end() {
        whole = true;
    }

    boolean isWhole() {
        return whole;
    }

    /** @throws NotYetException at the end of a file that is not whole */
    @Override
    public int read(final ByteBuffer target) throws IOException {
        final int count = channel.read(target);
        if (count < 0 && !whole) {
            throw new NotYetException();
        }
        fileBytes += Math.max(count, 0);
        return count;
    }

    /** How long the file is by now, which may be less than was read of it. */
    long size() throws IOException {
        return channel.size();
    }

    @Override
    public long fileBytes() {
        return fileBytes;
    }

    @Override
    public String compression() {
        return "";
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
