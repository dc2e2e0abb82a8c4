package io.tcpreplayj.cli.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HelpTextTest {
    @Test
    void everyVerb_beginsWithThreeExamplesThatParse() {
        for (final Verb verb : Flags.VERBS) {
            final List<String> lines = HelpText.of(verb).lines().toList();
            assertThat(lines.get(0)).isEqualTo("Examples:");
            assertThat(verb.examples()).hasSize(3);
            for (int i = 0; i < 3; i++) {
                assertThat(lines.get(1 + 2 * i)).startsWith("  tcpreplay-j " + verb.name());
                final String command = verb.examples().get(i).command();
                final String words = command.replaceAll(" < .*", "").replaceAll("'[^']*'", "quoted");
                ArgumentParser.parse(verb, List.of(words.split(" ")).subList(1, words.split(" ").length));
            }
        }
    }

    @Test
    void everyFlagAndExitCode_isInTheHelp() {
        for (final Verb verb : Flags.VERBS) {
            final String help = HelpText.of(verb);
            for (final Flag flag : verb.flags()) {
                assertThat(help).contains("--" + flag.name()).contains(flag.help());
            }
            for (final ExitCode code : ExitCode.values()) {
                assertThat(help)
                        .containsPattern(
                                "(?m)^  " + code.code() + " +" + code.meaning().substring(0, 10));
            }
        }
    }

    @Test
    void flagsOfAVerb_areDistinct() {
        for (final Verb verb : Flags.VERBS) {
            final Set<String> names = new HashSet<>();
            final Set<Character> letters = new HashSet<>();
            for (final Flag flag : verb.flags()) {
                assertThat(names.add(flag.name())).as(flag.name()).isTrue();
                assertThat(flag.letter() == Flag.NO_LETTER || letters.add(flag.letter()))
                        .as(flag.name())
                        .isTrue();
            }
        }
    }

    @Test
    void overview_namesEveryVerb() {
        for (final Verb verb : Flags.VERBS) {
            assertThat(HelpText.overview()).contains("  " + verb.name() + " ").contains(verb.summary());
        }
        assertThat(HelpText.overview())
                .contains("--json")
                .contains("Exit codes:")
                .contains("fail-on");
    }

    @Test
    void exitCodes_areTheDocumentedOnes() {
        assertThat(ExitCode.values()).extracting(ExitCode::code).containsExactly(0, 1, 2, 4, 8, 130, 143);
        assertThat(ExitCode.ofSignal(2)).isEqualTo(ExitCode.SIGINT.code());
        assertThat(ExitCode.ofSignal(15)).isEqualTo(ExitCode.SIGTERM.code());
    }
}
