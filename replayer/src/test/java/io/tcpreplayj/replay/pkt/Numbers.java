package io.tcpreplayj.replay.pkt;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One sender's numbers, from relative to those on the wire and back.
 *
 * @param iss the sender's initial sequence number
 * @param peerIss its peer's
 * @param tsBase what the sender's TSval is relative to
 * @param peerTsBase what its peer's is relative to
 */
record Numbers(int iss, int peerIss, int tsBase, int peerTsBase) {
    static final int MAX_OPTION_BYTES = 40;

    static Numbers ofClient(final Variant v) {
        return new Numbers(v.iss(), v.targetIss(), v.tsBase(), v.targetTsBase());
    }

    static Numbers ofTarget(final Variant v) {
        return new Numbers(v.targetIss(), v.iss(), v.targetTsBase(), v.tsBase());
    }

    int seq(final SegmentSpec.Number number) {
        return (int) number.value() + (number.absolute() ? 0 : iss);
    }

    int ack(final long relative) {
        return peerIss + (int) relative;
    }

    /** An option list as on the wire, padded with zeros to a multiple of 4. */
    byte[] encode(final List<OptionSpec> options) {
        final ByteBuffer bytes = ByteBuffer.allocate(MAX_OPTION_BYTES);
        for (final OptionSpec option : options) {
            encode(option, bytes);
        }
        final byte[] padded = new byte[(bytes.position() + 3) & ~3];
        bytes.flip();
        bytes.get(padded, 0, bytes.limit());
        return padded;
    }

    private void encode(final OptionSpec option, final ByteBuffer to) {
        final List<Long> values = option.values();
        switch (option.kind()) {
            case MSS ->
                to.put((byte) TcpOptions.MSS)
                        .put((byte) 4)
                        .putShort(values.get(0).shortValue());
            case SACK_OK -> to.put((byte) TcpOptions.SACK_PERMITTED).put((byte) 2);
            case NOP -> to.put((byte) TcpOptions.NOP);
            case END -> to.put((byte) TcpOptions.END);
            case WINDOW_SCALE ->
                to.put((byte) TcpOptions.WINDOW_SCALE)
                        .put((byte) 3)
                        .put(values.get(0).byteValue());
            case TIMESTAMPS ->
                to.put((byte) TcpOptions.TIMESTAMPS)
                        .put((byte) 10)
                        .putInt(based(values.get(0), tsBase))
                        .putInt(based(values.get(1), peerTsBase));
            case SACK -> {
                to.put((byte) TcpOptions.SACK).put((byte) (2 + 4 * values.size()));
                values.forEach(edge -> to.putInt(peerIss + edge.intValue()));
            }
            case OTHER -> {
                to.put(values.get(0).byteValue()).put((byte) (values.size() + 1));
                values.stream().skip(1).forEach(value -> to.put(value.byteValue()));
            }
        }
    }

    /** A timestamp of 0 is none, and no relative one. */
    private static int based(final long relative, final int base) {
        return relative == 0 ? 0 : base + (int) relative;
    }

    private static long relative(final int onWire, final int base) {
        return onWire == 0 ? 0 : onWire - base;
    }

    /** What was sent, in relative numbers. */
    SegmentSpec read(final PacketView view) {
        final int flags = view.segFlags();
        final boolean hasAck = SegmentParser.hasAck(flags);
        return new SegmentSpec(
                flags,
                new SegmentSpec.Number(view.segSeq() - iss, false),
                view.payloadLength(),
                // Without the flag the field is 0 on the wire, and compared as it is.
                hasAck ? view.segAck() - peerIss : view.segAck(),
                view.segWnd(),
                view.segUp(),
                decode(view.buffer().slice(view.optionsOffset(), view.optionsLength())));
    }

    List<OptionSpec> decode(final ByteBuffer bytes) {
        final List<OptionSpec> options = new ArrayList<>();
        while (bytes.hasRemaining()) {
            final int kind = bytes.get() & 0xff;
            if (kind == TcpOptions.END) {
                // What follows is padding; one that was not written by the sender is not told from one that was.
                break;
            }
            options.add(kind == TcpOptions.NOP ? new OptionSpec(OptionSpec.Kind.NOP, List.of()) : decode(kind, bytes));
        }
        return List.copyOf(options);
    }

    private OptionSpec decode(final int kind, final ByteBuffer bytes) {
        final int length = (bytes.get() & 0xff) - 2;
        final ByteBuffer body = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        return switch (kind) {
            case TcpOptions.MSS -> new OptionSpec(OptionSpec.Kind.MSS, List.of(body.getShort() & 0xffffL));
            case TcpOptions.SACK_PERMITTED -> new OptionSpec(OptionSpec.Kind.SACK_OK, List.of());
            case TcpOptions.WINDOW_SCALE -> new OptionSpec(OptionSpec.Kind.WINDOW_SCALE, List.of(body.get() & 0xffL));
            case TcpOptions.TIMESTAMPS ->
                new OptionSpec(
                        OptionSpec.Kind.TIMESTAMPS,
                        List.of(relative(body.getInt(), tsBase), relative(body.getInt(), peerTsBase)));
            default -> list(kind, body);
        };
    }

    private OptionSpec list(final int kind, final ByteBuffer body) {
        final List<Long> values = new ArrayList<>();
        if (kind == TcpOptions.SACK) {
            while (body.hasRemaining()) {
                values.add((long) body.getInt() - peerIss);
            }
            return new OptionSpec(
                    OptionSpec.Kind.SACK,
                    values.stream().map(v -> (long) v.intValue()).toList());
        }
        values.add((long) kind);
        while (body.hasRemaining()) {
            values.add(body.get() & 0xffL);
        }
        return new OptionSpec(OptionSpec.Kind.OTHER, List.copyOf(values));
    }
}
