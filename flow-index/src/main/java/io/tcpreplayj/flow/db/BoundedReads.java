package io.tcpreplayj.flow.db;

import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.io.Input;

/** Reads that believe no declared number: Kryo 5.6 allocates what a length says. */
final class BoundedReads {
    private BoundedReads() {}

    /**
     * A varint count of things of at least {@code bytesEach} bytes, which must fit into what remains.
     *
     * @throws KryoException when they do not
     */
    static int count(final Input input, final int bytesEach) {
        final int count = input.readVarInt(true);
        final int remaining = input.limit() - input.position();
        if (count < 0 || count > remaining / bytesEach) {
            throw new KryoException(
                    count + " things of at least " + bytesEach + " bytes, but " + remaining + " bytes remain");
        }
        return count;
    }

    /** A byte that must be below {@code end}: an ordinal, a set of known flags. */
    static int below(final Input input, final int end, final String what) {
        final int value = input.readByteUnsigned();
        if (value >= end) {
            throw new KryoException(what + " " + value + ", allowed 0 to " + (end - 1));
        }
        return value;
    }
}
