package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the project's papers say of the code is so. */
final class PapersTest {
    /** A row of the codemap: {@code | `packet-io` | `.packet` | ...}. */
    private static final Pattern CODEMAP_ROW = Pattern.compile("(?m)^\\|[^|]*\\| `(\\.[a-z.]+)` \\|");

    /** A relative link of Markdown. */
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#]+)(#[^)]*)?\\)");

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

    @Test
    void papers_links_leadToFiles() {
        for (final String name : List.of("README.md", "ARCHITECTURE.md", "CHANGELOG.md")) {
            final Matcher link = LINK.matcher(paper(name));
            while (link.find()) {
                assertThat(ProjectTree.root().resolve(link.group(1)))
                        .as("link in " + name)
                        .matches(Files::exists, "exists");
            }
        }
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
