package io.tcpreplayj.testdata;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** What a test needs of the machine. Without it the test is skipped, never in silence; with {@code CI=true} it fails. */
public final class Privileges {
    /** Forked by process 0, as process 1 is (rest_init of init/main.c). */
    private static final Path KTHREADD = Path.of("/proc/2/comm");

    private Privileges() {}

    /** Root, able to make network namespaces, and these commands. */
    public static void needRootAnd(final String... commands) {
        if (!"root".equals(System.getProperty("user.name"))) {
            missing("root, to make network namespaces");
        }
        need(commands);
    }

    /** These commands, on {@code PATH} or in {@code /usr/sbin}. */
    public static void need(final String... commands) {
        for (final String command : commands) {
            if (!isInstalled(command)) {
                missing("the command " + command + " (make setup)");
            }
        }
    }

    /** Whether a command is on {@code PATH} or in {@code /usr/sbin}. */
    public static boolean isInstalled(final String command) {
        final String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
        return Arrays.stream(path.split(":")).anyMatch(dir -> Files.isExecutable(Path.of(dir, command)));
    }

    /** Whether process 1 is the host's own, as it is not in a container: only there the kernel's threads are to be seen. */
    public static boolean seesTheHostsProcesses() {
        try {
            return Files.readString(KTHREADD).strip().equals("kthreadd");
        } catch (final IOException e) {
            return false;
        }
    }

    static void missing(final String what) {
        final String message = "SKIPPED: this test needs " + what;
        if ("true".equals(System.getenv("CI"))) {
            Assertions.fail(message + ", and CI=true allows no such skip");
        }
        System.err.println(message);
        Assumptions.abort(message);
    }
}
