package io.tcpreplayj.pcap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Bytes of a file or of a pipe as they are. */
final class ChannelSource implements ByteSource {
    private final ReadableByteChannel channel;
    private long fileBytes;

    ChannelSource(final ReadableByteChannel channel) {
        this.channel = channel;
    }

    @Override
    public int read(final ByteBuffer target) throws IOException {
        final int count = channel.read(target);
        fileBytes += Math.max(count, 0);
        return count;
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
