package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The unit in {@code docs/systemd}; that its capabilities are enough is {@link TargetHostIT}'s matter. */
final class SystemdUnitTest {
    private static final Path UNIT = ProjectTree.root().resolve("docs/systemd/tcpreplay-j-intercept.service");

    /** What a line of the unit says. */
    static String setting(final String name) throws IOException {
        final List<String> values = Files.readAllLines(UNIT).stream()
                .filter(line -> line.startsWith(name + "="))
                .map(line -> line.substring(name.length() + 1))
                .toList();
        assertThat(values).as(name).hasSize(1);
        return values.get(0);
    }

    @Test
    void exposure_isTwoOfTenAtMost() {
        Privileges.need("systemd-analyze");
        final Exec.Result result =
                Exec.run("systemd-analyze", "security", "--offline=true", "--threshold=20", UNIT.toString());
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
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
