package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flag;
import io.tcpreplayj.cli.flags.HostPort;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Where intercepts listen, as typed: {@code HOST[:PORT]}, {@code :PORT} or {@code unix:PATH}. */
final class FeedAddresses {
    private static final String UNIX = "unix:";

    private FeedAddresses() {}

    static FeedAddress parse(final Flag flag, final String text, final HostPort hostPort) {
        if (text.startsWith(UNIX)) {
            return FeedAddress.unix(Path.of(text.substring(UNIX.length())));
        }
        if (text.startsWith(":")) {
            return FeedAddress.anyAddress(hostPort.parse(flag, "0.0.0.0" + text).port());
        }
        final Endpoint endpoint = hostPort.parse(flag, withPort(text));
        return FeedAddress.tcp(endpoint.address().toInetAddress(), endpoint.port());
    }

    /** Of several, separated by commas. */
    static List<FeedAddress> parseAll(final Flag flag, final List<String> texts, final HostPort hostPort) {
        final List<FeedAddress> all = new ArrayList<>();
        for (final String text : texts) {
            for (final String each : text.split(",", -1)) {
                all.add(parse(flag, each, hostPort));
            }
        }
        return all;
    }

    /** Those that a network leads to: what goes there is ours, and must not be captured. */
    static List<Endpoint> endpoints(final Collection<FeedAddress> addresses) {
        final List<Endpoint> endpoints = new ArrayList<>();
        for (final FeedAddress address : addresses) {
            if (address.socket() instanceof InetSocketAddress tcp) {
                endpoints.add(new Endpoint(IpAddress.of(tcp.getAddress()), tcp.getPort()));
            }
        }
        return endpoints;
    }

    private static String withPort(final String text) {
        final boolean bareV6 = text.endsWith("]");
        return bareV6 || text.indexOf(':') < 0 ? text + ":" + FeedAddress.DEFAULT_PORT : text;
    }
}
