package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Input: 0 and what a peer sends, as it stands; or another byte and messages, each behind its type and its length in two
 * bytes, which get the headers and checksums that no fuzzer finds.
 */
public final class FeedFuzz {
    private static final int TYPES = FrameType.values().length;
    private static final int HEAD = 3;
    private static final Subscriptions.Policy POLICY = new Subscriptions.Policy(
            List.of(Cidr.parse("198.18.0.0/15"), Cidr.parse("2001:2::/48")),
            List.of(new Endpoint(IpAddress.parse("10.0.0.2"), 80)),
            100);

    private FeedFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, bytes -> {
            if (bytes.length == 0) {
                return;
            }
            final ByteBuffer rest = ByteBuffer.wrap(bytes, 1, bytes.length - 1).slice();
            if (bytes[0] == 0) {
                final byte[] sent = new byte[rest.remaining()];
                rest.get(sent);
                read(sent);
            } else {
                readMessages(rest);
            }
        });
    }

    private static void read(final byte[] sent) throws IOException {
        final FrameInput in = new FrameInput(new ByteArrayInputStream(sent), FeedFormat.MAX_HELLO);
        try {
            for (FrameType type = in.read(); type != null; type = in.read()) {
                decode(type, in.payload());
            }
        } catch (final FeedException | EOFException e) {
            check(e);
        }
    }

    private static void readMessages(final ByteBuffer messages) throws IOException {
        final ByteArrayOutputStream wire = new ByteArrayOutputStream();
        final FrameOutput out = new FrameOutput(wire, FeedFormat.MAX_HELLO);
        final List<FrameType> types = new ArrayList<>();
        final List<ByteBuffer> payloads = new ArrayList<>();
        while (messages.remaining() >= HEAD) {
            final FrameType type = FrameType.of(1 + (messages.get() & 0xff) % TYPES);
            final int length = Math.min(messages.getShort() & 0xffff, messages.remaining());
            final byte[] payload = new byte[Math.min(length, FeedFormat.MAX_HELLO)];
            messages.get(payload);
            out.write(type, payload, payload.length);
            types.add(type);
            payloads.add(ByteBuffer.wrap(payload));
        }
        final FrameInput in = new FrameInput(new ByteArrayInputStream(wire.toByteArray()), FeedFormat.MAX_HELLO);
        for (int i = 0; i < types.size(); i++) {
            if (in.read() != types.get(i) || !in.payload().equals(payloads.get(i))) {
                throw new AssertionError("frame " + i + " is not what was written: " + types.get(i));
            }
            try {
                decode(types.get(i), in.payload());
            } catch (final FeedException e) {
                check(e);
            }
        }
        if (in.read() != null) {
            throw new AssertionError("a frame that was not written");
        }
    }

    /** As the two ends do. */
    private static void decode(final FrameType type, final ByteBuffer payload) throws FeedException {
        switch (type) {
            case HELLO -> judge(Fields.decode(payload, Hello::decode));
            case WELCOME -> Fields.decode(payload, Welcome::decode);
            case REFUSAL, REVOKED -> printable(Fields.decode(payload, Fields::getText));
            case PACKETS -> unpack(payload);
            case HEARTBEAT -> Fields.decode(payload, Heartbeat::decode);
            default -> {
                // Nothing is in it, or io.tcpreplayj.intercept.relay.RelayFuzz knows it.
            }
        }
    }

    private static void judge(final Hello hello) throws FeedException {
        printable(hello.program());
        final Hello nameless = new Hello(
                hello.session(),
                hello.lastBatch(),
                hello.clients(),
                hello.ports(),
                hello.targets(),
                hello.payloadBytes(),
                "");
        final ByteBuffer again = ByteBuffer.allocate(FeedFormat.MAX_HELLO);
        nameless.encode(again);
        if (!Fields.decode(again.flip(), Hello::decode).equals(nameless)) {
            throw new AssertionError("another replayer when it introduces itself again: " + nameless);
        }
        final Hello narrowed = POLICY.narrowed(hello);
        if (POLICY.objection(narrowed) == null
                && !narrowed.clients().stream()
                        .allMatch(asked -> POLICY.clients().stream()
                                .anyMatch(served -> served.contains(asked.address())
                                        && served.prefixLength() <= asked.prefixLength()))) {
            throw new AssertionError("clients that are not served: " + narrowed);
        }
    }

    private static void printable(final String text) {
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new AssertionError("control characters get to a terminal");
        }
    }

    private static void unpack(final ByteBuffer payload) throws FeedException {
        PacketBatch.check(payload);
        final int[] end = {payload.position() + FeedFormat.BATCH_HEADER};
        PacketBatch.forEach(
                payload, payload.position(), (buffer, offset, caplen, origlen, captureTimeNs, checksumKnown) -> {
                    if (offset != end[0] + FeedFormat.PACKET_HEADER
                            || origlen < caplen
                            || offset + caplen > payload.limit()) {
                        throw new AssertionError(caplen + " of " + origlen + " bytes at " + offset);
                    }
                    end[0] = offset + caplen;
                });
        if (end[0] != payload.limit()) {
            throw new AssertionError(payload.limit() - end[0] + " bytes that no packet has");
        }
    }

    private static void check(final IOException e) {
        if (e.getMessage() == null) {
            throw new AssertionError("no message", e);
        }
    }

    /** Both directions of a conversation, as it is on the wire and as messages. */
    public static List<byte[]> seeds() {
        final List<byte[]> seeds = new ArrayList<>();
        final List<FrameType> types = List.of(
                FrameType.HELLO,
                FrameType.WELCOME,
                FrameType.PACKETS,
                FrameType.HEARTBEAT,
                FrameType.REFUSAL,
                FrameType.REVOKED,
                FrameType.BYE);
        final List<byte[]> payloads = List.of(
                bytes(FeedFuzz::hello),
                bytes(new Welcome(1, true, 100, List.of(Cidr.parse("198.18.4.0/22")), "egress at eth0")::encode),
                batch(),
                bytes(new Heartbeat(1, 2)::encode),
                // CSI, as one character (ECMA-48 5.4).
                bytes(out -> Fields.putText(out, "\u009b31mthere are 32 replayers already")),
                bytes(out -> Fields.putText(out, "the intercept was told to stop")),
                new byte[0]);
        final ByteArrayOutputStream wire = new ByteArrayOutputStream();
        final ByteArrayOutputStream messages = new ByteArrayOutputStream();
        wire.write(0);
        messages.write(1);
        final FrameOutput frames = new FrameOutput(wire);
        for (int i = 0; i < types.size(); i++) {
            final byte[] payload = payloads.get(i);
            final byte[] message = Seeds.join(
                    new byte[] {(byte) (types.get(i).code() - 1), (byte) (payload.length >> 8), (byte) payload.length},
                    payload);
            messages.writeBytes(message);
            seeds.add(Seeds.join(new byte[] {1}, message));
            try {
                frames.write(types.get(i), payload, payload.length);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        seeds.add(wire.toByteArray());
        seeds.add(messages.toByteArray());
        return seeds;
    }

    private static void hello(final ByteBuffer out) {
        new Hello(
                        new UUID(1, 2),
                        0,
                        List.of(Cidr.parse("198.18.4.0/22"), Cidr.parse("::/0")),
                        new PortRange(1024, 65_535),
                        List.of(new Endpoint(IpAddress.parse("10.0.0.2"), 80)),
                        65_535,
                        "tcpreplay-j 0.1.0")
                .encode(out);
    }

    private static byte[] batch() {
        final PacketBatch batch = new PacketBatch();
        for (final byte[] packet : List.of(Seeds.tcpOverIpv4(), Seeds.tcpOverIpv6())) {
            batch.add(ByteBuffer.wrap(packet), 0, packet.length, packet.length, 7, true);
        }
        return bytes(out -> out.put(batch.seal(1).flip()));
    }

    /** Writes one message. */
    @FunctionalInterface
    private interface Encoder {
        void encode(ByteBuffer out);
    }

    private static byte[] bytes(final Encoder encoder) {
        final ByteBuffer out = ByteBuffer.allocate(FeedFormat.MAX_HELLO);
        encoder.encode(out);
        final byte[] bytes = new byte[out.position()];
        out.get(0, bytes);
        return bytes;
    }
}
