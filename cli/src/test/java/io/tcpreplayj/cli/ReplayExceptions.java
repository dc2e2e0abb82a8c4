package io.tcpreplayj.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The committed table of connections whose requests cannot all arrive. */
final class ReplayExceptions {
    private ReplayExceptions() {}

    /** By "capture client": the request lines that are expected instead of the recorded server's. */
    static Map<String, List<String>> read() throws IOException {
        final Map<String, List<String>> table = new HashMap<>();
        try (InputStream in = ReplayExceptions.class.getResourceAsStream("replay-exceptions.tsv")) {
            if (in == null) {
                throw new IOException("replay-exceptions.tsv is not on the class path");
            }
            final BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty() || line.startsWith("#")) {
                    continue;
                }
                final String[] columns = line.split("\t", -1);
                final List<String> requests = new ArrayList<>();
                for (final String request : columns[2].split("\\|", -1)) {
                    if (!request.isEmpty()) {
                        requests.add(request);
                    }
                }
                table.put(columns[0] + " " + columns[1], requests);
            }
        }
        return table;
    }
}
