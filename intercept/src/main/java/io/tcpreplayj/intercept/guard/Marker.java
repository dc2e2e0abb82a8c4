package io.tcpreplayj.intercept.guard;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The name of a guard's table, by which guards and intercepts of one host know each other: {@code tjguard_KEY_PID}. Same key,
 * same targets and clients; the process is the intercept's.
 */
public record Marker(String key, long pid) {
    private static final String PREFIX = "tjguard_";
    private static final Pattern TABLE = Pattern.compile("table inet (tjguard_[0-9a-f]{8})_(\\d+)");

    /** @param what targets and clients, in words that are the same for the same ones */
    public static Marker of(final String what) {
        final CRC32C crc = new CRC32C();
        crc.update(what.getBytes(StandardCharsets.UTF_8));
        return new Marker(
                PREFIX + "%08x".formatted(crc.getValue()),
                ProcessHandle.current().pid());
    }

    public String table() {
        return key + "_" + pid;
    }

    /** Whether the intercept that set this is still there. */
    public boolean isAlive() {
        return ProcessHandle.of(pid).isPresent();
    }

    /** Those of this network namespace. */
    public static List<Marker> present() throws GuardException {
        final List<Marker> found = new ArrayList<>();
        final Matcher matcher = TABLE.matcher(listTables());
        while (matcher.find()) {
            found.add(new Marker(matcher.group(1), Long.parseLong(matcher.group(2))));
        }
        return found;
    }

    /** One whose intercept is there, or whose guard still waits for another successor than this. */
    public Optional<Marker> obstacle() throws GuardException {
        return present().stream()
                .filter(each -> each.isAlive() || !each.key.equals(key))
                .findFirst();
    }

    private static String listTables() throws GuardException {
        try {
            final Process nft = new ProcessBuilder(
                            "sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; LC_ALL=C exec nft list tables")
                    .redirectErrorStream(true)
                    .start();
            nft.getOutputStream().close();
            final String said = new String(nft.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (nft.waitFor() != 0) {
                throw new GuardException(said.strip().replaceFirst("\n.*", ""));
            }
            return said;
        } catch (final IOException e) {
            throw e instanceof GuardException said ? said : new GuardException("nft: " + e.getMessage());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GuardException("interrupted");
        }
    }
}
