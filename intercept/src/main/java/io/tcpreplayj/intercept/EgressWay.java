package io.tcpreplayj.intercept;

import io.tcpreplayj.intercept.guard.Connections;
import io.tcpreplayj.intercept.guard.Marker;
import io.tcpreplayj.intercept.guard.Rules;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.linux.SinkDevice;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@link Swallow#EGRESS}: netdev egress hooks (Linux 5.16) at the interfaces by which the clients' networks are reached forward
 * answers to a sink. Their sender's TCP sees them leave: no retransmission, no error (measured). Headers only are copied,
 * and super-segments stay whole.
 */
final class EgressWay implements Way {
    private final SinkDevice sink;
    private final ResponseTap tap;
    /** By their names. */
    private final Map<String, Link> devices;

    private EgressWay(final SinkDevice sink, final ResponseTap tap, final Map<String, Link> devices) {
        this.sink = sink;
        this.tap = tap;
        this.devices = devices;
    }

    static EgressWay open(final TargetHost.Request request) throws IOException {
        final Map<String, Link> devices = devices(request.connections());
        final SinkDevice sink = SinkDevice.open();
        boolean done = false;
        try {
            final ResponseTap tap = request.frames()
                    .open(sink.link(), PacketFilter.everything(request.snaplen()), request.snaplen(), true);
            done = true;
            return new EgressWay(sink, tap, devices);
        } finally {
            if (!done) {
                sink.close();
            }
        }
    }

    private static Map<String, Link> devices(final Connections connections)
            throws LinuxException, KernelRulesException {
        final Map<String, Link> devices = new TreeMap<>();
        for (final Connections.Pair pair : connections.pairs()) {
            for (final Link device : ClientRoute.to(pair).links()) {
                check(device, pair);
                devices.put(device.name(), device);
            }
        }
        return devices;
    }

    /** Where answers to a network leave: there must be a next hop, or the kernel would look for the clients themselves. */
    private static void check(final Link device, final Connections.Pair pair) throws KernelRulesException {
        if (!device.ethernet() || device.loopback()) {
            throw new KernelRulesException(
                    "the clients in " + pair.network() + " are reached by " + device.name()
                            + ", which is no Ethernet device",
                    "give --clients a network behind a gateway");
        }
    }

    @Override
    public ResponseTap tap() {
        return tap;
    }

    @Override
    public Rules rules(final Connections connections, final Marker marker) {
        return new Rules(
                new AnswerRules(connections, marker.table())
                        .forward(devices.keySet(), sink.link().name()),
                "",
                "");
    }

    @Override
    public String mode() {
        return Swallow.EGRESS.word() + " at " + String.join(", ", devices.keySet()) + " into "
                + sink.link().name();
    }

    /** A hook goes with its device; before Linux 6.16 its chain goes, too, and does not come back with one of that name. */
    @Override
    public boolean holds() {
        return devices.values().stream().allMatch(Link::hasItsName);
    }

    @Override
    public void close() {
        tap.close();
        sink.close();
    }
}
