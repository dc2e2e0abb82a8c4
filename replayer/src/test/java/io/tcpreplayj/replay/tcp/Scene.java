package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.script.Scripts;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A session and a target played by the test, in virtual time. Numbers are relative: 0 is a side's SYN. What the client sends
 * is queued and must be expected in order.
 */
final class Scene {
    static final int ISS = 0x7fff_ff00;
    static final int TARGET_ISS = 0xffff_fff0;
    static final int TS_OFFSET = 1000;
    static final byte[] NO_OPTIONS = {};
    /** MSS 1460. */
    static final byte[] MSS_ONLY = {2, 4, 5, (byte) 180};
    /** MSS 1460, SACK permitted, window scale 7. */
    static final byte[] SYN_ACK_OPTIONS = {2, 4, 5, (byte) 180, 4, 2, 1, 1, 1, 3, 3, 7};

    private static final long MS = 1_000_000L;
    final ClientSession session;
    final Deque<Sent> sent = new ArrayDeque<>();
    final ByteArrayOutputStream answers = new ByteArrayOutputStream();
    final Packets packets = new Packets();
    final Endpoint client;
    final Endpoint target;
    long nowNs = 5_000 * MS;
    long answeredUnkept;
    boolean room = true;
    /** So many segments more are taken, if there is room. */
    int places = Integer.MAX_VALUE;

    byte[] options = NO_OPTIONS;
    private int arrivingEcn;

    Scene(final FlowScript script) {
        this(script, TcpConfig.defaults(1500), false);
    }

    Scene(final FlowScript script, final TcpConfig config, final boolean v6) {
        this(script, config, v6, Double.POSITIVE_INFINITY);
    }

    Scene(final FlowScript script, final TcpConfig config, final boolean v6, final double speed) {
        client = new Endpoint(IpAddress.parse(v6 ? "fd00::1" : "198.18.0.1"), 40001);
        target = new Endpoint(IpAddress.parse(v6 ? "fd00::2" : "127.0.0.1"), 80);
        final ScriptCursor cursor = new ScriptCursor(script, new Pace(speed, 30_000 * MS), Scripts.DEAF);
        session = new ClientSession(script, cursor, config, client, target, (buffer, at, length, available, ns) -> {
            for (int i = 0; i < available; i++) {
                answers.write(buffer.get(at + i));
            }
            answeredUnkept += length - available;
        });
    }

    Scene connect() {
        session.connect(ISS, TS_OFFSET, nowNs, nowNs);
        poll();
        return this;
    }

    /** Handshake up to the client's ACK, which is left in the queue when data did not carry it. */
    Scene establish(final byte[] synAckOptions, final int window) {
        connect();
        expect("S", 0, 0);
        after(10);
        arrive("SA", 0, 1, window, synAckOptions, "");
        return this;
    }

    /** Established, the handshake's ACK taken off the queue. */
    static Scene established(final FlowScript script) {
        final Scene scene = new Scene(script);
        scene.establish(SYN_ACK_OPTIONS, 65535);
        return scene;
    }

    /** As {@link #established}, by a target that knows no SACK: neither RACK nor a tail loss probe then. */
    static Scene establishedWithoutSack(final FlowScript script) {
        final Scene scene = new Scene(script);
        scene.establish(MSS_ONLY, 65535);
        return scene;
    }

    /** A segment from the target; the client then sends what it has to. */
    Scene arrive(final String flags, final long seq, final long ack, final String payload) {
        return arrive(flags, seq, ack, 512, options, payload);
    }

    Scene arrive(
            final String flags,
            final long seq,
            final long ack,
            final int window,
            final byte[] segmentOptions,
            final String payload) {
        quietly(flags, seq, ack, window, segmentOptions, payload);
        poll();
        return this;
    }

    /** As {@link #arrive}, in a packet with these ECN bits. */
    Scene arriveMarked(final int ecn, final String flags, final long seq, final long ack, final String payload) {
        arrivingEcn = ecn;
        arrive(flags, seq, ack, payload);
        arrivingEcn = 0;
        return this;
    }

    /** As {@link #arrive}, without a poll behind it. */
    void quietly(
            final String flags,
            final long seq,
            final long ack,
            final int window,
            final byte[] segmentOptions,
            final String payload) {
        int bits = 0;
        for (int i = 0; i < flags.length(); i++) {
            bits |= 1 << "FSRPAUEC".indexOf(flags.charAt(i));
        }
        final SegmentOut out = Packets.segment(
                TARGET_ISS + (int) seq,
                (bits & TcpFlags.ACK) != 0 ? ISS + (int) ack : 0,
                bits,
                window,
                segmentOptions,
                payload.getBytes(StandardCharsets.ISO_8859_1));
        out.ecn = arrivingEcn;
        session.onSegment(packets.view(packets.bytes(out, target, client)), nowNs);
    }

    void poll() {
        session.poll(
                (from, segment) -> {
                    final boolean taken = room && places > 0;
                    if (taken) {
                        places--;
                        sent.add(Sent.of(packets.view(packets.bytes(segment, client, target)), nowNs));
                    }
                    return taken;
                },
                nowNs);
    }

    /** Lets time pass, waking the session at each of its deadlines. */
    Scene after(final long ms) {
        final long untilNs = nowNs + ms * MS;
        int wakes = 0;
        while (session.nextDeadlineNs() <= untilNs) {
            nowNs = Math.max(nowNs, session.nextDeadlineNs());
            session.onTimer(nowNs);
            poll();
            assertThat(++wakes).as("a session must not spin").isLessThan(100_000);
        }
        nowNs = untilNs;
        return this;
    }

    /** As {@link #after}, and whatever a deadline has the session send waits a millisecond for its turn. */
    Scene afterContended(final long ms) {
        final long untilNs = nowNs + ms * MS;
        while (nowNs < untilNs && session.outcome() == null) {
            nowNs = Math.min(Math.max(nowNs, session.nextDeadlineNs()), untilNs);
            room = false;
            session.onTimer(nowNs);
            poll();
            room = true;
            nowNs += MS;
            poll();
        }
        return this;
    }

    Sent expect(final String flags, final long seq, final long ack) {
        assertThat(sent).as("expected " + flags).isNotEmpty();
        final Sent segment = sent.remove();
        assertThat(segment.flagNames()).isEqualTo(flags);
        assertThat(segment.seq()).as("SEG.SEQ").isEqualTo(ISS + (int) seq);
        if (segment.has(TcpFlags.ACK)) {
            assertThat(segment.ack()).as("SEG.ACK").isEqualTo(TARGET_ISS + (int) ack);
        }
        return segment;
    }

    Sent expect(final String flags, final long seq, final long ack, final String payload) {
        final Sent segment = expect(flags, seq, ack);
        assertThat(new String(segment.payload(), StandardCharsets.ISO_8859_1)).isEqualTo(payload);
        return segment;
    }

    Scene expectNothing() {
        assertThat(List.copyOf(sent)).isEmpty();
        return this;
    }
}
