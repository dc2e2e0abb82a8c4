package io.tcpreplayj.pcap;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** A tab-separated table beside the tests; lines that begin with # are its heading. */
final class TestTable {
    private TestTable() {}

    static List<String> lines(final String name) throws IOException {
        try (InputStream in = TestTable.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("no resource " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .collect(Collectors.toList());
        }
    }
}
