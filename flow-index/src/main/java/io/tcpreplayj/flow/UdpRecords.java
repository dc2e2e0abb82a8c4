package io.tcpreplayj.flow;

import io.tcpreplayj.flow.dns.DnsQueries;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Turns a UDP conversation that is over into a {@link FlowRecord} and gives its verdict. */
final class UdpRecords {
    private static final int DHCP_SERVER = 67;
    private static final int DHCP_CLIENT = 68;
    private static final int DHCPV6_CLIENT = 546;
    private static final int DHCPV6_SERVER = 547;
    private static final byte[] NO_BYTES = {};
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final FlowAssembler.AssemblerOptions options;
    private final StreamDigests digests;
    private final @Nullable DatagramSecrets secrets;
    private final CRC32C crc32c = new CRC32C();

    UdpRecords(final UdpTools tools) {
        options = tools.options();
        digests = tools.digests();
        secrets = tools.secrets();
    }

    private boolean isWithoutPayload() {
        return options.kept() == PayloadKept.NONE;
    }

    FlowRecord emit(final UdpFlow flow, final FlowSink sink) {
        final FlowRecord.App app = app(flow);
        final int queries = app == FlowRecord.App.DNS && !isWithoutPayload() ? queries(flow) : -1;
        final long before = flow.redactedBytes();
        if (secrets != null) {
            flow.redactClient(secrets);
        }
        final ByteBuffer bytes =
                isWithoutPayload() ? NOTHING.duplicate() : ByteBuffer.wrap(flow.payload(), 0, flow.payloadLength());
        final FlowRecord record = build(flow, app, queries, flow.redactedBytes() > before ? bytes : null);
        sink.onFlow(record, bytes);
        return record;
    }

    /** @param changed the client's bytes if they are not those of the wire, else null */
    private FlowRecord build(
            final UdpFlow flow, final FlowRecord.App app, final int queries, final @Nullable ByteBuffer changed) {
        final Exchanges exchanges = exchanges(flow);
        return new FlowRecord(
                flow.id,
                flow.captureId,
                flow.clientEndpoint(),
                flow.serverEndpoint(),
                flow.tunnel(),
                flow.startNs(),
                flow.endNs(),
                clientSummary(flow, changed),
                flow.server.summary(!isWithoutPayload(), options.sha256()),
                FlowRecord.Handshake.NONE,
                FlowRecord.Close.NONE,
                false,
                app,
                queries >= 0 ? queries : exchanges.size(),
                skipReason(flow, app),
                new Opening(NO_BYTES, 0, -1, -1),
                events(flow),
                exchanges,
                ClientAcks.NONE,
                datagrams(flow));
    }

    private StreamSummary clientSummary(final UdpFlow flow, final @Nullable ByteBuffer changed) {
        if (changed == null) {
            return flow.client.summary(!isWithoutPayload(), options.sha256());
        }
        crc32c.reset();
        crc32c.update(changed.duplicate());
        return flow.client.summaryOf(crc32c.getValue(), options.sha256() ? Sha256.of(changed.duplicate()) : null);
    }

    private FlowRecord.@Nullable SkipReason skipReason(final UdpFlow flow, final FlowRecord.App app) {
        if (isWithoutPayload()) {
            return FlowRecord.SkipReason.HEADERS_ONLY;
        }
        final FlowRecord.SkipReason kind = kindNotReplayed(flow, app);
        if (kind != null) {
            return kind;
        }
        if (flow.client.isCut()) {
            return FlowRecord.SkipReason.TRUNCATED;
        }
        return flow.clientCount() == 0 ? FlowRecord.SkipReason.NO_CLIENT_BYTES : null;
    }

    /** Why conversations of its kind are not replayed, or null. */
    static FlowRecord.@Nullable SkipReason kindNotReplayed(final UdpFlow flow, final FlowRecord.App app) {
        if (flow.isToMany() || isDhcp(flow.lesserPort(), flow.greaterPort())) {
            return FlowRecord.SkipReason.MULTICAST;
        }
        if (app == FlowRecord.App.QUIC) {
            return FlowRecord.SkipReason.QUIC;
        }
        return app == FlowRecord.App.TLS ? FlowRecord.SkipReason.TLS : null;
    }

    private static boolean isDhcp(final int one, final int other) {
        return isDhcp(one) && isDhcp(other);
    }

    private static boolean isDhcp(final int port) {
        return port == DHCP_SERVER || port == DHCP_CLIENT || port == DHCPV6_CLIENT || port == DHCPV6_SERVER;
    }

    private static FlowRecord.App app(final UdpFlow flow) {
        final boolean fromClient = flow.clientCount() > 0;
        if (!fromClient && flow.serverCount() == 0) {
            return FlowRecord.App.UNKNOWN;
        }
        final int there = fromClient ? flow.clientCaplen(0) : flow.headLength(0);
        final ByteBuffer first = ByteBuffer.wrap(fromClient ? flow.payload() : flow.heads(), 0, there);
        return UdpApps.detect(first, flow.clientIsLesser ? flow.greaterPort() : flow.lesserPort(), fromClient);
    }

    /** Of the client's datagrams, queries that were sent again before their answers counted once. */
    private static int queries(final UdpFlow flow) {
        final DnsQueries queries = new DnsQueries();
        final ByteBuffer sent = ByteBuffer.wrap(flow.payload(), 0, flow.payloadLength());
        final ByteBuffer heads = ByteBuffer.wrap(flow.heads());
        int sentAt = 0;
        int headAt = 0;
        int answer = 0;
        for (int row = 0; row < flow.clientCount(); row++) {
            for (; answer < flow.gate(row); answer++) {
                queries.onServer(heads, headAt, flow.headLength(answer));
                headAt += flow.headLength(answer);
            }
            final int length = flow.clientCaplen(row);
            queries.onClient(sent, sentAt, length);
            sentAt += length;
        }
        return queries.size();
    }

    private static ClientEvents events(final UdpFlow flow) {
        final int size = flow.clientCount();
        final int[] lengths = new int[size];
        final long[] gates = new long[size];
        final long[] delaysNs = new long[size];
        final long[] sentNs = new long[size];
        final long[] missing = flow.client.isCut() ? new long[size] : ClientEvents.NOTHING_MISSING;
        for (int row = 0; row < size; row++) {
            lengths[row] = flow.clientLength(row);
            gates[row] = flow.gate(row);
            delaysNs[row] = flow.delayNs(row);
            sentNs[row] = flow.clientNs(row) - flow.startNs();
        }
        for (int row = 0; row < missing.length; row++) {
            missing[row] = (long) flow.clientLength(row) - flow.clientCaplen(row);
        }
        return new ClientEvents(
                new byte[size], new byte[size], lengths, new int[size], gates, delaysNs, sentNs, missing);
    }

    /** As of a stream: what was sent at one state of knowledge, and what came then; the heads are the datagrams'. */
    private Exchanges exchanges(final UdpFlow flow) {
        int size = 0;
        for (int row = 0; row < flow.clientCount(); row++) {
            size += row == 0 || flow.gate(row) != flow.gate(row - 1) ? 1 : 0;
        }
        final int[] firstEvents = new int[size];
        final int[] eventCounts = new int[size];
        final int[] requests = new int[size];
        final long[] responseBytes = new long[size];
        final long[] firstNs = new long[size];
        final long[] lastNs = new long[size];
        final long[] crcs = new long[size];
        final byte[][] heads = new byte[size][];
        Arrays.fill(requests, 1);
        Arrays.fill(heads, NO_BYTES);
        Arrays.fill(firstNs, -1);
        Arrays.fill(lastNs, -1);
        int row = 0;
        for (int i = 0; i < size; i++) {
            final int gate = flow.gate(row);
            firstEvents[i] = row;
            while (row < flow.clientCount() && flow.gate(row) == gate) {
                row++;
            }
            eventCounts[i] = row - firstEvents[i];
            final int end = row < flow.clientCount() ? flow.gate(row) : flow.serverCount();
            crcs[i] = end > gate ? 0 : -1;
            for (int datagram = gate; datagram < end; datagram++) {
                final int length = flow.serverLength(datagram);
                final long digest = flow.serverDigest(datagram);
                final long atNs = flow.serverNs(datagram) - flow.startNs();
                responseBytes[i] += length;
                crcs[i] = crcs[i] < 0 || digest < 0 ? -1 : digests.join(crcs[i], digest, length);
                firstNs[i] = datagram == gate ? atNs : firstNs[i];
                lastNs[i] = atNs;
            }
        }
        return new Exchanges(firstEvents, eventCounts, requests, responseBytes, firstNs, lastNs, crcs, heads);
    }

    private static ServerDatagrams datagrams(final UdpFlow flow) {
        final int size = flow.serverCount();
        final int[] lengths = new int[size];
        final long[] timesNs = new long[size];
        final long[] crcs = new long[size];
        final byte[][] heads = new byte[size][];
        int at = 0;
        for (int i = 0; i < size; i++) {
            lengths[i] = flow.serverLength(i);
            timesNs[i] = flow.serverNs(i) - flow.startNs();
            crcs[i] = flow.serverDigest(i);
            heads[i] = Arrays.copyOfRange(flow.heads(), at, at + flow.headLength(i));
            at += flow.headLength(i);
        }
        return new ServerDatagrams(lengths, timesNs, crcs, heads);
    }
}
