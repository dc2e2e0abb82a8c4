package io.tcpreplayj.flow.db;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.App;
import io.tcpreplayj.flow.FlowRecord.Close;
import io.tcpreplayj.flow.FlowRecord.Handshake;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.flow.Opening;
import io.tcpreplayj.flow.StreamSummary;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Tunnel;
import java.util.Random;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Flows as captures have them, and flows as no capture ever had them; each a function of its seed. */
final class SampleFlows {
    static final long START_NS = 1_700_000_000_123_456_789L;

    private SampleFlows() {}

    static byte[] payload(final long seed, final int bytes) {
        final byte[] payload = new byte[bytes];
        new Random(seed).nextBytes(payload);
        return payload;
    }

    static CaptureInfo capture(final int id, final long flows) {
        return new CaptureInfo(
                id,
                "captures/é-" + id + ".pcap",
                123_456_789L,
                -id,
                9_999,
                START_NS,
                START_NS + id,
                flows,
                id % 2 == 1);
    }

    static FlowAndBytes http(final long id, final int captureId, final int exchanges) {
        return http(id, captureId, exchanges, 0);
    }

    /** Keep-alive HTTP: requests of 80 to 1,400 bytes in one segment, answers up to 100 kB, think times up to 2 s. */
    static FlowAndBytes http(final long id, final int captureId, final int exchanges, final int headBytes) {
        final Random random = new Random(id * 31 + captureId);
        final Rows rows = new Rows(exchanges + 1);
        final Answers answers = new Answers(exchanges);
        long nowNs = 300_000 + random.nextInt(50_000_000);
        long gate = 0;
        int clientBytes = 0;
        for (int i = 0; i < exchanges; i++) {
            final int length = 80 + random.nextInt(1_320);
            final long delayNs = random.nextInt(2_000_000_000);
            nowNs += delayNs;
            rows.set(i, ClientEvents.DATA, ClientEvents.PSH, length, gate, delayNs, nowNs);
            clientBytes += length;
            final int response = 150 + random.nextInt(100_000);
            nowNs += 100_000 + random.nextInt(30_000_000);
            answers.set(i, response, nowNs, nowNs + random.nextInt(3_000_000), random.nextInt() & 0xffff_ffffL);
            answers.heads[i] = payload(id + i, Math.min(headBytes, response));
            nowNs = answers.lastNs[i];
            gate += response;
        }
        nowNs += 5_000_000;
        rows.set(exchanges, ClientEvents.FIN, (byte) 0, 0, gate, 5_000_000, nowNs);
        final byte[] synOptions = payload(id, 20);
        final FlowRecord flow = new FlowRecord(
                id,
                captureId,
                new Endpoint(IpAddress.v4(0x0a000000 + random.nextInt(1 << 24)), 32_768 + random.nextInt(28_000)),
                new Endpoint(IpAddress.v4(0xc0a80001), 80),
                0,
                START_NS + id * 1_000,
                START_NS + id * 1_000 + nowNs,
                summary(random, clientBytes, exchanges),
                summary(random, gate, exchanges * 20),
                Handshake.FULL,
                Close.FIN,
                false,
                App.HTTP,
                exchanges,
                exchanges == 0 ? SkipReason.NO_CLIENT_BYTES : null,
                new Opening(synOptions, 64_240, 150_000, 20_000),
                rows.events(),
                answers.exchanges());
        return new FlowAndBytes(flow, payload(id, clientBytes));
    }

    /** The flow as one that is not replayed, whose payload may be of any length. */
    static FlowRecord cut(final FlowRecord flow) {
        return with(flow, flow.captureId(), flow.requests(), SkipReason.TRUNCATED, flow.events(), flow.exchanges());
    }

    /** The same flow, carried in something else. */
    static FlowRecord in(final long tunnel, final FlowRecord flow) {
        return new FlowRecord(
                flow.id(),
                flow.captureId(),
                flow.client(),
                flow.server(),
                tunnel,
                flow.startNs(),
                flow.endNs(),
                flow.clientStream(),
                flow.serverStream(),
                flow.handshake(),
                flow.close(),
                flow.midstream(),
                flow.app(),
                flow.requests(),
                flow.skipReason(),
                flow.opening(),
                flow.events(),
                flow.exchanges());
    }

    static FlowRecord with(
            final FlowRecord flow,
            final int captureId,
            final int requests,
            final @Nullable SkipReason reason,
            final ClientEvents events,
            final Exchanges exchanges) {
        return new FlowRecord(
                flow.id(),
                captureId,
                flow.client(),
                flow.server(),
                flow.tunnel(),
                flow.startNs(),
                flow.endNs(),
                flow.clientStream(),
                flow.serverStream(),
                flow.handshake(),
                flow.close(),
                flow.midstream(),
                flow.app(),
                requests,
                reason,
                flow.opening(),
                events,
                exchanges);
    }

    /** The flow with the digest of its client bytes, as the index writes it. */
    static FlowAndBytes digested(final FlowAndBytes sample) {
        final CRC32C crc32c = new CRC32C();
        crc32c.update(sample.bytes());
        final FlowRecord flow = sample.flow();
        final StreamSummary client = flow.clientStream();
        return new FlowAndBytes(
                new FlowRecord(
                        flow.id(),
                        flow.captureId(),
                        flow.client(),
                        flow.server(),
                        flow.tunnel(),
                        flow.startNs(),
                        flow.endNs(),
                        new StreamSummary(
                                client.packets(),
                                client.duplicatePackets(),
                                client.bytes(),
                                client.gapBytes(),
                                client.unseenBytes(),
                                client.capturedBytes(),
                                client.conflictBytes(),
                                crc32c.getValue(),
                                client.sha256()),
                        flow.serverStream(),
                        flow.handshake(),
                        flow.close(),
                        flow.midstream(),
                        flow.app(),
                        flow.requests(),
                        flow.skipReason(),
                        flow.opening(),
                        flow.events(),
                        flow.exchanges()),
                sample.bytes());
    }

    /** Every field anything that it may be by {@link RecordCheck}; IPv6, times that run backwards, no answers, urgent data. */
    static FlowAndBytes odd(final long id, final int captureId, final long seed) {
        final Random random = new Random(seed);
        final int events = random.nextInt(12);
        final Rows rows = new Rows(events);
        final int dataRows = random.nextInt(events + 1);
        int clientBytes = 0;
        long gate = 0;
        for (int i = 0; i < events; i++) {
            final byte kind = i < dataRows ? ClientEvents.DATA : (byte) (1 + random.nextInt(2));
            final byte flags = (byte) random.nextInt(4);
            final int length = i < dataRows ? random.nextInt(50) : 0;
            clientBytes += length;
            gate = Math.max(gate, anyLong(random));
            rows.set(i, kind, flags, length, gate, anyLong(random), random.nextLong());
            rows.urgents[i] = (flags & ClientEvents.URG) != 0 ? anyInt(random) : 0;
        }
        final int exchanges = random.nextInt(Math.min(5, dataRows + 1));
        int nextEvent = 0;
        final Answers answers = new Answers(exchanges);
        for (int i = 0; i < exchanges; i++) {
            final boolean answered = random.nextBoolean();
            answers.set(
                    i,
                    anyLong(random),
                    answered ? anyLong(random) : -1,
                    answered ? anyLong(random) : -1,
                    random.nextBoolean() ? -1 : random.nextInt() & 0xffff_ffffL);
            // Each of the exchanges after this one needs a row.
            answers.firstEvents[i] = nextEvent + random.nextInt(dataRows - nextEvent - (exchanges - 1 - i));
            answers.eventCounts[i] = 1 + random.nextInt(dataRows - answers.firstEvents[i] - (exchanges - 1 - i));
            nextEvent = answers.firstEvents[i] + answers.eventCounts[i];
            answers.requests[i] = anyInt(random);
            answers.heads[i] = payload(seed, random.nextInt(300));
        }
        // The later ones are those of UDP conversations, which this is none.
        final int reasons = SkipReason.MULTICAST.ordinal();
        final int reason = dataRows == 0 ? 1 + random.nextInt(reasons) : random.nextInt(reasons + 1);
        final FlowRecord flow = new FlowRecord(
                id,
                captureId,
                new Endpoint(new IpAddress(random.nextLong(), random.nextLong()), random.nextInt(65_536)),
                new Endpoint(new IpAddress(0x2001_0db8_0000_0000L, random.nextLong()), random.nextInt(65_536)),
                anyTunnel(random),
                random.nextLong(),
                random.nextLong(),
                oddSummary(random),
                oddSummary(random),
                Handshake.values()[random.nextInt(Handshake.values().length)],
                Close.values()[random.nextInt(Close.values().length)],
                random.nextBoolean(),
                App.values()[random.nextInt(App.DNS.ordinal())],
                anyInt(random),
                reason == 0 ? null : SkipReason.values()[reason - 1],
                new Opening(
                        payload(seed, random.nextInt(41)), anyInt(random), anyLong(random) - 1, anyLong(random) - 1),
                rows.events(),
                answers.exchanges());
        return new FlowAndBytes(flow, payload(seed, reason == 0 ? clientBytes : random.nextInt(200)));
    }

    private static StreamSummary summary(final Random random, final long bytes, final long packets) {
        return new StreamSummary(packets + 3, 0, bytes, 0, 0, bytes, 0, random.nextInt() & 0xffff_ffffL, null);
    }

    private static StreamSummary oddSummary(final Random random) {
        final String sha256 = random.nextBoolean()
                ? null
                : String.format(
                        "%016x%016x%016x%016x",
                        random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
        return new StreamSummary(
                anyLong(random),
                anyLong(random),
                anyLong(random),
                anyLong(random),
                anyLong(random),
                anyLong(random),
                anyLong(random),
                random.nextBoolean() ? -1 : random.nextInt() & 0xffff_ffffL,
                sha256);
    }

    private static long anyTunnel(final Random random) {
        final Tunnel.Kind kind = Tunnel.Kind.values()[random.nextInt(Tunnel.Kind.values().length)];
        return kind == Tunnel.Kind.NONE
                ? Tunnel.NONE
                : Tunnel.of(
                        kind,
                        1 + random.nextInt(Tunnel.MAX_LAYERS),
                        random.nextBoolean() ? -1 : random.nextInt() & 0xffff_ffffL);
    }

    private static int anyInt(final Random random) {
        return random.nextInt() >>> 1 + random.nextInt(31);
    }

    private static long anyLong(final Random random) {
        return random.nextLong() >>> 1 + random.nextInt(63);
    }

    private static final class Rows {
        private final byte[] kinds;
        private final byte[] flags;
        private final int[] lengths;
        final int[] urgents;
        private final long[] gates;
        private final long[] delaysNs;
        private final long[] sentNs;

        Rows(final int size) {
            kinds = new byte[size];
            flags = new byte[size];
            lengths = new int[size];
            urgents = new int[size];
            gates = new long[size];
            delaysNs = new long[size];
            sentNs = new long[size];
        }

        void set(
                final int row,
                final byte kind,
                final byte flag,
                final int length,
                final long gate,
                final long delayNs,
                final long atNs) {
            kinds[row] = kind;
            flags[row] = flag;
            lengths[row] = length;
            gates[row] = gate;
            delaysNs[row] = delayNs;
            sentNs[row] = atNs;
        }

        ClientEvents events() {
            return new ClientEvents(kinds, flags, lengths, urgents, gates, delaysNs, sentNs);
        }
    }

    private static final class Answers {
        final int[] firstEvents;
        final int[] eventCounts;
        final int[] requests;
        final long[] bytes;
        final long[] firstNs;
        final long[] lastNs;
        final long[] digests;
        final byte[][] heads;

        Answers(final int size) {
            firstEvents = new int[size];
            eventCounts = new int[size];
            requests = new int[size];
            bytes = new long[size];
            firstNs = new long[size];
            lastNs = new long[size];
            digests = new long[size];
            heads = new byte[size][0];
        }

        void set(final int i, final long length, final long first, final long lastByte, final long digest) {
            firstEvents[i] = i;
            eventCounts[i] = 1;
            requests[i] = 1;
            bytes[i] = length;
            firstNs[i] = first;
            lastNs[i] = lastByte;
            digests[i] = digest;
        }

        Exchanges exchanges() {
            return new Exchanges(firstEvents, eventCounts, requests, bytes, firstNs, lastNs, digests, heads);
        }
    }
}
