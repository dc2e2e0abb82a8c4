package io.tcpreplayj.flow;

import io.tcpreplayj.packet.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a flow when its client has sent its first bytes; the names are those of {@link FlowRecord}.
 *
 * @param established the client acknowledged the server's SYN
 * @param app what the bytes so far look like
 */
public record OpenFlow(
        long id,
        Endpoint client,
        Endpoint server,
        long tunnel,
        long startNs,
        boolean midstream,
        boolean established,
        FlowRecord.App app,
        Opening opening) {

    static OpenFlow of(final FlowBuilder flow, final FlowRecord.App app) {
        final StreamAssembler client = flow.client();
        final StreamAssembler server = flow.server();
        final boolean hasSyn = (client != null && client.hasSyn()) || (server != null && server.hasSyn());
        return new OpenFlow(
                flow.id(),
                flow.clientIsLesser() ? flow.lesser() : flow.greater(),
                flow.clientIsLesser() ? flow.greater() : flow.lesser(),
                flow.tunnel(),
                flow.startNs(),
                !hasSyn,
                flow.handshake().isEstablished(),
                app,
                flow.handshake().opening());
    }

    /** The same flow by another number, at a time by another clock. */
    public OpenFlow as(final long otherId, final long otherStartNs) {
        return new OpenFlow(otherId, client, server, tunnel, otherStartNs, midstream, established, app, opening);
    }

    /** Why it will not be replayable, as far as that is known by now; else null. */
    public FlowRecord.@Nullable SkipReason skipReason() {
        if (midstream) {
            return FlowRecord.SkipReason.MIDSTREAM;
        }
        if (!established) {
            return FlowRecord.SkipReason.UNESTABLISHED;
        }
        return app == FlowRecord.App.TLS ? FlowRecord.SkipReason.TLS : null;
    }
}
