package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.flags.HelpTopic;
import io.tcpreplayj.flow.redact.SecretRules;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code help redact} is the one manual of what is secret; what it says is what there is. */
class RedactHelpTest {
    private static final Pattern HEADERS = Pattern.compile("(?m)^  headers +(.+): the value");
    private static final Pattern WORDS = Pattern.compile("(?s)name contains (.+?), letters large or small");
    private static final Pattern RULE = Pattern.compile("--redact-rule (\\S+:\\S+)");

    private static List<String> listed(final Pattern pattern) {
        final var matcher = pattern.matcher(HelpTopic.redact());
        assertThat(matcher.find()).isTrue();
        return Arrays.asList(matcher.group(1).split(",\\s+|\\s+or\\s+"));
    }

    @Test
    void page_listsEveryHeaderAndWord() {
        assertThat(listed(HEADERS)).isEqualTo(SecretRules.HEADERS);
        assertThat(listed(WORDS)).isEqualTo(SecretRules.WORDS);
    }

    @Test
    void page_examplesAreRules() {
        final List<String> examples = RULE.matcher(HelpTopic.redact())
                .results()
                .map((final MatchResult example) -> example.group(1))
                .toList();
        assertThat(examples).hasSizeGreaterThan(1);
        assertThat(SecretRules.builtIn().and(examples)).isNotNull();
    }

    @Test
    void page_isWhereTheHelpSaysItIs() {
        assertThat(new Run().main("help", "redact").out()).isEqualTo(HelpTopic.redact());
        assertThat(new Run().main("help", "index").out()).contains("tcpreplay-j help redact");
        assertThat(new Run().main("--help").out()).contains("help redact");
    }

    @Test
    void page_fitsATerminal() {
        assertThat(HelpTopic.redact().lines())
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(120));
    }
}
