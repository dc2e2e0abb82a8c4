package io.tcpreplayj.cli;

import io.tcpreplayj.intercept.relay.RelaySource;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.io.InterruptedIOException;

/** What another host captures, as it comes in, until that host or the door says that it is the end. */
final class SourceReader extends PassingPackets {
    private static final long REST_MS = 100;

    private final RelaySource source;

    SourceReader(final RelaySource source) {
        super(source.name(), CaptureFingerprint.ofSource(source.id(), source.begin()));
        this.source = source;
    }

    @Override
    public int poll(final PacketHandler to, final int limit) {
        handTo(to);
        return source.poll(this, limit);
    }

    /** While the line is down, or much is on its way, it is not known how far the capture has come. */
    @Override
    public long currentNs() {
        return source.heardNs();
    }

    /** Who closes the door ends its sources. */
    @Override
    public void finish() {}

    @Override
    public void rest() throws IOException {
        try {
            source.await(REST_MS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + source.name());
        }
    }

    @Override
    public void noteSize() {}

    @Override
    public boolean isPartOf(final int number) {
        return source.lost() > 0 || !source.hasParted();
    }

    @Override
    public void close() {}
}
