package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** FORMAT.md says what FlowDbFormat says, and its hexdump is the golden file. */
final class FormatDocTest {
    private static final Pattern HEX_LINE = Pattern.compile("([0-9a-f]{8}) ((?: [0-9a-f]{2}){1,16})(?: {2,}.*)?");

    private static List<String> page() throws IOException {
        final Path project = GoldenFlows.folder().resolve("../..");
        return Files.readAllLines(project.resolve("flow-index").resolve("FORMAT.md"));
    }

    /** The rows of the first table behind the line that begins so, without its head. */
    private static List<String[]> table(final String lineBefore, final String firstHead) throws IOException {
        final List<String> lines = page();
        int at = 0;
        while (!lines.get(at).startsWith(lineBefore)) {
            at++;
        }
        while (!lines.get(at).startsWith("| " + firstHead + " |")) {
            at++;
        }
        final List<String[]> rows = new ArrayList<>();
        for (at += 2; lines.get(at).startsWith("|"); at++) {
            rows.add(Arrays.stream(lines.get(at).substring(1).split("\\|"))
                    .map(String::strip)
                    .toArray(String[]::new));
        }
        return rows;
    }

    /** Constants of FlowDbFormat by what is left of their names without prefix and suffix. */
    private static Map<String, Long> constants(final String prefix, final String suffix) {
        final Map<String, Long> constants = new TreeMap<>();
        for (final Field field : FlowDbFormat.class.getDeclaredFields()) {
            final String name = field.getName();
            if (name.startsWith(prefix) && name.endsWith(suffix) && field.getType() != String.class) {
                try {
                    constants.put(
                            name.substring(prefix.length(), name.length() - suffix.length()),
                            ((Number) field.get(null)).longValue());
                } catch (final IllegalAccessException e) {
                    throw new AssertionError(name, e);
                }
            }
        }
        return constants;
    }

    private static String constantName(final String name) {
        return name.toUpperCase(Locale.ROOT).replace(' ', '_');
    }

    @ParameterizedTest
    @CsvSource({"### File header,HEADER", "### Block header,BLOCK", "### Directory row,ROW", "### Commit,COMMIT"})
    void structureIsThatOfTheCode(final String heading, final String prefix) throws IOException {
        final Map<String, Long> documented = new TreeMap<>();
        long next = 0;
        for (final String[] row : table(heading, "Offset")) {
            assertThat(Long.parseLong(row[0]))
                    .as("%s: no hole before %s", heading, row[2])
                    .isEqualTo(next);
            documented.put(constantName(row[2]), next);
            next += Long.parseLong(row[1]);
        }
        assertThat(documented).isNotEmpty().isEqualTo(constants(prefix + '_', "_OFFSET"));
        assertThat(constants(prefix + "_LENGTH", "")).containsExactly(Map.entry("", next));
    }

    @Test
    void blockTypesAreThoseOfTheCode() throws IOException {
        final Map<String, Long> documented = new TreeMap<>();
        for (final String[] row : table("### Block header", "Type")) {
            documented.put(row[1], Long.parseLong(row[0]));
        }
        assertThat(documented).hasSize(5).isEqualTo(constants("TYPE_", ""));
    }

    @Test
    void classIdsAreThoseOfTheCode() throws IOException {
        final Map<String, Long> documented = new TreeMap<>();
        for (final String[] row : table("## Records", "Class id")) {
            documented.put(
                    row[1].replaceAll("([a-z])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT), Long.parseLong(row[0]));
        }
        assertThat(documented).hasSize(8).isEqualTo(constants("CLASS_", ""));
    }

    @Test
    void limitsAndVersionAreThoseOfTheCode() throws IOException {
        for (final String[] row : table("## Limits", "Limit")) {
            assertThat(constants(row[0], "")).containsEntry("", Long.parseLong(row[1]));
        }
        final List<String[]> history = table("## History", "Version");
        assertThat(history.get(history.size() - 1)[0]).isEqualTo(Integer.toString(FlowDbFormat.VERSION));
        assertThat(page().get(0)).isEqualTo("# The flow database, version " + FlowDbFormat.VERSION);
    }

    @Test
    void hexdumpIsTheGoldenFile() throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (final String line : page()) {
            final Matcher matcher = HEX_LINE.matcher(line);
            if (matcher.matches()) {
                assertThat(Integer.parseInt(matcher.group(1), 16)).as(line).isEqualTo(bytes.size());
                bytes.writeBytes(HexFormat.of().parseHex(matcher.group(2).replace(" ", "")));
            }
        }
        assertThat(bytes.toByteArray())
                .isEqualTo(Files.readAllBytes(GoldenFlows.folder().resolve("v6.tfdb")));
    }
}
