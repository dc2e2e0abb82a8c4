package io.tcpreplayj.pcap;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;

/** Writes captures byte by byte, without the constants of the code under test. */
final class CaptureBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private ByteOrder order;

    private CaptureBytes(final ByteOrder order) {
        this.order = order;
    }

    static CaptureBytes pcap(final ByteOrder order, final int magic, final int linktype) {
        return pcap(order, magic, 4, linktype);
    }

    static CaptureBytes pcap(final ByteOrder order, final int magic, final int minor, final int linktype) {
        final CaptureBytes capture = new CaptureBytes(order);
        return capture.u32(magic).u16(2).u16(minor).u32(0).u32(0).u32(65535).u32(linktype);
    }

    static CaptureBytes pcapng(final ByteOrder order) {
        return new CaptureBytes(order).section(order);
    }

    CaptureBytes record(final int seconds, final int fraction, final int origlen, final byte[] packet) {
        return u32(seconds).u32(fraction).u32(packet.length).u32(origlen).raw(packet);
    }

    CaptureBytes section(final ByteOrder newOrder) {
        order = newOrder;
        return block(
                0x0a0d0d0a,
                new CaptureBytes(order).u32(0x1a2b3c4d).u16(1).u16(0).u32(-1).u32(-1));
    }

    CaptureBytes iface(final int linktype, final int snaplen, final CaptureBytes options) {
        return block(1, part().u16(linktype).u16(0).u32(snaplen).raw(options.bytes()));
    }

    CaptureBytes iface(final int linktype) {
        return iface(linktype, 0, part());
    }

    CaptureBytes option(final int code, final byte[] value) {
        return u16(code).u16(value.length).padded(value);
    }

    CaptureBytes enhanced(final int iface, final long ticks, final int origlen, final byte[] packet) {
        return block(
                6,
                part().u32(iface).ticks(ticks).u32(packet.length).u32(origlen).padded(packet));
    }

    CaptureBytes obsolete(final int iface, final long ticks, final int origlen, final byte[] packet) {
        return block(
                2,
                part().u16(iface)
                        .u16(9)
                        .ticks(ticks)
                        .u32(packet.length)
                        .u32(origlen)
                        .padded(packet));
    }

    CaptureBytes simple(final int origlen, final byte[] packet) {
        return block(3, part().u32(origlen).padded(packet));
    }

    CaptureBytes block(final int type, final CaptureBytes body) {
        final int length = 12 + body.out.size();
        return u32(type).u32(length).raw(body.bytes()).u32(length);
    }

    /** An empty piece in the same byte order. */
    CaptureBytes part() {
        return new CaptureBytes(order);
    }

    CaptureBytes ticks(final long ticks) {
        return u32((int) (ticks >>> 32)).u32((int) ticks);
    }

    CaptureBytes u16(final int value) {
        return raw(ByteBuffer.allocate(2).order(order).putShort((short) value).array());
    }

    CaptureBytes u32(final int value) {
        return raw(ByteBuffer.allocate(4).order(order).putInt(value).array());
    }

    CaptureBytes i64(final long value) {
        return raw(ByteBuffer.allocate(8).order(order).putLong(value).array());
    }

    CaptureBytes padded(final byte[] value) {
        return raw(value).raw(new byte[-value.length & 3]);
    }

    CaptureBytes raw(final byte[] value) {
        out.writeBytes(value);
        return this;
    }

    int size() {
        return out.size();
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    static byte[] gzip(final byte[] plain) {
        final ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(plain);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    /** A classic pcap file whose packets are half noise and half not. */
    static byte[] compressible(final int records) {
        final SplittableRandom random = new SplittableRandom(11);
        final CaptureBytes capture = pcap(ByteOrder.LITTLE_ENDIAN, 0xa1b2c3d4, 1);
        for (int i = 0; i < records; i++) {
            final byte[] packet = new byte[random.nextInt(1500)];
            random.nextBytes(packet);
            Arrays.fill(packet, packet.length / 2, packet.length, (byte) 'x');
            capture.record(i, 0, packet.length, packet);
        }
        return capture.bytes();
    }

    static byte[] concat(final byte[]... parts) {
        final ByteArrayOutputStream all = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(all::writeBytes);
        return all.toByteArray();
    }
}
