package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.replay.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the project's papers say of the code is so. */
final class PapersTest {
    /** A row of the codemap: {@code | `packet-io` | `.packet` | ...}. */
    private static final Pattern CODEMAP_ROW = Pattern.compile("(?m)^\\|[^|]*\\| `(\\.[a-z.]+)` \\|");

    /** A relative link of Markdown. */
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#]+)(#[^)]*)?\\)");

    /** A word of a report, and in brackets what it means. */
    private static final Pattern WORD_AND_MEANING = Pattern.compile("`([a-z-]+)`\\s\\(");

    /** A row of the acceptance table. */
    private static final Pattern ACCEPTANCE_ROW = Pattern.compile("(?m)^\\| (AC-\\d\\d) \\|.*$");

    private static final int ACCEPTANCE_ROWS = 28;
    private static final Pattern ACCEPTANCE_ID = Pattern.compile("AC-\\d\\d");
    private static final Pattern TEST_CLASS = Pattern.compile("`(\\w+(?:Test|IT))`");

    @Test
    void architecture_codemap_listsEveryPackageOnce() throws IOException {
        final List<String> real = new ArrayList<>();
        for (final Path module : ProjectTree.modules()) {
            ProjectTree.packages(module).forEach(name -> real.add(name.replaceFirst("^io\\.tcpreplayj", "")));
        }
        final List<String> listed = CODEMAP_ROW
                .matcher(paper("ARCHITECTURE.md"))
                .results()
                .map(row -> row.group(1))
                .toList();
        assertThat(listed).containsExactlyInAnyOrderElementsOf(real);
    }

    @Test
    void architecture_length_isAtMost200Lines() {
        assertThat(paper("ARCHITECTURE.md").lines().count()).isLessThanOrEqualTo(200);
    }

    /** They are part of what machines rely on. */
    @Test
    void readme_whyARunStopped_hasTheWordsOfMachines() {
        final String readme = paper("README.md");
        final int begin = readme.indexOf("`stopped` says why");
        final List<String> listed = WORD_AND_MEANING
                .matcher(readme.substring(begin, readme.indexOf("else null", begin)))
                .results()
                .map(word -> word.group(1))
                .toList();
        final Stream<String> words = Arrays.stream(Trouble.Stop.values()).map(Trouble.Stop::label);
        assertThat(listed)
                .containsExactlyElementsOf(
                        Stream.concat(words, Stream.of("signal")).toList());
    }

    @Test
    void papers_links_leadToFiles() {
        for (final String name : List.of("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs/verification.md")) {
            final Matcher link = LINK.matcher(paper(name));
            while (link.find()) {
                assertThat(ProjectTree.root().resolve(name).resolveSibling(link.group(1)))
                        .as("link in " + name)
                        .matches(Files::exists, "exists");
            }
        }
    }

    /** A row is one class at least, all of which exist, and whoever names a row in a test stands in it. */
    @Test
    void verification_rows_nameTheClassesThatHoldThem() throws IOException {
        final Map<String, String> rows = new LinkedHashMap<>();
        ACCEPTANCE_ROW
                .matcher(paper("docs/verification.md"))
                .results()
                .forEach(row -> assertThat(rows.put(row.group(1), row.group()))
                        .as(row.group(1))
                        .isNull());
        assertThat(rows.keySet())
                .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, ACCEPTANCE_ROWS)
                        .mapToObj(number -> "AC-%02d".formatted(number))
                        .toList());
        final Map<String, Path> tests = tests();
        rows.forEach((id, row) -> {
            final List<String> named =
                    TEST_CLASS.matcher(row).results().map(name -> name.group(1)).toList();
            assertThat(named).as(row).isNotEmpty();
            assertThat(tests.keySet()).as(id).containsAll(named);
        });
        tests.forEach((name, file) -> ACCEPTANCE_ID
                .matcher(ProjectTree.read(file))
                .results()
                .map(MatchResult::group)
                .forEach(id -> assertThat(rows.get(id)).as(name).contains("`" + name + "`")));
    }

    /** All of the project's, by name. */
    private static Map<String, Path> tests() throws IOException {
        final Map<String, Path> tests = new HashMap<>();
        for (final Path module : ProjectTree.modules()) {
            final Path sources = module.resolve("src/test/java");
            if (Files.isDirectory(sources)) {
                try (Stream<Path> files = Files.walk(sources)) {
                    files.filter(file -> file.toString().matches(".*(Test|IT)\\.java"))
                            .forEach(file ->
                                    tests.put(String.valueOf(file.getFileName()).replace(".java", ""), file));
                }
            }
        }
        return tests;
    }

    @Test
    void testdata_captures_haveARowWithTheirDigest() throws Exception {
        final String readme = paper("testdata/README.md");
        final Path captures = ProjectTree.root().resolve("testdata/captures");
        try (Stream<Path> files = Files.list(captures)) {
            final List<Path> recorded = files.filter(
                            file -> file.toString().matches(".*\\.(pcap|pcapng)(\\.gz|\\.zst)?"))
                    .toList();
            assertThat(recorded).hasSizeGreaterThan(5);
            for (final Path file : recorded) {
                final byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
                assertThat(readme)
                        .containsPattern(
                                "(?m)^\\| " + Pattern.quote(file.getFileName().toString()) + " \\|.*`"
                                        + HexFormat.of().formatHex(sha256) + "`");
            }
        }
    }

    private static String paper(final String name) {
        return ProjectTree.read(ProjectTree.root().resolve(name));
    }
}
