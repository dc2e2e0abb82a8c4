package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The units in {@code docs/systemd}; that capabilities are enough is {@link TargetHostIT}'s and {@link LiveIT}'s matter. */
final class SystemdUnitTest {
    private static final Path UNITS = ProjectTree.root().resolve("docs/systemd");
    private static final String INTERCEPT = "tcpreplay-j-intercept.service";
    private static final String LIVE = "tcpreplay-j-live.service";

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
    @ValueSource(strings = {INTERCEPT, LIVE})
    void exposure_isTwoOfTenAtMost(final String unit) {
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
    @ValueSource(strings = {INTERCEPT, LIVE})
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

    /** Every option that the unit's command has is one of live's. */
    @Test
    void commandOfLive_isUnderstood() throws IOException {
        final String command = setting(LIVE, "ExecStart");
        assertThat(command).startsWith("/usr/local/bin/tcpreplay-j live -i ");
        final String help = new Run().main("live", "--help").out();
        for (final String word : command.split(" ")) {
            if (word.startsWith("--")) {
                assertThat(help).contains(word);
            }
        }
        assertThat(setting(LIVE, "ExecReload")).isEqualTo("kill -HUP $MAINPID");
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
}
