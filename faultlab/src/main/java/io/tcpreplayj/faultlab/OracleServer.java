package io.tcpreplayj.faultlab;

import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Netns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;

/**
 * The judge of what arrives: a server of the JDK on the kernel's TCP, in a process of its own. It listens on several ports,
 * behaves on each as told, and notes of each connection what it read, what it wrote, what of that was acknowledged, and how
 * it ended.
 */
public final class OracleServer implements AutoCloseable {
    private static final int BACKLOG = 4096;
    private static final long STACK_BYTES = 128 << 10;
    private static final int DRIPS = 10;
    private static final long PATIENCE_NS = 60_000_000_000L;

    /**
     * One connection, noted when it ended.
     *
     * @param order of acceptance on its port, from 0
     * @param client {@code address:port}
     * @param bytes read
     * @param end {@code eof} when the client closed in order, {@code closed} or {@code reset} when this server did,
     *     {@code error} when it was reset
     * @param written bytes of answers
     * @param acked of those, by the client; one more with our FIN
     * @param retransmits segments that this server sent again
     */
    public record Received(
            int order,
            String client,
            long bytes,
            String sha256,
            String end,
            long written,
            long acked,
            long retransmits) {}

    private final List<String> line;
    private final Path journals;
    private final Path ready;
    private final Path talk;
    private Process process;

    private OracleServer(final List<String> line, final Path journals, final int anyPort) throws IOException {
        this.line = line;
        this.journals = journals;
        this.ready = journals.resolve("ready-" + anyPort);
        this.talk = journals.resolve("server.log");
        this.process = begin();
    }

    /**
     * Listens on all of a namespace's addresses; returns when it does.
     *
     * @param journals an existing directory; servers may share it when they have no port in common
     */
    public static OracleServer startIn(final Netns netns, final Map<Integer, Manners> byPort, final Path journals)
            throws IOException, InterruptedException {
        for (final Integer port : byPort.keySet()) {
            Files.writeString(journal(journals, port), "");
        }
        final int anyPort = byPort.keySet().iterator().next();
        final List<String> line = new ArrayList<>(netns.prefix());
        line.addAll(Commands.java());
        line.addAll(line.indexOf("-cp"), List.of("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED"));
        line.addAll(List.of(OracleServer.class.getName(), Manners.wordsOfAll(byPort), journals.toString()));
        line.add("ready-" + anyPort);
        final OracleServer server = new OracleServer(line, journals, anyPort);
        server.awaitListening();
        return server;
    }

    private Process begin() throws IOException {
        Files.deleteIfExists(ready);
        return new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(talk.toFile()))
                .start();
    }

    private void awaitListening() throws IOException, InterruptedException {
        while (!Files.exists(ready)) {
            if (process.waitFor(10, TimeUnit.MILLISECONDS)) {
                throw new IOException("the server did not start: " + Files.readString(talk));
            }
        }
    }

    /** Dies by SIGKILL, whatever it was doing; connections that it had are never noted. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Listens again after {@link #kill}; what was noted before stays. */
    public void restart() throws IOException, InterruptedException {
        process = begin();
        awaitListening();
    }

    private static Path journal(final Path journals, final int port) {
        return journals.resolve("port-" + port);
    }

    public Process process() {
        return process;
    }

    /** The connections to this port that have ended, in the order of their ends. */
    public List<Received> received(final int port) throws IOException {
        final String text = Files.readString(journal(journals, port));
        // A line that is still being written is not there yet.
        return text.substring(0, text.lastIndexOf('\n') + 1)
                .lines()
                .map(line -> line.split(" "))
                .map(f -> new Received(
                        Integer.parseInt(f[0]),
                        f[1],
                        Long.parseLong(f[2]),
                        f[3],
                        f[4],
                        Long.parseLong(f[5]),
                        Long.parseLong(f[6]),
                        Long.parseLong(f[7])))
                .toList();
    }

    @Override
    public void close() {
        try {
            kill();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Arguments: manners of all ports, directory of the journals, the file in it that appears when all is ready. */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        try (SocketChannel first = SocketChannel.open()) {
            // The first look loads what it needs, for so long that a connection would be closed late.
            TcpInfo.of(first);
        }
        for (final Map.Entry<Integer, Manners> each :
                Manners.parseAll(arguments[0]).entrySet()) {
            final ServerSocketChannel listener = ServerSocketChannel.open();
            listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            if (each.getValue().receiveBuffer() > 0) {
                // Before listen(2), so that the window scale fits (tcp(7)).
                listener.setOption(
                        StandardSocketOptions.SO_RCVBUF, each.getValue().receiveBuffer());
            }
            listener.bind(new InetSocketAddress(each.getKey()), BACKLOG);
            final Path journal = journal(Path.of(arguments[1]), each.getKey());
            new Thread(() -> acceptAll(listener, each.getValue(), journal), "accept-" + each.getKey()).start();
        }
        Files.createFile(Path.of(arguments[1], arguments[2]));
        Thread.currentThread().join();
    }

    private static void acceptAll(final ServerSocketChannel listener, final Manners manners, final Path journal) {
        int accepted = 0;
        while (true) {
            try {
                final SocketChannel channel = listener.accept();
                final int order = accepted++;
                new Thread(
                                null,
                                () -> new Connection(channel, manners).serve(order, journal),
                                "connection-" + order,
                                STACK_BYTES)
                        .start();
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** One connection being served. */
    private static final class Connection {
        private final SocketChannel channel;
        private final Manners manners;
        private final MessageDigest sha256 = sha256();
        private long read;
        private long written;
        private boolean ended;

        Connection(final SocketChannel channel, final Manners manners) {
            this.channel = channel;
            this.manners = manners;
        }

        void serve(final int order, final Path journal) {
            String end = "eof";
            TcpInfo info = new TcpInfo(false, 0, 0);
            String client = "unknown";
            try (channel) {
                final InetSocketAddress address = (InetSocketAddress) channel.getRemoteAddress();
                client = address.getAddress().getHostAddress() + ":" + address.getPort();
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                if (manners.keepAliveS() > 0) {
                    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
                    channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, manners.keepAliveS());
                    channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, manners.keepAliveS());
                    channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 2);
                }
                try {
                    exchange();
                    end = ended ? manners.resets() ? "reset" : "closed" : "eof";
                } catch (final IOException e) {
                    // A reset is one of the things the journal is about.
                    end = "error";
                }
                info = end.equals("eof") ? closed() : TcpInfo.of(channel);
                if (end.equals("reset")) {
                    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                }
            } catch (final IOException e) {
                end = "error";
            } catch (final InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this thread", e);
            }
            note(
                    journal,
                    order + " " + client + " " + read + " " + HexFormat.of().formatHex(sha256.digest()) + " " + end
                            + " " + written + " " + info.bytesAcked() + " " + info.retransmits()
                            + "\n");
        }

        /** Closes our side, too, and waits until the client has acknowledged all that came before. */
        private TcpInfo closed() throws IOException, InterruptedException {
            channel.shutdownOutput();
            final long endNs = System.nanoTime() + PATIENCE_NS;
            long pauseMs = 1;
            TcpInfo info = TcpInfo.of(channel);
            while (info.connected() && info.bytesAcked() < written && System.nanoTime() < endNs) {
                Thread.sleep(pauseMs);
                pauseMs = Math.min(100, pauseMs * 2);
                info = TcpInfo.of(channel);
            }
            return info;
        }

        private void exchange() throws IOException, InterruptedException {
            final ByteBuffer buffer = ByteBuffer.allocate(manners.readBytes());
            int answers = 0;
            for (int n = channel.read(buffer); n >= 0; n = channel.read(buffer.clear())) {
                if (read == 0 && manners.stallMs() > 0) {
                    Thread.sleep(manners.stallMs());
                }
                sha256.update(buffer.flip());
                final long due = (read + n) / manners.requestBytes() - read / manners.requestBytes();
                read += n;
                for (long i = 0; i < due; i++) {
                    answer();
                    if (++answers == manners.endAfter()) {
                        ended = true;
                        return;
                    }
                }
            }
        }

        /** Zeros, as {@link io.tcpreplayj.testdata.FlowPcap} says that the captured server sent. */
        private void answer() throws IOException, InterruptedException {
            final ByteBuffer answer = ByteBuffer.allocate(manners.answerBytes());
            final int step = manners.dripMs() > 0 ? Math.max(1, manners.answerBytes() / DRIPS) : answer.capacity();
            for (int from = 0; from < answer.capacity(); from += step) {
                if (from > 0) {
                    Thread.sleep(manners.dripMs());
                }
                final ByteBuffer part = answer.slice(from, Math.min(step, answer.capacity() - from));
                while (part.hasRemaining()) {
                    written += channel.write(part);
                }
            }
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (final NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }

        private static void note(final Path journal, final String line) {
            synchronized (Connection.class) {
                try {
                    Files.writeString(journal, line, StandardOpenOption.APPEND);
                } catch (final IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }
}
