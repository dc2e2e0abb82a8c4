package io.tcpreplayj.replay.pkt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every requirement of testdata/sessions/rows.txt has a script, or a Java test that bears its id. */
class RequirementRowsTest {
    private static final Pattern ROW = Pattern.compile("(TF-\\d\\d)  (.+)");
    private static final Pattern ID_IN_JAVA = Pattern.compile("TF-(\\d\\d)|\\btf(\\d\\d)_|_tf(\\d\\d)_");
    /** Tests of this package that name rows without showing them. */
    private static final Set<String> OF_THE_NOTATION =
            Set.of("RequirementRowsTest.java", "ScriptParserTest.java", "KernelClientsIT.java");

    private static final String NOT_BUILT = "not built: ";

    /** The rows, each with its title. */
    private static Map<String, String> rows() throws IOException {
        final Map<String, String> rows = new TreeMap<>();
        for (final String line : Files.readAllLines(SessionScripts.folder().resolve("rows.txt"))) {
            if (line.startsWith("#") || line.isBlank()) {
                continue;
            }
            final Matcher row = ROW.matcher(line);
            assertThat(row.matches()).as(line).isTrue();
            assertThat(rows.put(row.group(1), row.group(2))).as(row.group(1)).isNull();
        }
        return rows;
    }

    private static Set<String> rowsOfScripts() {
        final Set<String> rows = new TreeSet<>();
        SessionScripts.files()
                .forEach(file -> rows.addAll(SessionScripts.read(file).rows()));
        return rows;
    }

    private static Set<String> rowsOfJavaTests() throws IOException {
        final Set<String> rows = new TreeSet<>();
        for (final Path file : javaTests()) {
            final Matcher id = ID_IN_JAVA.matcher(Files.readString(file));
            while (id.find()) {
                for (int group = 1; group <= id.groupCount(); group++) {
                    if (id.group(group) != null) {
                        rows.add("TF-" + id.group(group));
                    }
                }
            }
        }
        return rows;
    }

    private static List<Path> javaTests() throws IOException {
        final List<Path> tests;
        try (Stream<Path> modules = Files.list(SessionScripts.root())) {
            tests = modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .flatMap(RequirementRowsTest::testsBelow)
                    .toList();
        }
        assertThat(tests).hasSizeGreaterThan(50);
        return tests;
    }

    private static Stream<Path> testsBelow(final Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files
                    .filter(file -> file.toString().matches(".*(Test|IT)\\.java"))
                    .filter(file -> !OF_THE_NOTATION.contains(String.valueOf(file.getFileName())))
                    .toList()
                    .stream();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void everyRow_hasAScriptOrATest() throws IOException {
        final Set<String> covered = rowsOfScripts();
        covered.addAll(rowsOfJavaTests());
        final Set<String> bare = new TreeSet<>();
        rows().forEach((id, title) -> {
            if (!covered.contains(id) && !title.contains(NOT_BUILT)) {
                bare.add(id + "  " + title);
            }
        });
        assertThat(bare).as("requirements without a test").isEmpty();
    }

    @Test
    void everyScript_showsARowThatExists() throws IOException {
        assertThat(rows().keySet()).containsAll(rowsOfScripts());
    }
}
