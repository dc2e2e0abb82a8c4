package io.tcpreplayj.cli;

import io.tcpreplayj.linux.NetworkNamespace;
import io.tcpreplayj.testdata.Netns;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Keep-alive connections to our nginx, by the kernel's TCP in a namespace of their own, one thread for all. */
final class Crowd implements AutoCloseable {
    private static final int PAGES = 20;

    private final List<Member> members = new ArrayList<>();
    private int requests;

    private record Member(Socket socket, InputStream in) {}

    /**
     * Opens so many connections.
     *
     * @param from addresses of the namespace, by turns; without any the kernel chooses
     */
    static Crowd open(
            final Netns netns, final String address, final int port, final int connections, final String... from)
            throws IOException {
        final Crowd crowd = new Crowd();
        inside(netns, () -> {
            for (int i = 0; i < connections; i++) {
                final Socket socket = new Socket();
                socket.setSoTimeout(10_000);
                if (from.length > 0) {
                    socket.bind(new InetSocketAddress(from[i % from.length], 0));
                }
                socket.connect(new InetSocketAddress(address, port), 10_000);
                crowd.members.add(new Member(socket, new BufferedInputStream(socket.getInputStream())));
            }
            return null;
        });
        return crowd;
    }

    private static void inside(final Netns netns, final Callable<?> body) throws IOException {
        NetworkNamespace.enter(netns.name());
        try {
            body.call();
        } catch (final IOException e) {
            throw e;
        } catch (final Exception e) {
            throw new IllegalStateException(e);
        } finally {
            NetworkNamespace.leave();
        }
    }

    /** One request on each connection: all are sent before the first answer is read. Pages of 30 bytes to 12 kB by turns. */
    void ask() throws IOException {
        for (final Member member : members) {
            final String request = "GET /page" + (requests++ % PAGES + 1) + ".html HTTP/1.1\r\nHost: crowd\r\n\r\n";
            member.socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        }
        for (final Member member : members) {
            readAnswer(member.in);
        }
    }

    /** How many requests were answered. */
    int requests() {
        return requests;
    }

    private static void readAnswer(final InputStream in) throws IOException {
        int length = 0;
        for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
            }
        }
        if (in.readNBytes(length).length < length) {
            throw new IOException("answer ends early");
        }
    }

    private static String readLine(final InputStream in) throws IOException {
        final StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("connection ends in an answer's head");
            }
            line.append((char) c);
        }
        return line.toString().strip();
    }

    /** Closes each connection. */
    @Override
    public void close() throws IOException {
        for (final Member member : members) {
            member.socket.close();
        }
    }
}
