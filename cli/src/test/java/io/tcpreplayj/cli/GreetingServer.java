package io.tcpreplayj.cli;

import io.tcpreplayj.linux.NetworkNamespace;
import io.tcpreplayj.testdata.Netns;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that speaks first, as SMTP's does, and answers each line; who does not wait for that is refused, as by Postfix's
 * postscreen. In this process, on a host of the lab.
 */
final class GreetingServer implements AutoCloseable {
    private static final String GREETING = "220 shop.example ready";
    private static final long GREETS_AFTER_MS = 100;

    private final ServerSocket listener;
    private final Queue<List<String>> connections = new ConcurrentLinkedQueue<>();
    private final AtomicInteger lines = new AtomicInteger();

    private GreetingServer(final ServerSocket listener) {
        this.listener = listener;
    }

    static GreetingServer open(final Netns host, final int port) throws IOException {
        NetworkNamespace.enter(host.name());
        try {
            final GreetingServer server = new GreetingServer(new ServerSocket(port, 1_000));
            daemon(server::accept);
            return server;
        } finally {
            NetworkNamespace.leave();
        }
    }

    private static void daemon(final Runnable body) {
        final Thread thread = new Thread(body, "greeting-server");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (!listener.isClosed()) {
                final Socket socket = listener.accept();
                daemon(() -> serve(socket));
            }
        } catch (final IOException e) {
            // The test is over.
            return;
        }
    }

    private void serve(final Socket socket) {
        final List<String> heard = Collections.synchronizedList(new ArrayList<>());
        connections.add(heard);
        try (socket;
                BufferedReader in = reader(socket)) {
            Thread.sleep(GREETS_AFTER_MS);
            if (in.ready()) {
                say(socket, "554 you talk before you are greeted");
                return;
            }
            say(socket, GREETING);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                heard.add(line);
                lines.incrementAndGet();
                say(socket, "250 " + line + " it is");
            }
        } catch (final IOException | InterruptedException e) {
            // Whoever asks finds that a line is missing.
            return;
        }
    }

    private static BufferedReader reader(final Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    }

    private static void say(final Socket socket, final String line) throws IOException {
        socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** Of all connections. */
    int lines() {
        return lines.get();
    }

    /** What each connection said, in its order. */
    List<List<String>> heard() {
        return heardFrom(0);
    }

    /** The same without its first line. */
    List<List<String>> heardBehindTheFirst() {
        return heardFrom(1);
    }

    private List<List<String>> heardFrom(final int first) {
        return connections.stream()
                .map(each -> List.copyOf(each.subList(first, each.size())))
                .sorted(java.util.Comparator.comparing(List::toString))
                .toList();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    /** Some that wait for the greeting, and for each answer. */
    static final class Clients implements AutoCloseable {
        private final List<Socket> sockets = new ArrayList<>();
        private final List<BufferedReader> readers = new ArrayList<>();

        static Clients connect(final Netns host, final String address, final int port, final int count)
                throws IOException {
            final Clients clients = new Clients();
            NetworkNamespace.enter(host.name());
            try {
                for (int i = 0; i < count; i++) {
                    final Socket socket = new Socket();
                    socket.connect(new InetSocketAddress(address, port), 10_000);
                    socket.setSoTimeout(10_000);
                    clients.sockets.add(socket);
                    clients.readers.add(reader(socket));
                }
            } finally {
                NetworkNamespace.leave();
            }
            for (final BufferedReader reader : clients.readers) {
                expect(reader, GREETING);
            }
            return clients;
        }

        /** On each connection, with its number: all of them before the first answer is read. */
        void say(final String words) throws IOException {
            for (int i = 0; i < sockets.size(); i++) {
                GreetingServer.say(sockets.get(i), words + " of " + i);
            }
            for (int i = 0; i < sockets.size(); i++) {
                expect(readers.get(i), "250 " + words + " of " + i + " it is");
            }
        }

        private static void expect(final BufferedReader reader, final String line) throws IOException {
            final String heard = reader.readLine();
            if (!line.equals(heard)) {
                throw new IOException("heard " + heard + " and not " + line);
            }
        }

        @Override
        public void close() throws IOException {
            for (final Socket socket : sockets) {
                socket.close();
            }
        }
    }
}
