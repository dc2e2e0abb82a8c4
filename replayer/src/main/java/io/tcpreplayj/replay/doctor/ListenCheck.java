package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Whether a server listens here at the address that is asked for (proc(5), /proc/net/tcp). */
final class ListenCheck implements Check {
    private static final String LISTEN = "0A";
    /** ::ffff:0:0/96, where a socket of both families listens at an IPv4 address (RFC 4291 2.5.5.2). */
    private static final String MAPPED =
            "0000000000000000" + (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? "FFFF0000" : "0000FFFF");

    /** Where this host listens on a port: words of /proc/net/tcp and tcp6. */
    private static List<String> listeners(final Host host, final int port) {
        final List<String> at = new ArrayList<>();
        collect(host.read("proc/net/tcp").orElse(""), port, at);
        collect(host.read("proc/net/tcp6").orElse(""), port, at);
        return at;
    }

    private static boolean covers(final List<String> listeners, final IpAddress address) {
        final String exact = hex(address);
        final String mapped = MAPPED + exact;
        return listeners.stream().anyMatch(each -> each.matches("0+") || each.equals(exact) || each.equals(mapped));
    }

    /** Whether something of this host takes connections there. */
    static boolean listens(final Host host, final Endpoint at) {
        return covers(listeners(host, at.port()), at.address());
    }

    /** Addresses stand there as words of 32 bits in the machine's own order. */
    private static void collect(final String table, final int port, final List<String> at) {
        final String suffix = String.format(Locale.ROOT, ":%04X", port);
        for (final String line : table.split("\n", -1)) {
            final String[] columns = line.strip().split(" +");
            if (columns.length > 3 && columns[1].endsWith(suffix) && columns[3].equals(LISTEN)) {
                at.add(columns[1].substring(0, columns[1].indexOf(':')));
            }
        }
    }

    private static String hex(final IpAddress address) {
        final ByteBuffer bytes = ByteBuffer.wrap(address.toBytes());
        final ByteBuffer words = ByteBuffer.allocate(bytes.capacity()).order(ByteOrder.nativeOrder());
        while (bytes.hasRemaining()) {
            words.putInt(bytes.getInt());
        }
        return HexFormat.of().withUpperCase().formatHex(words.array());
    }

    @Override
    public String name() {
        return "listens";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        if (patient.route() == null || !patient.route().local()) {
            return null;
        }
        final Endpoint target = patient.target();
        final List<String> at = listeners(host, target.port());
        if (at.isEmpty()) {
            return Finding.fail(name(), "nothing listens on port " + target.port(), "start the server");
        }
        if (covers(at, target.address())) {
            return Finding.ok(name(), "a server listens on port " + target.port());
        }
        return Finding.fail(
                name(),
                "a server listens on port " + target.port() + ", and at another address than " + target.address(),
                "let it listen there, or give its address: ss -ltn 'sport = :" + target.port() + "'");
    }
}
