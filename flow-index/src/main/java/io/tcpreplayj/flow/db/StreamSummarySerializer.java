package io.tcpreplayj.flow.db;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import io.tcpreplayj.flow.StreamSummary;

/** One direction; most are whole and without copies, which costs one flag. */
final class StreamSummarySerializer extends Serializer<StreamSummary> {
    private static final int HAS_DIGEST = 1;
    private static final int HAS_SHA256 = 2;
    private static final int FLAWED = 4;
    private static final int FLAGS_END = 8;
    private static final int SHA256_BYTES = 32;
    private static final String HEX = "0123456789abcdef";

    StreamSummarySerializer() {
        super(false, true);
    }

    @Override
    public void write(final Kryo kryo, final Output output, final StreamSummary stream) {
        final boolean flawed = (stream.duplicatePackets() | stream.gapBytes() | stream.unseenBytes()) != 0
                || stream.capturedBytes() != stream.bytes()
                || stream.conflictBytes() != 0;
        final String sha256 = stream.sha256();
        output.writeByte(
                (stream.digest() >= 0 ? HAS_DIGEST : 0) | (sha256 != null ? HAS_SHA256 : 0) | (flawed ? FLAWED : 0));
        output.writeVarLong(stream.packets(), true);
        output.writeVarLong(stream.bytes(), true);
        if (flawed) {
            output.writeVarLong(stream.duplicatePackets(), true);
            output.writeVarLong(stream.gapBytes(), true);
            output.writeVarLong(stream.unseenBytes(), true);
            output.writeVarLong(stream.capturedBytes(), true);
            output.writeVarLong(stream.conflictBytes(), true);
        }
        if (stream.digest() >= 0) {
            output.writeInt((int) stream.digest());
        }
        if (sha256 != null) {
            writeHex(output, sha256);
        }
    }

    @Override
    public StreamSummary read(final Kryo kryo, final Input input, final Class<? extends StreamSummary> type) {
        final int flags = BoundedReads.below(input, FLAGS_END, "stream flags");
        final boolean flawed = (flags & FLAWED) != 0;
        final long packets = input.readVarLong(true);
        final long bytes = input.readVarLong(true);
        final long duplicatePackets = flawed ? input.readVarLong(true) : 0;
        final long gapBytes = flawed ? input.readVarLong(true) : 0;
        final long unseenBytes = flawed ? input.readVarLong(true) : 0;
        final long capturedBytes = flawed ? input.readVarLong(true) : bytes;
        final long conflictBytes = flawed ? input.readVarLong(true) : 0;
        final long digest = (flags & HAS_DIGEST) != 0 ? input.readInt() & 0xffff_ffffL : -1;
        final String sha256 = (flags & HAS_SHA256) != 0 ? readHex(input) : null;
        return new StreamSummary(
                packets, duplicatePackets, bytes, gapBytes, unseenBytes, capturedBytes, conflictBytes, digest, sha256);
    }

    private static void writeHex(final Output output, final String hex) {
        if (hex.length() != 2 * SHA256_BYTES) {
            throw new KryoException("a SHA-256 has " + 2 * SHA256_BYTES + " hex digits, not " + hex.length());
        }
        for (int i = 0; i < hex.length(); i += 2) {
            final int high = HEX.indexOf(hex.charAt(i));
            final int low = HEX.indexOf(hex.charAt(i + 1));
            if ((high | low) < 0) {
                throw new KryoException("not lower-case hex: " + hex);
            }
            output.writeByte(high << 4 | low);
        }
    }

    private static String readHex(final Input input) {
        final char[] hex = new char[2 * SHA256_BYTES];
        for (int i = 0; i < hex.length; i += 2) {
            final int value = input.readByteUnsigned();
            hex[i] = HEX.charAt(value >>> 4);
            hex[i + 1] = HEX.charAt(value & 15);
        }
        return new String(hex);
    }
}
