package io.tcpreplayj.testdata;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The server's own account: nginx's log in the format {@code rec}. */
public final class AccessLog {
    /**
     * $msec $connection $connection_requests $remote_addr $remote_port $server_port $server_protocol "$request" $status
     * $request_length $body_bytes_sent $bytes_sent … ; nginx writes a quote inside a request as \x22.
     */
    private static final Pattern LINE = Pattern.compile(
            "([\\d.]+) (\\d+) (\\d+) (\\S+) (\\d+) (\\d+) (\\S+) \"([^\"]*)\" (\\d+) (\\d+) (\\d+) (\\d+) .*");

    private AccessLog() {}

    /**
     * One finished request.
     *
     * @param connection nginx's number of the connection, since it started
     * @param index of the request in its connection, from 1
     * @param request the request line
     * @param requestBytes line, headers and body
     */
    public record Entry(
            long connection,
            int index,
            String clientAddress,
            int clientPort,
            int serverPort,
            String request,
            int status,
            long requestBytes,
            long bodyBytesSent) {}

    /** All entries; an absent file is an empty log. A line of another form is an error, not passed over. */
    public static List<Entry> read(final Path log) {
        if (!Files.exists(log)) {
            return List.of();
        }
        try {
            // Byte for byte: requests may hold anything.
            return Files.readAllLines(log, StandardCharsets.ISO_8859_1).stream()
                    .map(AccessLog::parse)
                    .toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Entry parse(final String line) {
        final Matcher m = LINE.matcher(line);
        if (!m.matches()) {
            throw new IllegalArgumentException("not a line of format rec: " + line);
        }
        return new Entry(
                Long.parseLong(m.group(2)),
                Integer.parseInt(m.group(3)),
                m.group(4),
                Integer.parseInt(m.group(5)),
                Integer.parseInt(m.group(6)),
                m.group(8),
                Integer.parseInt(m.group(9)),
                Long.parseLong(m.group(10)),
                Long.parseLong(m.group(11)));
    }

    /**
     * The request lines of each connection in the order of the connection, keyed by the client's address and port. An
     * address and port used by two connections keep both lists apart by nginx's connection number.
     */
    public static Map<String, List<String>> requestsByConnection(final List<Entry> entries) {
        return entries.stream()
                .collect(Collectors.groupingBy(
                        entry -> entry.clientAddress() + ":" + entry.clientPort() + "#" + entry.connection(),
                        TreeMap::new,
                        Collectors.collectingAndThen(
                                Collectors.toList(),
                                list -> list.stream()
                                        .sorted(Comparator.comparingInt(Entry::index))
                                        .map(Entry::request)
                                        .toList())));
    }
}
