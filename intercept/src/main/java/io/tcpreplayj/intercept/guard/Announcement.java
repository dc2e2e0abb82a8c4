package io.tcpreplayj.intercept.guard;

import io.tcpreplayj.linux.AbstractName;
import io.tcpreplayj.linux.LinuxException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Says to the guards of a dead intercept that another one for the same targets and clients is on its way: one that begins on
 * a busy host may need longer than they would wait. It is gone when that one is there, or dead.
 */
public final class Announcement implements AutoCloseable {
    /** Behind a guard's key, the name that is taken. */
    static final String SUFFIX = "_coming";

    private static final Path NAMES = Path.of("/proc/net/unix");
    private static final Pattern NAME = Pattern.compile(" @" + Marker.PREFIX + "[0-9a-f]{8}" + SUFFIX + "$");

    private final @Nullable AbstractName name;

    private Announcement(final @Nullable AbstractName name) {
        this.name = name;
    }

    /** Announces the intercept that this process will be. */
    public static Announcement of(final Connections connections) {
        try {
            return new Announcement(AbstractName.take(Marker.key(connections.filter()) + SUFFIX));
        } catch (final LinuxException e) {
            // Somebody else is on its way, too, and guards wait for either.
            return nothing();
        }
    }

    /** Whether any intercept of this network namespace is announced (proc_net(5), unix). */
    static boolean isMade() throws GuardException {
        // Others' names are any bytes.
        try (Stream<String> names = Files.lines(NAMES, StandardCharsets.ISO_8859_1)) {
            return names.anyMatch(line -> NAME.matcher(line).find());
        } catch (final IOException | UncheckedIOException e) {
            throw new GuardException(NAMES + ": " + e.getMessage());
        }
    }

    /** Where no guard waits. */
    public static Announcement nothing() {
        return new Announcement(null);
    }

    /** The intercept is there: from now on its table speaks for it. */
    public void fulfil() {
        close();
    }

    @Override
    public void close() {
        if (name != null) {
            name.close();
        }
    }
}
