package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * README's {@code console} blocks, run from top to bottom in one directory, print what README shows. {@code ...} stands for
 * any text. Blocks that replay need a target on port 8080, so they run in a network namespace with an nginx.
 */
final class ReadmeTest {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```console\n(.*?)^```$");

    @TempDir
    private static Path directory;

    private static @Nullable Netns netns;
    private static @Nullable Nginx nginx;

    /** A command line and what README shows below it. */
    private record Step(String command, String shown) {}

    @BeforeAll
    static void installLauncher() throws Exception {
        Commands.installLauncher(Files.createDirectory(directory.resolve("bin")));
        Files.createSymbolicLink(
                directory.resolve("testdata"), ProjectTree.root().resolve("testdata"));
    }

    @AfterAll
    static void stopTarget() throws Exception {
        Files.delete(directory.resolve("testdata"));
        if (nginx != null) {
            nginx.close();
        }
        if (netns != null) {
            netns.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> readme_consoleSteps_printWhatIsShown() {
        final List<Step> steps = steps(ProjectTree.read(ProjectTree.root().resolve("README.md")));
        assertThat(steps).as("console steps of README.md").hasSizeGreaterThan(3);
        return steps.stream()
                .map(step -> DynamicTest.dynamicTest(step.command, () -> {
                    if (step.command.contains("--target") && !step.command.contains("--dry-run")) {
                        startTarget();
                    }
                    final Exec.Result result = run(step.command);
                    assertThat(result.stderr() + result.stdout())
                            .as("$ %s (exit %d)", step.command, result.exit())
                            .matches(pattern(step.shown));
                    assertThat(result.exit()).as(step.command).isZero();
                }));
    }

    /** The comparison can fail: it is no use otherwise. */
    @Test
    void pattern_text_matchesOnlyItself() {
        assertThat("a 5 b\n").matches(pattern("a ... b"));
        assertThat("a 5 c\n").doesNotMatch(pattern("a ... b"));
        assertThat("a.b\n").doesNotMatch(pattern("a+b"));
    }

    private static void startTarget() throws Exception {
        Privileges.needRootAnd("ip", "nginx", "ethtool");
        if (netns == null) {
            netns = Netns.create("readme");
            nginx = Nginx.small(netns, Files.createDirectory(directory.resolve("nginx")), 8080);
        }
    }

    private static Exec.Result run(final String command) {
        final List<String> line = netns == null ? new ArrayList<>() : new ArrayList<>(netns.prefix());
        line.addAll(List.of("sh", "-c", command));
        return Exec.run(
                directory,
                Map.of(
                        "PATH",
                        directory.resolve("bin") + ":" + System.getenv("PATH"),
                        "TZ",
                        "UTC",
                        "LC_ALL",
                        "C.UTF-8"),
                Duration.ofSeconds(60),
                line);
    }

    private static List<Step> steps(final String readme) {
        final List<Step> steps = new ArrayList<>();
        BLOCK.matcher(readme).results().forEach(block -> {
            for (final String part : block.group(1).split("(?m)^\\$ ")) {
                if (!part.isBlank()) {
                    final int end = part.indexOf('\n');
                    steps.add(new Step(
                            part.substring(0, end), part.substring(end + 1).strip()));
                }
            }
        });
        return steps;
    }

    private static Pattern pattern(final String shown) {
        final String regex =
                Arrays.stream(shown.split("\\.\\.\\.", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
        return Pattern.compile(regex + "\\s*", Pattern.DOTALL);
    }
}
