package io.tcpreplayj.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** What tshark said of a capture, beside which ours is laid: JSON in both. */
final class TruthJson {
    private TruthJson() {}

    static String endpoint(final Object value) {
        return map(value).get("address") + ":" + map(value).get("port");
    }

    /** The truth files differ in whether they put brackets around an IPv6 address. */
    static String bare(final Object endpoint) {
        return String.valueOf(endpoint).replaceAll("[\\[\\]]", "");
    }

    static Map<String, Object> read(final Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return JSON.std.mapFrom(file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in);
        }
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> map(final Object value) {
        return (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    static List<Object> list(final Object value) {
        return (List<Object>) value;
    }
}
