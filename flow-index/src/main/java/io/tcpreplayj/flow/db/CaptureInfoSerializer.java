package io.tcpreplayj.flow.db;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import java.nio.charset.StandardCharsets;

/** One indexed capture; the name is UTF-8 behind its length, not Kryo's string, whose length cannot be bounded. */
final class CaptureInfoSerializer extends Serializer<CaptureInfo> {
    CaptureInfoSerializer() {
        super(false, true);
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
        output.writeByte(capture.truncated() ? 1 : 0);
    }

    @Override
    public CaptureInfo read(final Kryo kryo, final Input input, final Class<? extends CaptureInfo> type) {
        final int id = input.readVarInt(true);
        final byte[] name = new byte[BoundedReads.count(input, 1)];
        input.readBytes(name);
        return new CaptureInfo(
                id,
                new String(name, StandardCharsets.UTF_8),
                input.readVarLong(true),
                input.readLong(),
                input.readVarLong(true),
                input.readLong(),
                input.readLong(),
                input.readVarLong(true),
                BoundedReads.below(input, 2, "truncated") == 1);
    }
}
