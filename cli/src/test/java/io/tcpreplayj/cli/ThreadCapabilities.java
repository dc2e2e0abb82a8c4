package io.tcpreplayj.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A thread of another process and its effective capabilities (capabilities(7)), as the kernel has them.
 *
 * @param name the first fifteen letters of it
 */
record ThreadCapabilities(String name, long effective) {
    static final long NET_ADMIN = 1L << 12;
    static final long NET_RAW = 1L << 13;
    /** And CAP_DAC_READ_SEARCH: the JVM opens files. As {@code io.tcpreplayj.linux.Unprivileged} says. */
    static final long RAW = NET_RAW | 1L << 2;
    /** With what goes with root's files, and ports below 1024. */
    static final long FILES_AND_PORTS = RAW | 1L << 1 | 1L << 3 | 1L << 10;

    private static final int LONGEST_NAME = 15;

    /** Of all threads of a process whose names begin so. */
    static List<ThreadCapabilities> of(final long pid, final String prefix) throws IOException {
        final String begins = prefix.substring(0, Math.min(prefix.length(), LONGEST_NAME));
        final List<ThreadCapabilities> found = new ArrayList<>();
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
            for (final Path task : tasks.toList()) {
                try {
                    final String status = Files.readString(task.resolve("status"));
                    if (field(status, "Name").startsWith(begins)) {
                        found.add(new ThreadCapabilities(
                                field(status, "Name"), Long.parseUnsignedLong(field(status, "CapEff"), 16)));
                    }
                } catch (final NoSuchFileException e) {
                    // It has ended meanwhile.
                }
            }
        }
        return found;
    }

    private static String field(final String status, final String name) {
        return status.lines()
                .filter(line -> line.startsWith(name + ":\t"))
                .map(line -> line.substring(name.length() + 2))
                .findFirst()
                .orElseThrow();
    }

    boolean has(final long capability) {
        return (effective & capability) != 0;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s %016x", name, effective);
    }
}
