package io.tcpreplayj.replay;

import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.BitSet;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * This host's own address with ports that its kernel never picks by itself: each session of the run gets one, none is used
 * twice. Where the ports begin differs from run to run.
 */
public final class PortPool implements LocalEndpoints {
    private final IpAddress address;
    private final int[] ports;
    private final int needed;
    private int used;
    private int more;
    private int round;
    private final int base;

    /**
     * @param range outside the kernel's ephemeral range
     * @param reserved ports of it that are not ours
     * @param needed sessions that the plan will have
     * @param base any number; where among the ports to begin
     * @throws UserException when {@code needed} exceeds the ports there are
     */
    public PortPool(
            final IpAddress address, final PortRange range, final BitSet reserved, final int needed, final int base) {
        this.ports = IntStream.rangeClosed(range.first(), range.last())
                .filter(port -> !reserved.get(port))
                .toArray();
        if (needed > ports.length) {
            throw new UserException(
                    "the plan needs " + needed + " client ports, and " + address + " has " + ports.length
                            + " outside the kernel's ephemeral range",
                    "choose fewer --copies or flows (--sample, --max-flows), or narrow net.ipv4.ip_local_port_range");
        }
        this.address = address;
        this.needed = needed;
        this.base = ports.length == 0 ? 0 : Math.floorMod(base, ports.length);
    }

    /** What the plan needs of what there is, for people. */
    String room() {
        return needed + " of " + ports.length + " ports of " + address + " that its kernel never picks";
    }

    @Override
    public Endpoint next(final IpAddress capturedClient) {
        if (used == needed) {
            throw new IllegalStateException("the plan asked for more than the " + needed + " ports it announced");
        }
        return new Endpoint(address, ports[(base + used++) % ports.length]);
    }

    @Override
    public @Nullable Endpoint again(final IpAddress capturedClient, final Predicate<Endpoint> taken) {
        for (int tried = 0; tried < ports.length; tried++) {
            round = (round + 1) % ports.length;
            final Endpoint endpoint = new Endpoint(address, ports[(base + round) % ports.length]);
            if (!taken.test(endpoint)) {
                return endpoint;
            }
        }
        return null;
    }

    @Override
    public @Nullable Endpoint another(final IpAddress capturedClient) {
        return needed + more == ports.length
                ? null
                : new Endpoint(address, ports[(base + needed + more++) % ports.length]);
    }
}
