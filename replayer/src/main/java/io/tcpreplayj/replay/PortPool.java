package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;

/**
 * This host's own address with ports that its kernel never picks by itself: each session of the run gets one, none is used
 * twice. Where the ports begin differs from run to run.
 */
public final class PortPool implements LocalEndpoints {
    private final IpAddress address;
    private final int[] ports;
    private final int needed;
    private int used;
    private final int base;

    /**
     * @param ports free for us: outside the kernel's ephemeral range and not reserved
     * @param needed sessions that the plan will have, for the message
     * @param base any number; where in {@code ports} to begin
     * @throws UserException when {@code needed} exceeds the ports there are
     */
    public PortPool(final IpAddress address, final int[] ports, final int needed, final int base) {
        if (needed > ports.length) {
            throw new UserException(
                    "the plan needs " + needed + " client ports, and " + address + " has " + ports.length
                            + " outside the kernel's ephemeral range",
                    "choose fewer --copies or flows (--sample, --max-flows), or narrow net.ipv4.ip_local_port_range");
        }
        this.address = address;
        this.ports = ports.clone();
        this.needed = needed;
        this.base = ports.length == 0 ? 0 : Math.floorMod(base, ports.length);
    }

    @Override
    public Endpoint next(final IpAddress capturedClient) {
        if (used == needed) {
            throw new IllegalStateException("the plan asked for more than the " + needed + " ports it announced");
        }
        return new Endpoint(address, ports[(base + used++) % ports.length]);
    }
}
