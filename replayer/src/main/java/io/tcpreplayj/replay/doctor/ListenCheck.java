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
        final List<String> at = new ArrayList<>();
        collect(host.read("proc/net/tcp").orElse(""), target.port(), at);
        collect(host.read("proc/net/tcp6").orElse(""), target.port(), at);
        if (at.isEmpty()) {
            return Finding.fail(name(), "nothing listens on port " + target.port(), "start the server");
        }
        final boolean anywhere = at.stream().anyMatch(address -> address.matches("0+"));
        if (anywhere || at.contains(hex(target.address()))) {
            return Finding.ok(name(), "a server listens on port " + target.port());
        }
        return Finding.fail(
                name(),
                "a server listens on port " + target.port() + ", and at another address than " + target.address(),
                "let it listen there, or give its address: ss -ltn 'sport = :" + target.port() + "'");
    }
}
