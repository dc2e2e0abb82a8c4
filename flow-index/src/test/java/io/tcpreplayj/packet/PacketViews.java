package io.tcpreplayj.packet;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Fills a {@link PacketView} by hand; stands in the view's package because its fields are its decoder's alone. */
public final class PacketViews {
    private final PacketView view = new PacketView();

    private PacketViews(final Endpoint source, final Endpoint destination) {
        view.ipVersion = source.address().isV4() ? 4 : 6;
        view.sourceHigh = source.address().high();
        view.sourceLow = source.address().low();
        view.sourcePort = source.port();
        view.destinationHigh = destination.address().high();
        view.destinationLow = destination.address().low();
        view.destinationPort = destination.port();
        view.segWnd = 65535;
    }

    public static PacketViews from(final Endpoint source, final Endpoint destination) {
        return new PacketViews(source, destination);
    }

    public PacketViews flags(final int flags) {
        view.segFlags = flags;
        return this;
    }

    public PacketViews seq(final int seq) {
        view.segSeq = seq;
        return this;
    }

    /** Also sets the ACK flag. */
    public PacketViews ack(final int ack) {
        view.segAck = ack;
        view.segFlags |= TcpFlags.ACK;
        return this;
    }

    /** Also sets the URG flag. */
    public PacketViews urgent(final int pointer) {
        view.segUp = pointer;
        view.segFlags |= TcpFlags.URG;
        return this;
    }

    public PacketViews options(final byte[] options, final int window) {
        view.buffer = ByteBuffer.wrap(options);
        view.optionsLength = options.length;
        view.segWnd = window;
        return this;
    }

    public PacketViews payload(final String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return payload(bytes, 0, bytes.length);
    }

    public PacketViews payload(final byte[] bytes, final int offset, final int length) {
        view.buffer = ByteBuffer.wrap(bytes);
        view.payloadOffset = offset;
        view.payloadLength = length;
        view.payloadCaplen = length;
        return this;
    }

    /** The snaplen cut the payload: so much of it is there. */
    public PacketViews cutTo(final int caplen) {
        view.payloadCaplen = caplen;
        return this;
    }

    /** The capture has the packet twice, and this is the second time. */
    public PacketViews copy() {
        view.copy = true;
        return this;
    }

    /** A datagram for several hosts. */
    public PacketViews toMany() {
        view.toMany = true;
        return this;
    }

    public PacketView view() {
        return view;
    }
}
