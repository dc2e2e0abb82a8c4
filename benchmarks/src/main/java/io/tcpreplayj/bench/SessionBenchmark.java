package io.tcpreplayj.bench;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.judge.LatencyRecorder;
import io.tcpreplayj.replay.judge.Ledger;
import io.tcpreplayj.replay.judge.SessionRecord;
import io.tcpreplayj.replay.protocol.HttpResponseFraming;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.tcp.ClientSession;
import io.tcpreplayj.replay.tcp.TcpConfig;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What the replayer itself does for a request, the kernel left out: one segment written, one decoded, the TCP client, the
 * script, HTTP framing, the judge's CRC-32C and the histograms.
 */
public class SessionBenchmark extends Rates {
    private static final int EXCHANGES = 1024;
    private static final int ANSWER_BYTES = 200;
    private static final long ROUND_TRIP_NS = 20_000;
    private static final Endpoint CLIENT = new Endpoint(IpAddress.parse("198.18.0.2"), 40_000);
    private static final Endpoint SERVER = new Endpoint(IpAddress.parse("127.0.0.1"), 80);
    private static final Pace AT_ONCE = new Pace(Double.POSITIVE_INFINITY, 30_000_000_000L);
    private static final TcpConfig CONFIG = TcpConfig.defaults(1500);

    /** One session after another with the same server; time is made up and goes on. */
    @State(Scope.Thread)
    public static class Sessions {
        /** Long enough for the one session to cost next to nothing, divided by its exchanges. */
        private final FlowScript longScript = SampleFlows.open(256 * EXCHANGES, ANSWER_BYTES);

        private final FlowScript shortScript = SampleFlows.open(1, ANSWER_BYTES);
        private final MemoryServer server = new MemoryServer(SERVER, CLIENT, Traffic.answer(ANSWER_BYTES));
        private final Ledger ledger = new Ledger();
        private final LatencyRecorder latency = new LatencyRecorder();
        private long nowNs;
        private ClientSession session = opened(longScript);
        private int exchangesLeft = longScript.flow().exchanges().size();

        /** A session right after its handshake, its first request on the way. */
        private ClientSession opened(final FlowScript script) {
            final SessionRecord book = new SessionRecord(script, ledger, latency);
            final HttpResponseFraming framing = new HttpResponseFraming(script);
            final ScriptCursor cursor = new ScriptCursor(script, AT_ONCE, book, framing);
            final ClientSession opened = new ClientSession(
                    script, cursor, CONFIG, CLIENT, SERVER, (buffer, offset, length, available, atNs) -> {
                        framing.onResponseBytes(buffer, offset, length, available, atNs);
                        book.onResponseBytes(buffer, offset, length, available, atNs);
                    });
            opened.connect(1, 1, nowNs, nowNs);
            opened.poll(server, nowNs);
            nowNs += ROUND_TRIP_NS;
            server.answerSyn(opened, nowNs);
            return opened;
        }

        private long exchange(final ClientSession with) {
            nowNs += ROUND_TRIP_NS;
            server.answer(with, nowNs);
            return with.nextDeadlineNs();
        }
    }

    /** Exchanges a second on a session that stands: two segments each. */
    @Benchmark
    @OperationsPerInvocation(EXCHANGES)
    public long exchange(final Sessions sessions) {
        if (sessions.exchangesLeft == 0) {
            sessions.session = sessions.opened(sessions.longScript);
            sessions.exchangesLeft = sessions.longScript.flow().exchanges().size();
        }
        sessions.exchangesLeft -= EXCHANGES;
        long sum = 0;
        for (int i = 0; i < EXCHANGES; i++) {
            sum += sessions.exchange(sessions.session);
        }
        return sum;
    }

    /** Sessions a second: made, shaken hands, one exchange. */
    @Benchmark
    public ClientSession creation(final Sessions sessions) {
        final ClientSession session = sessions.opened(sessions.shortScript);
        sessions.exchange(session);
        if (session.receivedBytes() == 0) {
            throw new IllegalStateException("no answer came");
        }
        return session;
    }
}
