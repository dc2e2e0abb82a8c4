package io.tcpreplayj.replay;

import io.tcpreplayj.linux.RawSocket;
import io.tcpreplayj.linux.Routes;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Packets through this machine's routing and filters, by a raw socket: works on any interface, and is the slowest. */
public final class RawWire implements Wire {
    private final RawSocket socket;
    private final LinkMtu mtu;

    /**
     * Takes over {@code socket}.
     *
     * @param route whose MTU {@code socket} was opened with
     */
    public RawWire(final RawSocket socket, final Routes.Route route) {
        this.socket = socket;
        mtu = new LinkMtu(route.link(), route.mtu());
    }

    @Override
    public String name() {
        return "raw";
    }

    @Override
    public int mtu() {
        return mtu.bytes();
    }

    @Override
    public void lookAtLink() {
        mtu.look();
    }

    @Override
    public @Nullable ByteBuffer frame() {
        return socket.frame();
    }

    @Override
    public int offset() {
        return 0;
    }

    @Override
    public void send(final int length) throws IOException {
        socket.add(length);
    }

    @Override
    public void flush() throws IOException {
        socket.flush();
    }

    @Override
    public long sentPackets() {
        return socket.sent();
    }

    @Override
    public long droppedPackets() {
        return socket.dropped();
    }

    @Override
    public String lastRefusal() {
        return socket.lastRefusal();
    }

    @Override
    public void close() {
        socket.close();
    }
}
