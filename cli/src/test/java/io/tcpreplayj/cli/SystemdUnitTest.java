package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The units in {@code docs/systemd}; that capabilities are enough is {@link TargetHostIT}'s and {@link LiveIT}'s matter. */
final class SystemdUnitTest {
    private static final Path UNITS = ProjectTree.root().resolve("docs/systemd");
    private static final String INTERCEPT = "tcpreplay-j-intercept.service";
    private static final String LIVE = "tcpreplay-j-live.service";
    private static final String FORWARD = "tcpreplay-j-live-forward.service";
    private static final String LISTEN = "tcpreplay-j-live-listen.service";

    @TempDir
    private Path directory;

    /** What a line of the intercept's unit says. */
    static String setting(final String name) throws IOException {
        return setting(INTERCEPT, name);
    }

    private static String setting(final String unit, final String name) throws IOException {
        final List<String> values = Files.readAllLines(UNITS.resolve(unit)).stream()
                .filter(line -> line.startsWith(name + "="))
                .map(line -> line.substring(name.length() + 1))
                .toList();
        assertThat(values).as(name).hasSize(1);
        return values.get(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {INTERCEPT, LIVE, FORWARD, LISTEN})
    void exposure_isTwoOfTen(final String unit) {
        Privileges.need("systemd-analyze");
        final Exec.Result result = Exec.run(
                "systemd-analyze",
                "security",
                "--offline=true",
                "--threshold=20",
                UNITS.resolve(unit).toString());
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {INTERCEPT, LIVE, FORWARD, LISTEN})
    void systemd_knowsEverySetting(final String unit) {
        Privileges.need("systemd-analyze");
        final Exec.Result result =
                Exec.run("systemd-analyze", "verify", UNITS.resolve(unit).toString());
        final List<String> complaints = result.stderr()
                .lines()
                // It is not installed where it is tested.
                .filter(line -> line.contains(unit) && !line.contains("/usr/local/bin/tcpreplay-j is not executable"))
                .toList();
        assertThat(complaints).isEmpty();
    }

    /** The two that capture come as far as their interface, the one that listens to the end of its time. */
    @ParameterizedTest
    @CsvSource({
        LIVE + ", 2, no interface none-such",
        FORWARD + ", 2, no interface none-such",
        LISTEN + ", 0, listening at "
    })
    void commandOfLive_isUnderstood(final String unit, final int exit, final String said) throws IOException {
        Files.writeString(directory.resolve("live.filter"), "tcp port 80");
        assertThat(new Run().main("keys", "-q", directory.resolve("keys")).exit())
                .isZero();
        final String command = setting(unit, "ExecStart")
                .replace("${INTERFACE}", "none-such")
                .replace("${RECEIVER}", "127.0.0.1:36524")
                .replace("${LISTEN}", "unix:" + directory.resolve("door"))
                .replace("$OPTIONS", "--duration 1ms")
                .replaceAll("\\$\\{[A-Z]+_DIRECTORY}|/etc/tcpreplay-j", directory.toString());
        final String program = "/usr/local/bin/tcpreplay-j ";
        assertThat(command).startsWith(program + "live ");
        final Run run =
                new Run().main((Object[]) command.substring(program.length()).split(" "));
        assertThat(run.err()).contains(said);
        assertThat(run.exit()).isEqualTo(exit);
    }

    @ParameterizedTest
    @ValueSource(strings = {LIVE, FORWARD, LISTEN})
    void live_isHeldBelowProduction(final String unit) throws IOException {
        assertThat(setting(unit, "CPUQuota")).isEqualTo("50%");
        assertThat(setting(unit, "CPUWeight")).isEqualTo("idle");
        assertThat(setting(unit, "MemoryMax")).isEqualTo("1500M");
        assertThat(setting(unit, "MemorySwapMax")).isEqualTo("0");
    }

    @ParameterizedTest
    @ValueSource(strings = {LIVE, FORWARD})
    void reload_isSighup(final String unit) throws IOException {
        assertThat(setting(unit, "ExecReload")).isEqualTo("kill -HUP $MAINPID");
    }

    /** By default systemd kills all that is left of a service whose main process is dead (systemd.kill(5)). */
    @Test
    void guard_outlivesTheIntercept() throws IOException {
        assertThat(setting("KillMode")).isEqualTo("process");
        assertThat(setting("OOMPolicy")).isEqualTo("continue");
    }

    @Test
    void capabilities_areTwo() throws IOException {
        assertThat(setting("CapabilityBoundingSet"))
                .isEqualTo(setting("AmbientCapabilities"))
                .isEqualTo("CAP_NET_ADMIN CAP_NET_RAW");
    }

    /** Threads that read what strangers sent give up CAP_NET_ADMIN; capset(2) is among what is forbidden as privileged. */
    @ParameterizedTest
    @ValueSource(strings = {INTERCEPT, LIVE, LISTEN})
    void whoMayAdminister_mayGiveItUp(final String unit) throws IOException {
        final List<String> lines = Files.readAllLines(UNITS.resolve(unit));
        assertThat(lines).contains("SystemCallFilter=capset");
        assertThat(lines.indexOf("SystemCallFilter=capset"))
                .as("of two that contradict each other the later one counts")
                .isGreaterThan(lines.indexOf("SystemCallFilter=~@privileged @resources"));
    }
}
