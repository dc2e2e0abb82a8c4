package io.tcpreplayj.flow.db;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.tcpreplayj.flow.PayloadKept;
import java.nio.charset.StandardCharsets;

/** One indexed capture; the name is UTF-8 behind its length, not Kryo's string, whose length cannot be bounded. */
final class CaptureInfoSerializer extends Serializer<CaptureInfo> {
    private static final int TRUNCATED = 1;
    private static final int REDACTED = 2;
    private static final int WITHOUT_PAYLOAD = 4;

    private final boolean withKept;

    /** @param version of the database whose records are read or written */
    CaptureInfoSerializer(final int version) {
        super(false, true);
        withKept = version >= FlowDbFormat.VERSION_WITH_KEPT;
    }

    @Override
    public void write(final Kryo kryo, final Output output, final CaptureInfo capture) {
        output.writeVarInt(capture.id(), true);
        final byte[] name = capture.name().getBytes(StandardCharsets.UTF_8);
        output.writeVarInt(name.length, true);
        output.writeBytes(name, 0, name.length);
        output.writeVarLong(capture.sizeBytes(), true);
        output.writeLong(capture.edgeHash());
        output.writeVarLong(capture.packets(), true);
        output.writeLong(capture.startNs());
        output.writeLong(capture.endNs());
        output.writeVarLong(capture.flows(), true);
        output.writeByte((capture.truncated() ? TRUNCATED : 0) | flag(capture.kept()));
    }

    private int flag(final PayloadKept kept) {
        if (kept != PayloadKept.ALL && !withKept) {
            throw new KryoException("payload kept: " + kept.label() + ", which this version cannot tell");
        }
        return switch (kept) {
            case ALL -> 0;
            case REDACTED -> REDACTED;
            case NONE -> WITHOUT_PAYLOAD;
        };
    }

    @Override
    public CaptureInfo read(final Kryo kryo, final Input input, final Class<? extends CaptureInfo> type) {
        final int id = input.readVarInt(true);
        final byte[] name = new byte[BoundedReads.count(input, 1)];
        input.readBytes(name);
        final long sizeBytes = input.readVarLong(true);
        final long edgeHash = input.readLong();
        final long packets = input.readVarLong(true);
        final long startNs = input.readLong();
        final long endNs = input.readLong();
        final long flows = input.readVarLong(true);
        // Redacted and without payload exclude each other, so both flags together are above what is allowed.
        final int flags = BoundedReads.below(input, withKept ? REDACTED | WITHOUT_PAYLOAD : REDACTED, "capture flags");
        return new CaptureInfo(
                id,
                new String(name, StandardCharsets.UTF_8),
                sizeBytes,
                edgeHash,
                packets,
                startNs,
                endNs,
                flows,
                (flags & TRUNCATED) != 0,
                (flags & REDACTED) != 0
                        ? PayloadKept.REDACTED
                        : (flags & WITHOUT_PAYLOAD) != 0 ? PayloadKept.NONE : PayloadKept.ALL);
    }
}
