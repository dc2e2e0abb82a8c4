package io.tcpreplayj.fuzz;

import io.tcpreplayj.testdata.Exec;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One target, fuzzed by Jazzer in a process of its own. Coverage guides it; of Jazzer's bug detectors none is wanted
 * (there is neither SQL nor a template here), and without them it starts in three seconds instead of nine.
 */
final class FuzzRun {
    /** What the targets are made of: each comparison that is followed costs more than what it compares. */
    private static final String HELPERS = "io.tcpreplayj.fuzz.**:io.tcpreplayj.pcap.CaptureReading"
            + ":io.tcpreplayj.pcap.NativeBpf:io.tcpreplayj.pcap.MergedFuzz$*:io.tcpreplayj.flow.SegmentProgram"
            + ":io.tcpreplayj.flow.db.StoredFlow:";

    /** Looks at a thousand slots for each input. */
    private static final String TABLE = "io.tcpreplayj.flow.FlowTable:";

    private static final String NOT_INSTRUMENTED = HELPERS
            + TABLE
            + Stream.of(Target.values()).map(target -> target.type().getName()).collect(Collectors.joining(":"));

    private static final String DETECTORS = Stream.of(
                    "BigDecimal",
                    "ClojureLangHooks",
                    "Deserialization",
                    "ExpressionLanguageInjection",
                    "FilePathTraversal",
                    "LdapInjection",
                    "NamingContextLookup",
                    "OsCommandInjection",
                    "ReflectiveCall",
                    "RegexInjection",
                    "RegexRoadblocks",
                    "ScriptEngineInjection",
                    "ServerSideRequestForgery",
                    "SqlInjection",
                    "TemplateInjection",
                    "UnsafeSanitizer",
                    "XPathInjection",
                    "XmlParserSsrfGuidance")
            .map(name -> "com.code_intelligence.jazzer.sanitizers." + name)
            .collect(Collectors.joining(":"));

    /**
     * All that a target needs of the JDK and of the class path. Jazzer looks through every class of both for what it might hook
     * each time that it starts, which was a third of a short run.
     */
    private static final String MODULES =
            "java.base,java.instrument,java.logging,java.management,jdk.attach,jdk.management,jdk.unsupported";

    private static final Pattern TOOLS_OF_TESTS = Pattern.compile("/(assertj|byte-buddy|junit)-[^/]*\\.jar$");

    /** Of {@code make test}; longer ones are worth a compiler's work. */
    private static final long SHORT_RUNS = 100_000;

    private static final Pattern EXECUTED = Pattern.compile("(?m)^stat::number_of_executed_units: (\\d+)");
    private static final Pattern LAST_STATUS = Pattern.compile("(?m)^#(\\d+)\\s");

    private final Target target;
    private final long runs;
    private final long seed;

    /** @param seed of the mutations; 0: chosen by Jazzer */
    FuzzRun(final Target target, final long runs, final long seed) {
        this.target = target;
        this.runs = runs;
        this.seed = seed;
    }

    /**
     * What came of it.
     *
     * @param crash what Jazzer said of the crash, empty when there was none
     */
    record Result(Target target, long executions, double seconds, String crash) {
        /** The line that {@code make fuzz} prints. */
        String line() {
            return String.format(
                    Locale.ROOT,
                    "%-12s %,15d executions %,10.0f/s  %d crashes",
                    target.label(),
                    executions,
                    executions / seconds,
                    crash.isEmpty() ? 0 : 1);
        }
    }

    Result run() throws Exception {
        final Path work = Path.of("target", "fuzz", target.label()).toAbsolutePath();
        final Path seeds = Files.createDirectories(work.resolve("seeds"));
        final Path corpus = Files.createDirectories(work.resolve("corpus"));
        Files.createDirectories(target.regressions());
        int number = 0;
        for (final byte[] input : target.seeds()) {
            Files.write(seeds.resolve("seed-" + number++), input);
        }
        final long startNs = System.nanoTime();
        final Exec.Result result = Exec.run(work, Map.of(), Duration.ofHours(12), command(corpus, seeds));
        final double seconds = (System.nanoTime() - startNs) / 1e9;
        final String log = result.stdout() + result.stderr();
        Files.writeString(work.resolve("log"), log);
        return new Result(target, executions(log), seconds, result.exit() == 0 ? "" : crash(log, result.exit()));
    }

    private List<String> command(final Path corpus, final Path seeds) {
        // A short run is over before C2 has compiled what it does.
        final int tiers = runs <= SHORT_RUNS ? 1 : 4;
        return List.of(
                // What waits for a processor beside it should not wait for this.
                "nice",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=" + tiers,
                "-Dkryo.unsafe=false",
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "--limit-modules=" + MODULES,
                "-cp",
                classPath(),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.type().getName(),
                "--instrumentation_includes=" + target.instrumented(),
                "--instrumentation_excludes=" + NOT_INSTRUMENTED,
                "--trace=" + target.traced(),
                "--disabled_hooks=" + DETECTORS,
                "--reproducer_path=" + corpus.getParent(),
                "-artifact_prefix=" + target.regressions() + "/",
                "-print_final_stats=1",
                "-runs=" + runs,
                "-max_len=" + target.maxLength(),
                "-seed=" + seed,
                corpus.toString(),
                seeds.toString(),
                target.regressions().toString());
    }

    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !TOOLS_OF_TESTS.matcher(entry).find())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static long executions(final String log) {
        final Matcher executed = EXECUTED.matcher(log);
        if (executed.find()) {
            return Long.parseLong(executed.group(1));
        }
        return LAST_STATUS
                .matcher(log)
                .results()
                .mapToLong(status -> Long.parseLong(status.group(1)))
                .max()
                .orElse(0);
    }

    /** From where Jazzer names the exception; all that was said when it does not. */
    private static String crash(final String log, final int exit) throws IOException {
        final int found = Math.max(log.indexOf("== Java Exception"), 0);
        return "exit " + exit + ":\n" + log.substring(found, Math.min(log.length(), found + 6_000));
    }
}
