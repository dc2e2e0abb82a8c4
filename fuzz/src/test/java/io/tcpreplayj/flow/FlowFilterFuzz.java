package io.tcpreplayj.flow;

import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Input: a filter in UTF-8. */
public final class FlowFilterFuzz {
    private static final List<FlowRecord> FLOWS = flows();

    private FlowFilterFuzz() {}

    private static List<FlowRecord> flows() {
        try (FlowDb db = FlowDb.open(Seeds.testdata("flowdb").resolve("v1.tfdb"))) {
            final List<FlowRecord> flows = new ArrayList<>();
            db.forEach(flows::add);
            return flows;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, bytes -> filter(new String(bytes, StandardCharsets.UTF_8)));
    }

    private static void filter(final String text) {
        final FlowFilter filter;
        try {
            filter = FlowFilter.parse(text);
        } catch (final FilterException e) {
            if (e.column() < 0 || e.column() > text.length() || e.getMessage().isEmpty()) {
                throw new AssertionError("column " + e.column() + " of " + text.length(), e);
            }
            return;
        }
        final FlowFilter again = FlowFilter.parse(filter.toString());
        for (final FlowRecord flow : FLOWS) {
            if (again.test(flow) != filter.test(flow)) {
                throw new AssertionError("not the same filter: " + filter);
            }
        }
    }

    public static List<byte[]> seeds() {
        return Stream.of(
                        "id == 7",
                        "clientBytes > 1.4k && clientBytes < 1.6k || not replayable",
                        "durationNs > 2400ms and !(startNs <= 1700000000s)",
                        "client in 10.0.0.0/8 && server == [2001:db8::2]:6379",
                        "app ~ \"ht\" or reason == 'midstream' or handshake != full",
                        "server.port == 80 && client.address != ::ffff:10.0.0.1",
                        "((truncated == false)) || midstream",
                        "clientSha256 ~ c1 && serverDigest == 89abcdef && close == rst")
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }
}
