package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.Exec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the launcher hands a JVM, by one that only tells it. */
final class LauncherTest {
    @TempDir
    private Path directory;

    /** The JDK's word for EHOSTUNREACH, EPIPE, ENOSPC and others is strerror's, and they are told apart by it. */
    @Test
    void kernelErrorsAreEnglish_whateverTheLanguage() throws IOException {
        assertThat(locale(Map.of("LC_ALL", "de_DE.UTF-8", "LANG", "C"))).isEqualTo("unset C de_DE.UTF-8");
        assertThat(locale(Map.of("LANG", "de_DE.UTF-8", "LC_MESSAGES", "fr_FR")))
                .isEqualTo("unset C de_DE.UTF-8");
        assertThat(locale(Map.of("LC_CTYPE", "C.UTF-8", "LANG", "de_DE"))).isEqualTo("unset C C.UTF-8");
    }

    private String locale(final Map<String, String> environment) throws IOException {
        final Path launcher = directory.resolve("tcpreplay-j");
        Files.writeString(launcher, ProjectTree.read(ProjectTree.root().resolve("tcpreplay-j")));
        Files.write(directory.resolve("tcpreplay-j.jar"), new byte[0]);
        Files.writeString(directory.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
        final Path java = Files.createDirectories(directory.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\necho ${LC_ALL-unset} $LC_MESSAGES $LC_CTYPE\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        final StringBuilder set = new StringBuilder("unset LC_ALL LC_CTYPE LC_MESSAGES LANG; ");
        environment.forEach((name, value) ->
                set.append("export ").append(name).append('=').append(value).append("; "));
        set.append("JAVA_HOME=")
                .append(directory)
                .append(" exec sh ")
                .append(launcher)
                .append(" --version");
        return Exec.run(directory, Map.of(), Duration.ofSeconds(20), List.of("sh", "-c", set.toString()))
                .stdout()
                .strip();
    }
}
