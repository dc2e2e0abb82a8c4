package io.tcpreplayj.intercept.feed;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Passes TCP connections on, byte for byte, until told to cut them all in the middle of whatever they say. */
public final class CuttingProxy implements AutoCloseable {
    private final InetSocketAddress behind;
    private final ServerSocket door;
    private final List<Socket> ends = new CopyOnWriteArrayList<>();
    private final Set<Socket> muted = ConcurrentHashMap.newKeySet();

    public CuttingProxy(final FeedAddress behind) throws IOException {
        this.behind = (InetSocketAddress) behind.socket();
        this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::admit);
    }

    public FeedAddress address() {
        return FeedAddress.tcp(door.getInetAddress(), door.getLocalPort());
    }

    private static void start(final Runnable body) {
        final Thread thread = new Thread(body, "proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void admit() {
        try {
            while (!door.isClosed()) {
                final Socket near = door.accept();
                final Socket far = new Socket(behind.getAddress(), behind.getPort());
                ends.add(near);
                ends.add(far);
                start(() -> pass(near, far));
                start(() -> pass(far, near));
            }
        } catch (final IOException e) {
            // The test is over.
            return;
        }
    }

    private void pass(final Socket from, final Socket to) {
        final byte[] bytes = new byte[10_000];
        try (InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            for (int length = in.read(bytes); length > 0; length = in.read(bytes)) {
                if (!muted.contains(from)) {
                    out.write(bytes, 0, length);
                }
            }
            while (muted.contains(from) && !door.isClosed()) {
                Background.pause(50);
            }
        } catch (final IOException e) {
            // Cut.
            return;
        }
    }

    /** Cuts what is open now; new connections are passed on again. */
    public void cut() throws IOException {
        for (final Socket each : ends) {
            each.close();
        }
        ends.clear();
    }

    /** Lets nothing more through of what is open now, ends included, and says so to nobody. */
    public void mute() {
        muted.addAll(ends);
    }

    @Override
    public void close() throws IOException {
        door.close();
        cut();
    }
}
