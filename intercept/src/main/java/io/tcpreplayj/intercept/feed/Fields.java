package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The composite fields of messages. Numbers are in network byte order, unsigned. */
public final class Fields {
    private static final int MAX_TEXT = 500;
    private static final int LAST_PORT = 65_535;
    static final int MAX_NETWORKS = 64;

    private Fields() {}

    public static void putId(final ByteBuffer out, final UUID id) {
        out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }

    public static UUID getId(final ByteBuffer in) {
        return new UUID(in.getLong(), in.getLong());
    }

    /** Cut to the longest text that the protocol has. */
    public static void putText(final ByteBuffer out, final String text) {
        final byte[] all = text.getBytes(StandardCharsets.UTF_8);
        final int length = Math.min(all.length, MAX_TEXT);
        out.putShort((short) length).put(all, 0, length);
    }

    /** Control characters are a stranger's way into a terminal: they become question marks. */
    public static String getText(final ByteBuffer in) throws FeedException {
        final int length = in.getShort() & 0xffff;
        if (length > MAX_TEXT || length > in.remaining()) {
            throw new FeedException("text of " + length + " bytes");
        }
        final byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8).replaceAll("\\p{Cc}", "?");
    }

    static void putAddress(final ByteBuffer out, final IpAddress address) {
        out.putLong(address.high()).putLong(address.low());
    }

    static IpAddress getAddress(final ByteBuffer in) {
        return new IpAddress(in.getLong(), in.getLong());
    }

    static void putNetwork(final ByteBuffer out, final Cidr network) {
        putAddress(out, network.address());
        out.put((byte) network.prefixLength());
    }

    static Cidr getNetwork(final ByteBuffer in) throws FeedException {
        final IpAddress address = getAddress(in);
        final int prefixLength = in.get() & 0xff;
        if (prefixLength > (address.isV4() ? 32 : 128)) {
            throw new FeedException("network " + address + "/" + prefixLength);
        }
        return new Cidr(address, prefixLength);
    }

    /** One to 64 of them. */
    static void putNetworks(final ByteBuffer out, final List<Cidr> networks) {
        out.put((byte) networks.size());
        for (final Cidr network : networks) {
            putNetwork(out, network);
        }
    }

    static List<Cidr> getNetworks(final ByteBuffer in) throws FeedException {
        final int count = in.get() & 0xff;
        if (count == 0 || count > MAX_NETWORKS) {
            throw new FeedException(count + " networks of clients");
        }
        final List<Cidr> networks = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            networks.add(getNetwork(in));
        }
        return List.copyOf(networks);
    }

    static void putEndpoint(final ByteBuffer out, final Endpoint endpoint) {
        putAddress(out, endpoint.address());
        out.putShort((short) endpoint.port());
    }

    static Endpoint getEndpoint(final ByteBuffer in) throws FeedException {
        return new Endpoint(getAddress(in), getPort(in));
    }

    static int getPort(final ByteBuffer in) throws FeedException {
        final int port = in.getShort() & LAST_PORT;
        if (port == 0) {
            throw new FeedException("port 0");
        }
        return port;
    }

    /** Decodes a message that must fill its frame. */
    public static <T> T decode(final ByteBuffer payload, final Decoder<T> decoder) throws FeedException {
        try {
            final T message = decoder.decode(payload);
            if (payload.hasRemaining()) {
                throw new FeedException(payload.remaining() + " bytes too many in a message");
            }
            return message;
        } catch (final BufferUnderflowException e) {
            throw new FeedException("a message ends early");
        }
    }

    /** Reads one message. */
    @FunctionalInterface
    public interface Decoder<T> {
        T decode(ByteBuffer payload) throws FeedException;
    }
}
