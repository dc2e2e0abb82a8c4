package io.tcpreplayj.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A line of {@code replay --sessions}.
 *
 * @param client the live one, {@code address:port}; empty when it never had one
 */
record Session(
        long flow,
        int copy,
        String client,
        String state,
        long serverReceived,
        long clientRetransmitted,
        long different,
        @Nullable Integer firstDifferent) {

    static List<Session> read(final Path file) throws IOException {
        final List<Session> sessions = new ArrayList<>();
        for (final String line : Files.readAllLines(file)) {
            final Map<String, Object> fields = JSON.std.mapFrom(line);
            sessions.add(new Session(
                    number(fields, "flow"),
                    (int) number(fields, "copy"),
                    fields.get("client") == null ? "" : endpoint(fields, "client"),
                    String.valueOf(fields.get("state")),
                    number(fields, "serverReceived"),
                    number(fields, "clientRetransmitted"),
                    number(fields, "different"),
                    (Integer) fields.get("firstDifferent")));
        }
        return sessions;
    }

    /** {@code address:port} of a field {@code {"address":…,"port":…}}. */
    static String endpoint(final Map<String, Object> fields, final String name) {
        final Map<?, ?> endpoint = (Map<?, ?>) fields.get(name);
        return endpoint.get("address") + ":" + endpoint.get("port");
    }

    int clientPort() {
        return Integer.parseInt(client.substring(client.lastIndexOf(':') + 1));
    }

    /** As Java writes the addresses of sockets, those of IPv6 without {@code ::}. */
    String normalisedClient() {
        final int colon = client.lastIndexOf(':');
        try {
            return colon < 0
                    ? client
                    : InetAddress.getByName(client.substring(0, colon)).getHostAddress() + client.substring(colon);
        } catch (final UnknownHostException e) {
            throw new IllegalStateException(client + " is no address", e);
        }
    }

    private static long number(final Map<String, Object> fields, final String name) {
        return ((Number) fields.get(name)).longValue();
    }
}
