package io.tcpreplayj.flow.db;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.tcpreplayj.flow.ClientHeaders;
import io.tcpreplayj.flow.Opening;

/** How a connection was opened; the gaps are stored plus one, so that "unknown" (-1) is a 0 byte. */
final class OpeningSerializer extends Serializer<Opening> {
    /** RFC 9293 3.1: the data offset leaves 40 bytes for options. */
    private static final int MAX_OPTIONS = 40;

    private static final int HEADERS_BYTES = 6;
    private static final int MAX_DSCP = 0x3f;

    private final boolean withHeaders;

    /** @param version of the database whose records are read or written */
    OpeningSerializer(final int version) {
        super(false, true);
        withHeaders = version >= FlowDbFormat.VERSION_WITH_HEADERS;
    }

    @Override
    public void write(final Kryo kryo, final Output output, final Opening opening) {
        final byte[] options = opening.synOptions();
        output.writeByte(options.length);
        output.writeBytes(options, 0, options.length);
        output.writeVarInt(opening.synWindow(), true);
        output.writeVarLong(opening.synAckDelayNs() + 1, true);
        output.writeVarLong(opening.ackDelayNs() + 1, true);
        if (withHeaders) {
            final ClientHeaders headers = opening.headers();
            output.writeInt(headers.iss());
            output.writeByte(headers.dscp());
            output.writeByte(headers.hopLimit());
        }
    }

    @Override
    public Opening read(final Kryo kryo, final Input input, final Class<? extends Opening> type) {
        final byte[] options = new byte[BoundedReads.below(input, MAX_OPTIONS + 1, "SYN option bytes")];
        input.readBytes(options);
        return new Opening(
                options,
                input.readVarInt(true),
                input.readVarLong(true) - 1,
                input.readVarLong(true) - 1,
                withHeaders ? readHeaders(input) : ClientHeaders.UNKNOWN);
    }

    private static ClientHeaders readHeaders(final Input input) {
        return new ClientHeaders(
                input.readInt(), BoundedReads.below(input, MAX_DSCP + 1, "DSCP"), input.readByteUnsigned());
    }

    /** Moves over one; its numbers are not looked at. */
    void skip(final Input input) {
        input.skip(BoundedReads.below(input, MAX_OPTIONS + 1, "SYN option bytes"));
        input.readVarInt(true);
        input.readVarLong(true);
        input.readVarLong(true);
        if (withHeaders) {
            input.skip(HEADERS_BYTES);
        }
    }
}
