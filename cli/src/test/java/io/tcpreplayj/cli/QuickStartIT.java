package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.HostState;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The quick starts' shell lines, as they are written, each host's in one shell of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class QuickStartIT {
    private static final int PORT = 8080;
    private static final String END = "that was all";
    /** One for each family. */
    private static final Pattern EXPORT = Pattern.compile("(?m)^    (export TARGET=.*)$");

    private static final Pattern BLOCK = Pattern.compile("(?m)^## On the (\\w+)$|^```sh\\n((?s:.*?))^```$");

    @BeforeAll
    void needs() {
        Privileges.needRootAnd("ip", "nginx", "nft", "ethtool", "ss");
    }

    @ParameterizedTest(name = "IPv{0}")
    @ValueSource(ints = {4, 6})
    void traditional_worksAsWritten(final int family, @TempDir final Path directory) throws Exception {
        try (Lab lab = Lab.routed()) {
            follow(
                    "docs/traditional.md",
                    family,
                    lab,
                    Map.of("replayer", lab.client(), "target", lab.server()),
                    directory);
        }
    }

    @ParameterizedTest(name = "IPv{0}")
    @ValueSource(ints = {4, 6})
    void advanced_worksAsWritten(final int family, @TempDir final Path directory) throws Exception {
        try (Lab lab = Lab.assisted()) {
            // The page says how to set the target's route.
            for (final String network : List.of("198.18.0.0/15", "2001:2::/48")) {
                lab.server().exec("ip", "route", "delete", network).orThrow();
            }
            follow(
                    "docs/advanced.md",
                    family,
                    lab,
                    Map.of("replayer", lab.client(), "target", lab.server(), "assistant", lab.assistant()),
                    directory);
        }
    }

    /** The page's line of variables, with the lab's addresses in place of the examples. */
    private static String variables(final String text, final int family, final Lab lab) {
        final List<String> lines =
                EXPORT.matcher(text).results().map(line -> line.group(1) + "\n").toList();
        assertThat(lines).hasSize(2);
        return family == 4
                ? lines.get(0)
                        .replace("10.0.0.9", lab.serverV4())
                        .replace("10.0.0.7", Lab.ASSISTANT_V4)
                        .replace("PORT=80", "PORT=" + PORT)
                : lines.get(1)
                        .replace("fd00::9", lab.serverV6())
                        .replace("fd00::7", Lab.ASSISTANT_V6)
                        .replace("PORT=80", "PORT=" + PORT);
    }

    private static void follow(
            final String page, final int family, final Lab lab, final Map<String, Netns> hosts, final Path directory)
            throws Exception {
        final String text = ProjectTree.read(ProjectTree.root().resolve(page));
        Commands.installLauncher(directory);
        final Recorded recorded = Recorded.index("keepalive4.pcap", Files.createDirectory(directory.resolve("known")));
        Files.copy(Recorded.file("keepalive4.pcap"), directory.resolve("capture.pcap"));
        final Map<String, Shell> shells = new HashMap<>();
        final StringBuilder said = new StringBuilder();
        try (Nginx nginx = Nginx.small(lab.server(), directory.resolve("nginx"), PORT)) {
            final HostState before = HostState.snapshot(hosts.getOrDefault("assistant", lab.server()));
            final Matcher matcher = BLOCK.matcher(text);
            String host = "";
            while (matcher.find()) {
                if (matcher.group(1) != null) {
                    host = matcher.group(1);
                } else {
                    final Netns netns = hosts.get(host);
                    assertThat(netns).as(host).isNotNull();
                    if (!shells.containsKey(host)) {
                        shells.put(host, new Shell(netns, directory));
                        said.append(shells.get(host).run(variables(text, family, lab)));
                    }
                    said.append(shells.get(host).run(matcher.group(2)));
                }
            }
            Recorded.arrived(nginx, 0, recorded.requests());
            assertThat(said.toString())
                    .contains("replayers find it at")
                    .contains("requests   " + recorded.requests() + ": " + recorded.requests() + " sent, "
                            + recorded.requests() + " answered")
                    .doesNotContain("hint:");
            assertThat(HostState.snapshot(hosts.getOrDefault("assistant", lab.server())))
                    .isEqualTo(before);
        } finally {
            shells.values().forEach(Shell::close);
        }
    }

    /** A shell on one host. */
    private static final class Shell {
        private final Process process;
        private final Writer commands;
        private final BufferedReader output;

        Shell(final Netns host, final Path directory) throws IOException {
            final ProcessBuilder builder = new ProcessBuilder(host.inside("sh"))
                    .directory(directory.toFile())
                    .redirectErrorStream(true);
            builder.environment().put("PATH", directory + ":" + System.getenv("PATH"));
            process = builder.start();
            commands = process.outputWriter(StandardCharsets.UTF_8);
            output = process.inputReader(StandardCharsets.UTF_8);
        }

        String run(final String lines) throws IOException {
            commands.write(lines + "echo; echo " + END + "\n");
            commands.flush();
            final StringBuilder said = new StringBuilder();
            for (String line = output.readLine(); line != null && !line.equals(END); line = output.readLine()) {
                said.append(line).append('\n');
            }
            return said.toString();
        }

        void close() {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
    }
}
