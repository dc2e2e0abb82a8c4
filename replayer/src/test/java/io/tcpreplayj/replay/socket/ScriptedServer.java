package io.tcpreplayj.replay.socket;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A loopback server with one thread a connection, whose manners the test gives; remembers what it read. */
final class ScriptedServer implements AutoCloseable {
    /** What the server does with one connection. */
    interface Manners {
        void serve(Conversation with) throws IOException;
    }

    private final ServerSocket listener;
    private final Manners manners;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<Integer, Conversation> byClientPort = new ConcurrentHashMap<>();
    private final List<Conversation> all = new CopyOnWriteArrayList<>();

    ScriptedServer(final String address, final Manners manners) throws IOException {
        this.manners = manners;
        listener = new ServerSocket(0, 1024, IpAddress.parse(address).toInetAddress());
        threads.execute(this::accept);
    }

    Endpoint endpoint() {
        return new Endpoint(IpAddress.of(listener.getInetAddress()), listener.getLocalPort());
    }

    Conversation conversation(final int clientPort) {
        return Objects.requireNonNull(byClientPort.get(clientPort), "no connection from port " + clientPort);
    }

    List<Conversation> conversations() {
        return all;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                final Socket socket = listener.accept();
                final Conversation conversation = new Conversation(socket);
                byClientPort.put(socket.getPort(), conversation);
                all.add(conversation);
                threads.execute(conversation);
            } catch (final IOException e) {
                // Closed by the test's end.
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (final Conversation conversation : all) {
            conversation.socket.close();
        }
        threads.shutdownNow();
    }

    /** One connection as the server saw it. */
    final class Conversation implements Runnable {
        final Socket socket;
        private final ByteArrayOutputStream read = new ByteArrayOutputStream();
        private volatile String how = "open";

        Conversation(final Socket socket) {
            this.socket = socket;
        }

        @Override
        public void run() {
            try (socket) {
                socket.setTcpNoDelay(true);
                manners.serve(this);
                how = "done";
            } catch (final IOException e) {
                how = String.valueOf(e.getMessage());
            }
        }

        /** "open", "done", or the error that ended it. */
        String how() {
            return how;
        }

        synchronized String read() {
            return read.toString(StandardCharsets.ISO_8859_1);
        }

        /** Reads so many bytes, or to the client's FIN (-1 as the count: to the FIN). */
        String expect(final int count) throws IOException {
            final StringBuilder got = new StringBuilder();
            final InputStream in = socket.getInputStream();
            while (count < 0 || got.length() < count) {
                final int b = in.read();
                if (b < 0) {
                    break;
                }
                synchronized (this) {
                    read.write(b);
                }
                got.append((char) b);
            }
            return got.toString();
        }

        void say(final String bytes) throws IOException {
            final OutputStream out = socket.getOutputStream();
            out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }
    }
}
