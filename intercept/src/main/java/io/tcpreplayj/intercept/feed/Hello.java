package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * How a replayer introduces itself.
 *
 * @param session random, the same when it comes back after a cut
 * @param lastBatch number of the last batch that it has; 0 for none
 * @param clients networks that its clients live in; one of prefix length 0 stands for all of its family that are served
 * @param ports theirs
 * @param targets whose answers it wants, one to {@link #MAX_TARGETS}
 * @param payloadBytes how much of each segment's payload it would like (0 to 65535)
 * @param program name and version, for people
 */
record Hello(
        UUID session,
        long lastBatch,
        List<Cidr> clients,
        PortRange ports,
        List<Endpoint> targets,
        int payloadBytes,
        String program) {
    static final int MAX_TARGETS = 64;

    /** The same replayer with other clients. */
    Hello withClients(final List<Cidr> others) {
        return new Hello(session, lastBatch, others, ports, targets, payloadBytes, program);
    }

    void encode(final ByteBuffer out) {
        Fields.putId(out, session);
        out.putLong(lastBatch);
        Fields.putNetworks(out, clients);
        out.putShort((short) ports.first()).putShort((short) ports.last());
        out.putShort((short) payloadBytes);
        out.put((byte) targets.size());
        for (final Endpoint target : targets) {
            Fields.putEndpoint(out, target);
        }
        Fields.putText(out, program);
    }

    static Hello decode(final ByteBuffer in) throws FeedException {
        final UUID session = Fields.getId(in);
        final long lastBatch = in.getLong();
        final List<Cidr> clients = Fields.getNetworks(in);
        final int first = Fields.getPort(in);
        final int last = Fields.getPort(in);
        if (first > last || lastBatch < 0) {
            throw new FeedException("ports " + first + " to " + last + ", batch " + lastBatch);
        }
        final int payloadBytes = in.getShort() & 0xffff;
        final int count = in.get() & 0xff;
        if (count == 0 || count > MAX_TARGETS) {
            throw new FeedException(count + " targets");
        }
        final List<Endpoint> targets = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            targets.add(Fields.getEndpoint(in));
        }
        return new Hello(
                session,
                lastBatch,
                clients,
                new PortRange(first, last),
                List.copyOf(targets),
                payloadBytes,
                Fields.getText(in));
    }
}
