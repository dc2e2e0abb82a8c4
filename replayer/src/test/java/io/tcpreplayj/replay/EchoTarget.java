package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Answers each line with the same and an exclamation mark, and closes when the client does. */
final class EchoTarget implements AutoCloseable {
    /** On a path that loses, a SYN that is lost four times comes after 15 s. */
    private static final int PATIENCE_S = 30;

    private final ServerSocket listening;
    private final BlockingQueue<String> fresh = new LinkedBlockingQueue<>();
    private final List<String> all = new CopyOnWriteArrayList<>();
    private final List<Endpoint> clients = new CopyOnWriteArrayList<>();
    private final Semaphore ended = new Semaphore(0);

    EchoTarget(final String address) {
        try {
            listening = new ServerSocket(0, 1024, InetAddress.getByName(address));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept);
    }

    private static void daemon(final Runnable task) {
        final Thread thread = new Thread(task, "echo");
        thread.setDaemon(true);
        thread.start();
    }

    Endpoint endpoint() {
        return new Endpoint(IpAddress.of(listening.getInetAddress()), listening.getLocalPort());
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                final Socket socket = listening.accept();
                clients.add(new Endpoint(IpAddress.of(socket.getInetAddress()), socket.getPort()));
                daemon(() -> serve(socket));
            } catch (final IOException e) {
                // Closed: the test is over.
                return;
            }
        }
    }

    private void serve(final Socket socket) {
        try (socket;
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
            final OutputStream out = socket.getOutputStream();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                all.add(line);
                fresh.add(line);
                out.write((line + "!\n").getBytes(StandardCharsets.US_ASCII));
            }
        } catch (final IOException e) {
            // A reset is an end as well.
        } finally {
            ended.release();
        }
    }

    /** The next line that any client sends. */
    String next() throws InterruptedException {
        final String line = fresh.poll(PATIENCE_S, TimeUnit.SECONDS);
        if (line == null) {
            throw new AssertionError("no line within " + PATIENCE_S + " s");
        }
        return line;
    }

    /** Waits for the end of one more connection. */
    void closed() throws InterruptedException {
        if (!ended.tryAcquire(PATIENCE_S, TimeUnit.SECONDS)) {
            throw new AssertionError("no connection ended within " + PATIENCE_S + " s");
        }
    }

    List<String> heard() {
        return all;
    }

    /** Where connections came from, in their order. */
    List<Endpoint> clients() {
        return clients;
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
