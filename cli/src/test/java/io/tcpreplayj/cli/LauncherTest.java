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

    /** Production comes first, where its packets are captured. */
    @Test
    void liveThatCaptures_isNice_andOnlyThat() throws IOException {
        assertThat(run("echo $(nice)", "live -i eth0 --target 10.0.0.9:80")).isEqualTo("10");
        assertThat(run("echo $(nice)", "-v live -i eth0 --forward 10.0.0.7")).isEqualTo("10");
        assertThat(run("echo $(nice)", "live --listen :36524 --target 10.0.0.9:80"))
                .isEqualTo("0");
        assertThat(run("echo $(nice)", "replay flows.tfdb --target 10.0.0.9:80"))
                .isEqualTo("0");
    }

    private String locale(final Map<String, String> environment) throws IOException {
        final StringBuilder set = new StringBuilder("unset LC_ALL LC_CTYPE LC_MESSAGES LANG; ");
        environment.forEach((name, value) ->
                set.append("export ").append(name).append('=').append(value).append("; "));
        return run(set.toString(), "echo ${LC_ALL-unset} $LC_MESSAGES $LC_CTYPE", "--version");
    }

    private String run(final String java, final String words) throws IOException {
        return run("", java, words);
    }

    /**
     * What a JVM says that is this shell script.
     *
     * @param before shell, ahead of the launcher
     */
    private String run(final String before, final String script, final String words) throws IOException {
        final Path launcher = directory.resolve("tcpreplay-j");
        Files.writeString(launcher, ProjectTree.read(ProjectTree.root().resolve("tcpreplay-j")));
        Files.write(directory.resolve("tcpreplay-j.jar"), new byte[0]);
        Files.writeString(directory.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
        final Path java = Files.createDirectories(directory.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        final String line = before + "JAVA_HOME=" + directory + " exec sh " + launcher + " " + words;
        return Exec.run(directory, Map.of(), Duration.ofSeconds(20), List.of("sh", "-c", line))
                .stdout()
                .strip();
    }
}
