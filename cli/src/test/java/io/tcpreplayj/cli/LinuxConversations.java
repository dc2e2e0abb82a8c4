package io.tcpreplayj.cli;

import io.tcpreplayj.linux.NetworkNamespace;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Clients and a server on the kernel's TCP that end their connections in all the ways there are. The client's first bytes tell
 * the server which, so that a client which sends the same bytes again is treated in the same way.
 */
final class LinuxConversations implements AutoCloseable {
    /** How a conversation ends. */
    enum Ending {
        CLIENT_CLOSES_FIRST,
        SERVER_CLOSES_FIRST,
        /** The client sends FIN after its last request, and the answer comes after that. */
        HALF_CLOSE,
        /** The FINs cross. */
        SIMULTANEOUS_CLOSE,
        /** The client has all it wants, and resets. */
        RESET,
        /** The client's last bytes and its FIN are one segment. */
        FIN_WITH_DATA,
        /** One byte in the middle of the last request is urgent (RFC 9293 3.8.5). */
        URGENT
    }

    /** One conversation. */
    record Talk(Ending ending, int exchanges, int requestBytes, int answerBytes) {
        private static final int HEADER = 14;

        byte[] request(final int exchange) {
            final ByteBuffer request = ByteBuffer.allocate(requestBytes);
            // No protocol that a reader might know begins with it.
            request.put((byte) 0xee).put((byte) ending.ordinal()).putInt(exchanges);
            request.putInt(requestBytes).putInt(answerBytes);
            while (request.hasRemaining()) {
                request.put((byte) (exchange * 7 + request.position()));
            }
            return request.array();
        }

        static Talk read(final ByteBuffer header) {
            header.get();
            return new Talk(Ending.values()[header.get()], header.getInt(), header.getInt(), header.getInt());
        }
    }

    private static final int BACKLOG = 1024;
    private static final int PATIENCE_MS = 30_000;
    private static final int SPACING_MS = 5;

    private final ServerSocket listener;
    private final int oneWayMs;

    private LinuxConversations(final ServerSocket listener, final int oneWayMs) {
        this.listener = listener;
        this.oneWayMs = oneWayMs;
    }

    /** Listens in a namespace; {@code oneWayMs} is how long packets take. */
    static LinuxConversations serve(final String netns, final int port, final int oneWayMs) {
        final LinuxConversations server = inside(netns, () -> {
                    final ServerSocket listener = new ServerSocket();
                    listener.setReuseAddress(true);
                    listener.bind(new InetSocketAddress(port), BACKLOG);
                    return new LinuxConversations(listener, oneWayMs);
                })
                .join();
        final Thread thread = new Thread(server::acceptAll, "accept");
        thread.setDaemon(true);
        thread.start();
        return server;
    }

    /** Something done on a thread of its own. */
    @FunctionalInterface
    private interface Work<T> {
        T done() throws IOException, InterruptedException;
    }

    private static <T> CompletableFuture<T> inside(final String netns, final Work<T> work) {
        final CompletableFuture<T> result = new CompletableFuture<>();
        final Thread thread = new Thread(() -> {
            try {
                NetworkNamespace.enter(netns);
                result.complete(work.done());
            } catch (final IOException | InterruptedException | RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return result;
    }

    private void acceptAll() {
        while (!listener.isClosed()) {
            try {
                final Socket socket = listener.accept();
                final Thread thread = new Thread(() -> answerAll(socket));
                thread.setDaemon(true);
                thread.start();
            } catch (final IOException e) {
                if (!listener.isClosed()) {
                    throw new CompletionException(e);
                }
            }
        }
    }

    private void answerAll(final Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            socket.setOOBInline(true);
            final DataInputStream in = new DataInputStream(socket.getInputStream());
            final byte[] header = new byte[Talk.HEADER];
            in.readFully(header);
            final Talk talk = Talk.read(ByteBuffer.wrap(header));
            in.readFully(new byte[talk.requestBytes() - Talk.HEADER]);
            for (int exchange = 1; exchange < talk.exchanges(); exchange++) {
                socket.getOutputStream().write(new byte[talk.answerBytes()]);
                in.readFully(new byte[talk.requestBytes()]);
            }
            if (talk.ending() == Ending.HALF_CLOSE || talk.ending() == Ending.FIN_WITH_DATA) {
                in.read();
            }
            socket.getOutputStream().write(new byte[talk.answerBytes()]);
            if (talk.ending() == Ending.SIMULTANEOUS_CLOSE) {
                TimeUnit.MILLISECONDS.sleep(oneWayMs);
            } else if (talk.ending() != Ending.SERVER_CLOSES_FIRST) {
                in.read();
            }
            socket.shutdownOutput();
            in.read();
        } catch (final IOException e) {
            // The clients that reset.
        } catch (final InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    /** Holds all conversations from a namespace, one after the other begun, and returns when all are over. */
    void hold(final String netns, final String server, final List<Talk> talks) throws InterruptedException {
        final List<CompletableFuture<Boolean>> held = new ArrayList<>();
        for (final Talk talk : talks) {
            held.add(inside(netns, () -> {
                hold(server, talk);
                return true;
            }));
            TimeUnit.MILLISECONDS.sleep(SPACING_MS);
        }
        held.forEach(CompletableFuture::join);
    }

    private void hold(final String server, final Talk talk) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setTcpNoDelay(talk.ending() != Ending.FIN_WITH_DATA);
            socket.setSoTimeout(PATIENCE_MS);
            socket.connect(new InetSocketAddress(InetAddress.getByName(server), listener.getLocalPort()), PATIENCE_MS);
            final DataInputStream in = new DataInputStream(socket.getInputStream());
            for (int exchange = 1; exchange < talk.exchanges(); exchange++) {
                socket.getOutputStream().write(talk.request(exchange));
                in.readFully(new byte[talk.answerBytes()]);
            }
            askLast(socket, talk);
            if (talk.ending() == Ending.HALF_CLOSE || talk.ending() == Ending.FIN_WITH_DATA) {
                socket.shutdownOutput();
            }
            in.readFully(new byte[talk.answerBytes()]);
            if (talk.ending() == Ending.RESET) {
                socket.setSoLinger(true, 0);
                return;
            }
            if (talk.ending() == Ending.SERVER_CLOSES_FIRST) {
                in.read();
            }
            if (!socket.isOutputShutdown()) {
                socket.shutdownOutput();
            }
            in.read();
        }
    }

    private static void askLast(final Socket socket, final Talk talk) throws IOException {
        final byte[] request = talk.request(talk.exchanges());
        final OutputStream out = socket.getOutputStream();
        final int half = request.length / 2;
        switch (talk.ending()) {
            case FIN_WITH_DATA -> {
                // What is written behind unacknowledged bytes waits for FIN (RFC 9293 3.7.4, Nagle).
                out.write(request, 0, half);
                out.write(request, half, request.length - half);
            }
            case URGENT -> {
                out.write(request, 0, half);
                socket.sendUrgentData(request[half]);
                out.write(request, half + 1, request.length - half - 1);
            }
            default -> out.write(request);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
