package io.tcpreplayj.replay;

import io.tcpreplayj.linux.TransparentSocket;
import io.tcpreplayj.packet.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Asks the questions of a {@link WayBack} again while a run goes on, one a second in turn: a route may go with a reboot or a
 * link. On the replay's own thread, as part of what it is told of its progress.
 */
final class WayBackWatch implements Replay.Progress, AutoCloseable {
    private static final long BETWEEN_NS = 1_000_000_000L;
    /** The kernel sends a SYN again after 1 s and 3 s (RFC 6298 2.1, 5.5). */
    private static final long PATIENCE_NS = 3_500_000_000L;

    private final Replay.Progress next;
    private final List<WayBack.Question> questions;
    private final LongSupplier clock;
    /** Open before it is needed: sessions may use up what files a process may have. */
    private SocketChannel channel;

    /** Of the question that was asked last. */
    private int turn = -1;

    private boolean waiting;
    private boolean connecting;
    private long askedNs;
    private String refusal = "";

    /** Ends a run: each further packet of the target's might reach a real client. */
    static final class Lost extends IOException {
        private static final long serialVersionUID = 1L;

        private final String cure;

        Lost(final WayBack.Question question, final String refusal) {
            super("stopped: no answer of " + question.target() + " to " + question.asker()
                    + ", an address of nobody's, comes here any more" + (refusal.isEmpty() ? "" : " (" + refusal + ")")
                    + ", so " + question.danger());
            cure = "has it lost its route, or is it overrun? " + question.cure();
        }

        String cure() {
            return cure;
        }
    }

    WayBackWatch(final Replay.Progress next, final WayBack way, final LongSupplier clock) throws IOException {
        this.next = next;
        this.questions = way.questions();
        this.clock = clock;
        channel = fresh();
        // All have been asked just now.
        askedNs = clock.getAsLong();
    }

    private static SocketChannel fresh() throws IOException {
        final SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        return channel;
    }

    @Override
    public void onStart(final String banner) {
        next.onStart(banner);
    }

    @Override
    public void onTick(final Replay.Snapshot now) {
        next.onTick(now);
        if (questions.isEmpty()) {
            return;
        }
        try {
            look(clock.getAsLong());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void look(final long nowNs) throws IOException {
        if (!waiting) {
            if (nowNs - askedNs < BETWEEN_NS) {
                return;
            }
            turn = (turn + 1) % questions.size();
            askedNs = nowNs;
            refusal = "";
            waiting = true;
        }
        if (answered(questions.get(turn))) {
            waiting = false;
            renew();
        } else if (nowNs - askedNs >= PATIENCE_NS) {
            throw new Lost(questions.get(turn), refusal);
        }
    }

    /** Asks, again where that failed at once, or looks whether there is an answer. A refusal came here as well. */
    private boolean answered(final WayBack.Question question) throws IOException {
        try {
            if (connecting) {
                return channel.finishConnect();
            }
            connecting = true;
            TransparentSocket.bind(channel, address(new Endpoint(question.asker(), 0)));
            return channel.connect(address(question.target()));
        } catch (final IOException e) {
            refusal = String.valueOf(e.getMessage());
            if (e instanceof ConnectException && refusal.contains("refused")) {
                return true;
            }
            renew();
            return false;
        }
    }

    private void renew() throws IOException {
        connecting = false;
        channel.close();
        channel = fresh();
    }

    private static InetSocketAddress address(final Endpoint endpoint) {
        return new InetSocketAddress(endpoint.address().toInetAddress(), endpoint.port());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
