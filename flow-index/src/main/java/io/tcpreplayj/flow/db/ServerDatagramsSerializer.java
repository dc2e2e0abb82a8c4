package io.tcpreplayj.flow.db;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.tcpreplayj.flow.ServerDatagrams;

/** What a server of UDP sent; the digest is stored only where there is one. */
final class ServerDatagramsSerializer extends Serializer<ServerDatagrams> {
    private static final int HAS_DIGEST = 1;
    private static final int FLAGS_END = 2;
    private static final int MIN_ROW_BYTES = 4;

    ServerDatagramsSerializer() {
        super(false, true);
    }

    @Override
    public void write(final Kryo kryo, final Output output, final ServerDatagrams datagrams) {
        output.writeVarInt(datagrams.size(), true);
        long beforeNs = 0;
        for (int i = 0; i < datagrams.size(); i++) {
            final boolean hasDigest = datagrams.digest(i) >= 0;
            output.writeByte(hasDigest ? HAS_DIGEST : 0);
            output.writeVarInt(datagrams.length(i), true);
            output.writeVarLong(datagrams.timeNs(i) - beforeNs, false);
            if (hasDigest) {
                output.writeInt((int) datagrams.digest(i));
            }
            final byte[] head = datagrams.head(i);
            output.writeVarInt(head.length, true);
            output.writeBytes(head, 0, head.length);
            beforeNs = datagrams.timeNs(i);
        }
    }

    @Override
    public ServerDatagrams read(final Kryo kryo, final Input input, final Class<? extends ServerDatagrams> type) {
        final int size = BoundedReads.count(input, MIN_ROW_BYTES);
        final int[] lengths = new int[size];
        final long[] timesNs = new long[size];
        final long[] digests = new long[size];
        final byte[][] heads = new byte[size][];
        long beforeNs = 0;
        for (int i = 0; i < size; i++) {
            final int flags = BoundedReads.below(input, FLAGS_END, "datagram flags");
            lengths[i] = input.readVarInt(true);
            timesNs[i] = beforeNs + input.readVarLong(false);
            digests[i] = (flags & HAS_DIGEST) != 0 ? input.readInt() & 0xffff_ffffL : -1;
            heads[i] = new byte[BoundedReads.count(input, 1)];
            if (lengths[i] < 0 || heads[i].length > lengths[i]) {
                throw new KryoException("datagram of " + lengths[i] + " bytes with a head of " + heads[i].length);
            }
            input.readBytes(heads[i]);
            beforeNs = timesNs[i];
        }
        return new ServerDatagrams(lengths, timesNs, digests, heads);
    }
}
