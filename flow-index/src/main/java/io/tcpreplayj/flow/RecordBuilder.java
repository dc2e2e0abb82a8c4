package io.tcpreplayj.flow;

import io.tcpreplayj.packet.Endpoint;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Turns a finished {@link FlowBuilder} into a {@link FlowRecord} and gives its verdict. */
final class RecordBuilder {
    private static final StreamSummary NOTHING_SEEN = new StreamSummary(0, 0, 0, 0, 0, 0, 0, 0, null);
    private static final byte[] NO_BYTES = {};
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final CRC32C crc32c = new CRC32C();

    /** Hands {@code flow}, finished and gathered, to {@code sink}; returns what it got. */
    FlowRecord emit(final FlowBuilder flow, final FlowSink sink) {
        final ClientLog log = flow.logs().clientOrNull();
        final ByteBuffer bytes = log == null ? NOTHING : log.bytes();
        final FlowRecord record = build(flow, bytes);
        sink.onFlow(record, isWithoutPayload(flow) ? NOTHING.duplicate() : bytes.duplicate());
        return record;
    }

    private static boolean isWithoutPayload(final FlowBuilder flow) {
        return flow.options().kept() == PayloadKept.NONE;
    }

    private FlowRecord build(final FlowBuilder flow, final ByteBuffer bytes) {
        final FlowRecord.App app = app(flow, bytes);
        final Exchanges exchanges = new ExchangesBuilder(flow).build(app);
        final Endpoint lesser = flow.lesser();
        final Endpoint greater = flow.greater();
        final StreamAssembler client = flow.client();
        final StreamAssembler server = flow.server();
        final boolean serverSyn = server != null && server.hasSyn();
        return new FlowRecord(
                flow.id(),
                flow.captureId(),
                flow.clientIsLesser() ? lesser : greater,
                flow.clientIsLesser() ? greater : lesser,
                flow.tunnel(),
                flow.startNs(),
                flow.endNs(),
                clientSummary(flow, bytes),
                serverSummary(flow),
                flow.handshake().seen(serverSyn),
                close(client, server),
                !serverSyn && (client == null || !client.hasSyn()),
                app,
                requests(app, exchanges),
                skipReason(flow, app),
                flow.handshake().opening(),
                EventsBuilder.build(flow),
                exchanges,
                acks(flow),
                null);
    }

    private static ClientAcks acks(final FlowBuilder flow) {
        final AckLog log = flow.logs().acksOrNull();
        final StreamAssembler server = flow.server();
        return log == null || server == null ? ClientAcks.NONE : log.acks(server.startPosition());
    }

    private static FlowRecord.App app(final FlowBuilder flow, final ByteBuffer bytes) {
        final ClientLog log = flow.logs().clientOrNull();
        final FlowRecord.App known = log == null ? null : log.knownApp();
        if (known != null) {
            return known;
        }
        final byte[] beginning = new byte[Math.min(FlowBuilder.BEGINNING_BYTES, bytes.limit())];
        bytes.get(0, beginning);
        final AnswerLog answers = flow.logs().answersOrNull();
        return AppDetector.detect(beginning, beginning.length, answers == null ? NO_BYTES : answers.greeting());
    }

    private StreamSummary clientSummary(final FlowBuilder flow, final ByteBuffer bytes) {
        final StreamAssembler client = flow.client();
        if (client == null) {
            return NOTHING_SEEN;
        }
        final ClientLog log = flow.logs().clientOrNull();
        if (isWithoutPayload(flow) || flow.isTorn() || !client.isWhole() || (log != null && log.isFull())) {
            return client.summary(flow.server(), -1, null);
        }
        crc32c.reset();
        crc32c.update(bytes.duplicate());
        final String sha256 = flow.options().sha256() ? Sha256.of(bytes.duplicate()) : null;
        return client.summary(flow.server(), crc32c.getValue(), sha256);
    }

    private static StreamSummary serverSummary(final FlowBuilder flow) {
        final StreamAssembler server = flow.server();
        if (server == null) {
            return NOTHING_SEEN;
        }
        if (isWithoutPayload(flow)) {
            return server.summary(flow.client(), -1, null);
        }
        final AnswerLog answers = flow.logs().answersOrNull();
        if (answers == null || flow.isTorn() || !server.isWhole()) {
            return server.summary(flow.client(), server.isWhole() && !flow.isTorn() ? 0 : -1, null);
        }
        return server.summary(flow.client(), answers.digest(), answers.sha256());
    }

    private static FlowRecord.Close close(final @Nullable StreamAssembler one, final @Nullable StreamAssembler other) {
        if ((one != null && one.hasReset()) || (other != null && other.hasReset())) {
            return FlowRecord.Close.RST;
        }
        final boolean oneFin = one != null && one.hasFin();
        final boolean otherFin = other != null && other.hasFin();
        if (oneFin && otherFin) {
            return FlowRecord.Close.FIN;
        }
        return oneFin || otherFin ? FlowRecord.Close.HALF : FlowRecord.Close.NONE;
    }

    private static int requests(final FlowRecord.App app, final Exchanges exchanges) {
        if (app != FlowRecord.App.HTTP) {
            return exchanges.size();
        }
        int requests = 0;
        for (int i = 0; i < exchanges.size(); i++) {
            requests += exchanges.requests(i);
        }
        return requests;
    }

    private static FlowRecord.@Nullable SkipReason skipReason(final FlowBuilder flow, final FlowRecord.App app) {
        if (isWithoutPayload(flow)) {
            return FlowRecord.SkipReason.HEADERS_ONLY;
        }
        final StreamAssembler client = flow.client();
        final StreamAssembler server = flow.server();
        final boolean serverSyn = server != null && server.hasSyn();
        if (!serverSyn && (client == null || !client.hasSyn())) {
            return FlowRecord.SkipReason.MIDSTREAM;
        }
        if (client == null || !flow.handshake().isEstablished()) {
            return FlowRecord.SkipReason.UNESTABLISHED;
        }
        if (flow.isTorn() || client.gapBytes() > 0 || !client.isInOrder() || isClientTailLost(client, server)) {
            return FlowRecord.SkipReason.GAP;
        }
        if (client.isTruncated()) {
            return FlowRecord.SkipReason.TRUNCATED;
        }
        final ClientLog log = flow.logs().clientOrNull();
        if (log == null || (log.length() == 0 && !log.isFull())) {
            return FlowRecord.SkipReason.NO_CLIENT_BYTES;
        }
        if (log.isFull()) {
            return FlowRecord.SkipReason.CAPACITY;
        }
        return app == FlowRecord.App.TLS ? FlowRecord.SkipReason.TLS : null;
    }

    /** One byte acknowledged beyond the last one seen is a FIN that the capture missed; more is data. */
    private static boolean isClientTailLost(final StreamAssembler client, final @Nullable StreamAssembler server) {
        return client.unseenBytes(server) > (client.hasFin() ? 0 : 1);
    }
}
