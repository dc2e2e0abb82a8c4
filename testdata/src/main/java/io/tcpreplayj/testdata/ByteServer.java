package io.tcpreplayj.testdata;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that knows nothing of any protocol: after each so many bytes it answers with so many, and it notes what each
 * connection sent. Run it inside a namespace by {@link #startIn}, or in this process by {@link #start}.
 */
public final class ByteServer implements AutoCloseable {
    private final ServerSocket listener;
    private final Path journal;
    private final int requestBytes;
    private final int answerBytes;
    private final AtomicInteger accepted = new AtomicInteger();

    private ByteServer(final ServerSocket listener, final Path journal, final int requestBytes, final int answerBytes) {
        this.listener = listener;
        this.journal = journal;
        this.requestBytes = requestBytes;
        this.answerBytes = answerBytes;
    }

    /**
     * What one connection sent, noted when it ended.
     *
     * @param order of acceptance, from 0
     * @param end {@code eof} when the client closed in order, {@code error} when it was reset
     */
    public record Received(int order, String client, long bytes, String sha256, String end) {}

    /**
     * Listens in this process.
     *
     * @param port 0: any
     * @param requestBytes an answer is sent whenever the connection's bytes reach a multiple of it
     * @param answerBytes the answer's length; its bytes are 'A' to 'Z' in turn
     */
    public static ByteServer start(
            final InetAddress address,
            final int port,
            final int requestBytes,
            final int answerBytes,
            final Path journal)
            throws IOException {
        final ServerSocket listener = new ServerSocket();
        listener.setReuseAddress(true);
        listener.bind(new InetSocketAddress(address, port), 1024);
        Files.writeString(journal, "");
        final ByteServer server = new ByteServer(listener, journal, requestBytes, answerBytes);
        daemon("byte-server-accept", server::acceptAll);
        return server;
    }

    /** Listens in a process of its own inside a namespace; returns when it does. Destroy the process to stop it. */
    public static Process startIn(
            final Netns netns,
            final String address,
            final int port,
            final int requestBytes,
            final int answerBytes,
            final Path journal)
            throws IOException, InterruptedException {
        Files.deleteIfExists(journal);
        final List<String> line = new ArrayList<>(netns.prefix());
        line.addAll(Commands.java());
        line.addAll(List.of(ByteServer.class.getName(), address, Integer.toString(port)));
        line.addAll(List.of(Integer.toString(requestBytes), Integer.toString(answerBytes), journal.toString()));
        final Path talk = Path.of(journal + ".log");
        final Process process = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(talk.toFile())
                .start();
        // The journal appears once the socket listens.
        while (!Files.exists(journal)) {
            if (!process.isAlive()) {
                throw new IOException("the byte server did not start: " + Files.readString(talk));
            }
            Thread.sleep(10);
        }
        return process;
    }

    /** Arguments: address, port, request bytes, answer bytes, journal. */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        start(
                InetAddress.getByName(arguments[0]),
                Integer.parseInt(arguments[1]),
                Integer.parseInt(arguments[2]),
                Integer.parseInt(arguments[3]),
                Path.of(arguments[4]));
        Thread.currentThread().join();
    }

    private static void daemon(final String name, final Runnable work) {
        final Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    public int port() {
        return listener.getLocalPort();
    }

    private void acceptAll() {
        while (!listener.isClosed()) {
            try {
                final Socket socket = listener.accept();
                final int order = accepted.getAndIncrement();
                daemon("byte-server-" + order, () -> serve(socket, order));
            } catch (final IOException e) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void serve(final Socket socket, final int order) {
        final MessageDigest sha256 = sha256();
        final byte[] buffer = new byte[65_536];
        final byte[] answer = answer(answerBytes);
        long received = 0;
        String end = "eof";
        try (socket) {
            socket.setTcpNoDelay(true);
            final InputStream in = socket.getInputStream();
            final OutputStream out = socket.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                sha256.update(buffer, 0, n);
                final long answers = (received + n) / requestBytes - received / requestBytes;
                received += n;
                for (long i = 0; i < answers; i++) {
                    out.write(answer);
                }
            }
        } catch (final IOException e) {
            // A reset is one of the things the journal is about.
            end = "error";
        }
        note(order + " " + socket.getRemoteSocketAddress() + " " + received + " "
                + HexFormat.of().formatHex(sha256.digest()) + " " + end + "\n");
    }

    private synchronized void note(final String line) {
        try {
            Files.writeString(journal, line, StandardOpenOption.APPEND);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the connections that have ended sent, in the order of their ends. */
    public static List<Received> received(final Path journal) throws IOException {
        final String text = Files.readString(journal);
        // A line that is still being written is not there yet.
        return text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .map(line -> line.split(" "))
                .map(f -> new Received(
                        Integer.parseInt(f[0]), f[1].replaceFirst("^/", ""), Long.parseLong(f[2]), f[3], f[4]))
                .toList();
    }

    private static byte[] answer(final int length) {
        final byte[] answer = new byte[length];
        for (int i = 0; i < length; i++) {
            answer[i] = (byte) ('A' + i % 26);
        }
        return answer;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
