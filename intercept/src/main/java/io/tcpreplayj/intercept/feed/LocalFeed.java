package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.intercept.ResponseTap;
import io.tcpreplayj.packet.Checksums;
import io.tcpreplayj.packet.IcmpError;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The feed from a tap in this process: decodes on the calling thread, counts what is no segment, allocates nothing. */
@SuppressWarnings("EnumOrdinal") // Counters in an array: an EnumMap would box each count.
public final class LocalFeed implements ResponseFeed {
    private static final Verdict[] VERDICTS = Verdict.values();
    private static final ResponseHandler NOBODY = segment -> {};

    private static final int ETHERNET_HEADER = 14;

    private final ResponseTap tap;
    private final PacketDecoder decoder = new PacketDecoder();
    private final PacketView view = new PacketView();
    private final IcmpError icmpError = new IcmpError();
    private final PacketHandler decode = this::onPacket;
    private final long[] verdicts = new long[VERDICTS.length];
    private long damaged;
    private long captureTimeNs;
    private ResponseHandler handler = NOBODY;

    public LocalFeed(final ResponseTap tap) {
        this.tap = tap;
    }

    @Override
    public int poll(final ResponseHandler receiver, final int limit) throws IOException {
        final long before = count(Verdict.TCP);
        handler = receiver;
        tap.poll(decode, limit);
        return (int) (count(Verdict.TCP) - before);
    }

    private void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long timeNs,
            final int linktype) {
        final Verdict verdict = decoder.decode(buffer, offset, caplen, origlen, linktype, view);
        verdicts[verdict.ordinal()]++;
        captureTimeNs = timeNs;
        if (verdict == Verdict.TCP) {
            if (tap.checksumKnown() || Checksums.isRight(view)) {
                handler.onResponse(view);
            } else {
                damaged++;
            }
        } else if (verdict == Verdict.NOT_TCP) {
            final int link = linktype == Linktype.ETHERNET ? ETHERNET_HEADER : 0;
            if (icmpError.parse(buffer, offset + link, caplen - link)) {
                handler.onIcmpError(icmpError);
            }
        }
    }

    /** Packets of this verdict so far; {@link Verdict#TCP} are the segments handed over and the damaged ones. */
    public long count(final Verdict verdict) {
        return verdicts[verdict.ordinal()];
    }

    /** Of the packet that is being handed over: when its tap saw it, ns since 1970 by the clock of the tap's host. */
    public long captureTimeNs() {
        return captureTimeNs;
    }

    @Override
    public int fd() {
        return tap.fd();
    }

    @Override
    public long drops() {
        return tap.drops() + damaged;
    }

    @Override
    public boolean isAlive() {
        return tap.isAlive();
    }

    @Override
    public String ended() {
        return tap.ended();
    }

    @Override
    public void close() {
        tap.close();
    }
}
