package io.tcpreplayj.pcap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The members of a gzip file (RFC 1952), one after the other. Unlike GZIPInputStream it inflates from direct buffer to
 * direct buffer, knows where in the file it stands, and hands over all that precedes a damage.
 */
final class GzipSource implements ByteSource {
    private static final int MAGIC = 0x1f8b;
    private static final int FIXED_HEADER_LENGTH = 10;
    private static final int TRAILER_LENGTH = 8;
    private static final int METHOD_DEFLATE = 8;

    /** RFC 1952 2.3.1, the bits of FLG. */
    private static final int FHCRC = 0x02;

    private static final int FEXTRA = 0x04;
    private static final int FNAME = 0x08;
    private static final int FCOMMENT = 0x10;

    private final ByteWindow file;
    private final ByteBuffer input;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private boolean inMember;
    private boolean sawMember;

    GzipSource(final ByteWindow file) {
        this.file = file;
        this.input = file.buffer().duplicate();
    }

    static boolean isGzip(final ByteBuffer buffer, final int at, final int available) {
        return available >= 2 && (buffer.getShort(at) & 0xffff) == MAGIC;
    }

    @Override
    public int read(final ByteBuffer target) throws IOException {
        while (inMember || beginMember()) {
            final int count = inflate(target);
            if (count > 0) {
                return count;
            }
            if (inflater.finished()) {
                endMember();
            }
        }
        return -1;
    }

    private int inflate(final ByteBuffer target) throws IOException {
        if (inflater.needsInput() && !inflater.finished()) {
            need(1);
            input.clear().position(file.begin()).limit(file.begin() + file.available());
            inflater.setInput(input);
        }
        final int from = target.position();
        final int inputFrom = input.position();
        final long writtenBefore = inflater.getBytesWritten();
        try {
            inflater.inflate(target);
        } catch (final DataFormatException e) {
            // What was inflated before the damage counts; the inflater fails again at the next call.
            if (inflater.getBytesWritten() == writtenBefore) {
                throw damaged("gzip data is damaged");
            }
        }
        file.advance(input.position() - inputFrom);
        final int count = (int) (inflater.getBytesWritten() - writtenBefore);
        final int limit = target.limit();
        crc.update(target.limit(from + count).position(from));
        target.limit(limit);
        return count;
    }

    private boolean beginMember() throws IOException {
        if (sawMember && !skipZeroes()) {
            return false;
        }
        need(FIXED_HEADER_LENGTH);
        final int at = file.begin();
        final ByteBuffer buffer = file.buffer();
        if (!isGzip(buffer, at, FIXED_HEADER_LENGTH)) {
            throw damaged("what follows the gzip data is not gzip");
        }
        if (buffer.get(at + 2) != METHOD_DEFLATE) {
            throw damaged("gzip header is damaged");
        }
        final int flags = buffer.get(at + 3);
        file.advance(FIXED_HEADER_LENGTH);
        if ((flags & FEXTRA) != 0) {
            need(2);
            final int length = Short.reverseBytes(buffer.getShort(file.begin())) & 0xffff;
            skip(2 + length);
        }
        if ((flags & FNAME) != 0) {
            skipString();
        }
        if ((flags & FCOMMENT) != 0) {
            skipString();
        }
        if ((flags & FHCRC) != 0) {
            skip(2);
        }
        inflater.reset();
        crc.reset();
        inMember = true;
        sawMember = true;
        return true;
    }

    private void endMember() throws IOException {
        need(TRAILER_LENGTH);
        final int at = file.begin();
        final int wantedCrc = Integer.reverseBytes(file.buffer().getInt(at));
        final int wantedLength = Integer.reverseBytes(file.buffer().getInt(at + 4));
        if (wantedCrc != (int) crc.getValue() || wantedLength != (int) inflater.getBytesWritten()) {
            throw damaged("gzip checksum does not match");
        }
        file.advance(TRAILER_LENGTH);
        inMember = false;
    }

    /** Tape blocks are filled up with zeroes; like gzip(1), do not take them for a member. */
    private boolean skipZeroes() throws IOException {
        while (file.has(1)) {
            if (file.buffer().get(file.begin()) != 0) {
                return true;
            }
            file.advance(1);
        }
        return false;
    }

    private void skipString() throws IOException {
        byte last;
        do {
            need(1);
            last = file.buffer().get(file.begin());
            file.advance(1);
        } while (last != 0);
    }

    private void skip(final int count) throws IOException {
        need(count);
        file.advance(count);
    }

    private void need(final int count) throws IOException {
        if (!file.has(count)) {
            throw new DamagedInputException(
                    "gzip ends early at byte " + (file.offset() + file.available()), "copy the file again");
        }
    }

    private DamagedInputException damaged(final String what) {
        return new DamagedInputException(what + " at byte " + file.offset(), "copy the file again");
    }

    @Override
    public long fileBytes() {
        return file.offset();
    }

    @Override
    public String compression() {
        return "gzip";
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        file.close();
    }
}
