package io.tcpreplayj.testdata;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The real command line as a child process, from the test's own class path, so that it needs no jar. Only tests of module
 * cli have it on their class path.
 */
public final class Commands {
    private static final String MAIN = "io.tcpreplayj.cli.Main";

    private final List<String> arguments;
    private final Map<String, String> environment = new TreeMap<>(Map.of("TZ", "UTC", "LC_ALL", "C.UTF-8"));
    private final List<String> jvmOptions = new ArrayList<>();
    private @Nullable Path directory;
    private @Nullable Netns netns;
    private Duration limit = Duration.ofSeconds(120);

    private Commands(final List<String> arguments) {
        this.arguments = arguments;
    }

    /** {@code tcpreplay-j} with these arguments, not started yet. */
    public static Commands tcpreplayj(final String... arguments) {
        return new Commands(List.of(arguments));
    }

    public Commands in(final Path workingDirectory) {
        directory = workingDirectory;
        return this;
    }

    /** Runs inside a namespace; root. */
    public Commands inside(final Netns namespace) {
        netns = namespace;
        return this;
    }

    public Commands with(final String variable, final String value) {
        environment.put(variable, value);
        return this;
    }

    public Commands jvm(final String option) {
        jvmOptions.add(option);
        return this;
    }

    public Commands within(final Duration most) {
        limit = most;
        return this;
    }

    /** Runs and waits. */
    public Exec.Result run() {
        return Exec.run(directory, environment, limit, line());
    }

    /** Starts and does not wait; for tests that signal or kill. */
    public Process start(final Path stdout, final Path stderr) throws IOException {
        return Exec.start(directory, environment, line(), stdout, stderr);
    }

    private List<String> line() {
        final List<String> line = new ArrayList<>();
        if (netns != null) {
            line.addAll(netns.prefix());
        }
        // As from a terminal, also where the tests themselves run in the background (nohup, a shell's &):
        // a JVM heeds no signal that it inherits as ignored.
        line.addAll(List.of("env", "--default-signal=HUP,INT,TERM"));
        line.addAll(java());
        line.addAll(jvmOptions);
        line.add(MAIN);
        line.addAll(arguments);
        return line;
    }

    /** The JVM that runs this test, with the options that the launcher would give. */
    public static List<String> java() {
        final List<String> java = jvm();
        java.addAll(ChildClasses.OPTIONS);
        return java;
    }

    /** The same, without its classes. */
    static List<String> jvm() {
        final List<String> java = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                "-Dkryo.unsafe=false"));
        if (Runtime.version().feature() >= 22) {
            java.add("--enable-native-access=ALL-UNNAMED");
        }
        return java;
    }

    /** Writes an executable {@code tcpreplay-j} into the directory: the launcher of tests, for shells. */
    public static Path installLauncher(final Path directory) {
        final StringBuilder script = new StringBuilder("#!/bin/sh\nexec");
        for (final String word : java()) {
            script.append(" '").append(word.replace("'", "'\\''")).append('\'');
        }
        script.append(' ').append(MAIN).append(" \"$@\"\n");
        try {
            final Path launcher = directory.resolve("tcpreplay-j");
            Files.writeString(launcher, script);
            Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
            return launcher;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
