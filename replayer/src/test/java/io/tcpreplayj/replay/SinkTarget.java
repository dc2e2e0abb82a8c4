package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** Takes one connection, counts and sums up what it brings, and says something after so many bytes each. */
final class SinkTarget implements AutoCloseable {
    private final ServerSocket listening;
    private final long answerEvery;
    private final String answer;
    private final CRC32C sum = new CRC32C();
    private long taken;

    SinkTarget(final String address, final long answerEvery, final String answer) {
        this.answerEvery = answerEvery;
        this.answer = answer;
        try {
            listening = new ServerSocket(0, 1, InetAddress.getByName(address));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        final Thread thread = new Thread(this::serve, "sink");
        thread.setDaemon(true);
        thread.start();
    }

    Endpoint endpoint() {
        return new Endpoint(IpAddress.of(listening.getInetAddress()), listening.getLocalPort());
    }

    private void serve() {
        final byte[] buffer = new byte[1 << 16];
        try (Socket socket = listening.accept()) {
            final InputStream in = socket.getInputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                final long answers = take(buffer, n);
                for (long i = 0; i < answers; i++) {
                    socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                }
            }
        } catch (final IOException e) {
            // A reset is an end as well, and what came is counted.
            return;
        }
    }

    private synchronized long take(final byte[] bytes, final int count) {
        sum.update(bytes, 0, count);
        final long answered = taken / answerEvery;
        taken += count;
        notifyAll();
        return taken / answerEvery - answered;
    }

    /** Waits until so many bytes are here. */
    synchronized void await(final long bytes) throws InterruptedException {
        final long deadlineNs = System.nanoTime() + 20_000_000_000L;
        while (taken < bytes) {
            final long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
            if (leftMs <= 0) {
                throw new AssertionError(taken + " bytes within 20 s, not " + bytes);
            }
            wait(leftMs);
        }
    }

    synchronized long taken() {
        return taken;
    }

    /** CRC-32C of all that came. */
    synchronized long sum() {
        return sum.getValue();
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
