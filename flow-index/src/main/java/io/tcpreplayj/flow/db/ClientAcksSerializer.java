package io.tcpreplayj.flow.db;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.tcpreplayj.flow.ClientAcks;

/** The rows as the flow holds them, behind how many they are and where they begin; of none, one byte. */
final class ClientAcksSerializer extends Serializer<ClientAcks> {
    private static final int MIN_ROW_BYTES = 3;

    ClientAcksSerializer() {
        super(false, true);
    }

    @Override
    public void write(final Kryo kryo, final Output output, final ClientAcks acks) {
        output.writeVarInt(acks.size(), true);
        if (acks.size() > 0) {
            output.writeVarLong(acks.first(), true);
            output.writeVarInt(acks.rows().length, true);
            output.writeBytes(acks.rows());
        }
    }

    @Override
    public ClientAcks read(final Kryo kryo, final Input input, final Class<? extends ClientAcks> type) {
        final int size = BoundedReads.count(input, MIN_ROW_BYTES);
        if (size == 0) {
            return ClientAcks.NONE;
        }
        final long first = input.readVarLong(true);
        final byte[] rows = new byte[BoundedReads.count(input, 1)];
        input.readBytes(rows);
        try {
            return new ClientAcks(size, first, rows);
        } catch (final IllegalArgumentException e) {
            throw new KryoException(e.getMessage(), e);
        }
    }
}
