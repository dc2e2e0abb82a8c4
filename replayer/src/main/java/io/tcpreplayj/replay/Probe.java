package io.tcpreplayj.replay;

import io.tcpreplayj.intercept.feed.ResponseFeed;
import io.tcpreplayj.intercept.feed.ResponseHandler;
import io.tcpreplayj.linux.Poller;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IcmpError;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.TcpHeader;
import io.tcpreplayj.replay.tcp.SegmentOut;
import io.tcpreplayj.replay.tcp.SegmentWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection over a raw transport that brings the server not a single byte: it shakes hands, asks with segments of the
 * past whether packets of the path's size arrive, and resets.
 *
 * <p>A segment that lies wholly below RCV.NXT is not acceptable, and must be answered by an ACK and dropped (RFC 9293
 * 3.10.7.4), as a keep-alive probe is (RFC 9293 3.8.4): so its length asks for the path's MTU and the application never
 * hears of it.
 */
final class Probe implements ResponseHandler {
    /** So long each packet is waited for, before it is sent once more. */
    private static final long PATIENCE_NS = 700_000_000L;

    private static final int TRIES = 2;
    /** RFC 8200 5; what every IPv4 path has in practice; RFC 9293 3.7.1 together with RFC 1122 3.3.3. */
    private static final int[] FALLBACK_MTUS = {1400, 1280, 576};

    private static final int WINDOW = 65_535;
    private static final int BATCH = 64;

    private final Wire wire;
    private final ResponseFeed feed;
    private final Endpoint local;
    private final Endpoint target;
    private final Poller poller;
    private final SegmentWriter writer =
            new SegmentWriter(ThreadLocalRandom.current().nextInt());
    private final SegmentOut segment = new SegmentOut();
    private final int iss = ThreadLocalRandom.current().nextInt();

    private int peerNext;
    private int peerMss = 536;
    private boolean accepted;
    private boolean reset;
    private boolean pureAck;
    private ProbeResult.@Nullable Icmp icmp;

    private Probe(final RawTransport transport, final IpAddress client, final Endpoint target) {
        this.wire = transport.wire();
        this.feed = transport.feed();
        this.target = target;
        this.local = transport.endpoints().next(client);
        this.poller = new Poller(feed.fd());
    }

    /**
     * Sends it.
     *
     * @param client the captured one that it stands for
     * @param before is told the client's port before anything is sent
     */
    static ProbeResult over(
            final RawTransport transport, final IpAddress client, final Endpoint target, final IntConsumer before)
            throws IOException {
        final Probe probe = new Probe(transport, client, target);
        before.accept(probe.local.port());
        return probe.go(transport.description());
    }

    private ProbeResult go(final String way) throws IOException {
        final long sentNs = System.nanoTime();
        ProbeResult.Fate fate = ask(TcpFlags.SYN, iss, 0, this::synAnswered) ? handshakeFate() : unanswered();
        final long tookNs = System.nanoTime() - sentNs;
        int mtu = 0;
        if (fate == ProbeResult.Fate.CONNECTED) {
            send(TcpFlags.ACK, iss + 1, 0);
            mtu = largestPacket();
            if (mtu == 0) {
                fate = wire.droppedPackets() > 0 ? ProbeResult.Fate.NOT_SENT : ProbeResult.Fate.MUTE;
            } else if (mtu < fullPacket()) {
                fate = ProbeResult.Fate.BLACK_HOLE;
            }
            send(TcpFlags.RST | TcpFlags.ACK, iss + 1, 0);
        }
        return new ProbeResult(fate, way, local, tookNs, fullPacket(), mtu, wire.lastRefusal(), icmp);
    }

    private boolean synAnswered() {
        return accepted || reset || icmp != null;
    }

    private ProbeResult.Fate handshakeFate() {
        if (accepted) {
            return ProbeResult.Fate.CONNECTED;
        }
        return reset ? ProbeResult.Fate.REFUSED : ProbeResult.Fate.REJECTED;
    }

    private ProbeResult.Fate unanswered() {
        return wire.droppedPackets() > 0 && wire.sentPackets() == 0
                ? ProbeResult.Fate.NOT_SENT
                : ProbeResult.Fate.SILENT;
    }

    private int headers() {
        return (target.address().isV4() ? 20 : 40) + TcpHeader.MIN_LENGTH;
    }

    /** The largest packet that a session would send. */
    private int fullPacket() {
        return Math.min(wire.mtu(), peerMss + headers());
    }

    /** The largest of some sizes that arrives; 0 when none does. */
    private int largestPacket() throws IOException {
        if (arrives(fullPacket())) {
            return fullPacket();
        }
        for (final int mtu : FALLBACK_MTUS) {
            if (mtu < fullPacket() && arrives(mtu)) {
                return mtu;
            }
        }
        return arrives(headers() + 1) ? headers() + 1 : 0;
    }

    private boolean arrives(final int packetBytes) throws IOException {
        pureAck = false;
        final int payload = packetBytes - headers();
        return ask(TcpFlags.ACK, iss + 1 - payload, payload, () -> pureAck) && pureAck;
    }

    private interface Answered {
        boolean yet();
    }

    private boolean ask(final int flags, final int seq, final int payload, final Answered answered) throws IOException {
        for (int i = 0; i < TRIES; i++) {
            send(flags, seq, payload);
            final long deadlineNs = System.nanoTime() + PATIENCE_NS;
            while (System.nanoTime() < deadlineNs) {
                feed.poll(this, BATCH);
                if (answered.yet()) {
                    return true;
                }
                poller.await(Math.min(deadlineNs - System.nanoTime(), 50_000_000L));
            }
        }
        return false;
    }

    private void send(final int flags, final int seq, final int payload) throws IOException {
        segment.seq = seq;
        segment.flags = flags;
        segment.ack = (flags & TcpFlags.ACK) == 0 ? 0 : peerNext;
        segment.window = WINDOW;
        segment.optionsLength = 0;
        if ((flags & TcpFlags.SYN) != 0) {
            final int mss = Math.min(wire.mtu(), WINDOW) - headers();
            segment.options[0] = 2;
            segment.options[1] = 4;
            segment.options[2] = (byte) (mss >> 8);
            segment.options[3] = (byte) mss;
            segment.optionsLength = 4;
        }
        segment.payload = ByteBuffer.allocate(payload);
        segment.payloadOffset = 0;
        segment.payloadLength = payload;
        final ByteBuffer frame = wire.frame();
        if (frame == null) {
            throw new IOException("the wire has no room for one packet");
        }
        wire.send(writer.write(segment, local, target, frame, wire.offset()));
        wire.flush();
    }

    @Override
    public void onResponse(final PacketView view) {
        if (view.destinationPort() != local.port()
                || view.sourcePort() != target.port()
                || view.destinationLow() != local.address().low()) {
            return;
        }
        if (view.hasFlag(TcpFlags.RST)) {
            reset = true;
        } else if (view.hasFlag(TcpFlags.SYN) && view.hasFlag(TcpFlags.ACK) && view.segAck() == iss + 1) {
            if (!accepted) {
                peerNext = view.segSeq() + 1;
                readMss(view);
            }
            accepted = true;
        } else if (view.hasFlag(TcpFlags.ACK) && view.payloadLength() == 0 && view.segAck() == iss + 1) {
            pureAck = true;
        }
    }

    /** Kind 2 (RFC 9293 3.2); options are looked at only as far as they are there. */
    private void readMss(final PacketView view) {
        final byte[] options = new byte[view.optionsLength()];
        view.buffer().get(view.optionsOffset(), options);
        int at = 0;
        while (at + 4 <= options.length && options[at] != 0) {
            if (options[at] == 2 && options[at + 1] == 4) {
                peerMss = (options[at + 2] & 0xff) << 8 | (options[at + 3] & 0xff);
                return;
            }
            at += options[at] == 1 ? 1 : Math.max(2, options[at + 1] & 0xff);
        }
    }

    @Override
    public void onIcmpError(final IcmpError error) {
        final boolean ours = error.sourcePort() == local.port()
                && error.sourceLow() == local.address().low()
                && error.destinationPort() == target.port();
        if (ours && !error.isTooBig()) {
            icmp = new ProbeResult.Icmp(error.sender(), error.type(), error.code());
        }
    }
}
