package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.flags.HelpTopic;
import io.tcpreplayj.flow.FlowField;
import io.tcpreplayj.flow.FlowFields;
import io.tcpreplayj.flow.FlowFilter;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code help filter} is the one manual of {@code --where}; what it says is what there is. */
class FilterHelpTest {
    private static final Pattern FIELD_ROW = Pattern.compile("(?m)^  (\\S+) +(number|word|flag|address)(?: .*)?$");
    private static final Pattern EXAMPLE = Pattern.compile("--where '([^']+)'");

    private static String word(final FlowField.Type type) {
        return switch (type) {
            case TEXT -> "word";
            case ENDPOINT -> "address";
            default -> type.name().toLowerCase(Locale.ROOT);
        };
    }

    @Test
    void page_listsEveryFieldWithItsType() {
        final String page = HelpTopic.filter();
        final List<String> listed = FIELD_ROW
                .matcher(page.substring(page.indexOf("\nFields")))
                .results()
                .map(row -> row.group(1) + " " + row.group(2))
                .toList();
        assertThat(listed)
                .containsExactlyElementsOf(FlowFields.ALL.stream()
                        .map(field -> field.name() + " " + word(field.type()))
                        .toList());
    }

    @Test
    void page_examplesAreFilters() {
        final List<String> examples = EXAMPLE.matcher(HelpTopic.filter())
                .results()
                .map((final MatchResult example) -> example.group(1))
                .toList();
        assertThat(examples).hasSizeGreaterThan(2).allSatisfy(FlowFilter::parse);
    }

    @Test
    void page_isWhereTheHelpSaysItIs() {
        assertThat(new Run().main("help", "filter").out()).isEqualTo(HelpTopic.filter());
        assertThat(new Run().main("help", "flows").out()).contains("tcpreplay-j help filter");
        assertThat(new Run().main("--help").out()).contains("help filter");
    }

    @Test
    void page_fitsATerminal() {
        assertThat(HelpTopic.filter().lines())
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(120));
    }
}
