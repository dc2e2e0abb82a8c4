package io.tcpreplayj.cli.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
    private static final List<String> VERBS = List.of("index", "flows", "show", "replay");

    @Test
    void misspelt_isFound() {
        assertThat(Nearest.of("idnex", VERBS)).isEqualTo("index");
        assertThat(Nearest.of("flow", VERBS)).isEqualTo("flows");
        assertThat(Nearest.of("rep", VERBS)).isEqualTo("replay");
        assertThat(Nearest.of("shwo", VERBS)).isEqualTo("show");
    }

    @Test
    void somethingElse_isNot() {
        assertThat(Nearest.of("configure", VERBS)).isNull();
        assertThat(Nearest.of("capture.pcap", VERBS)).isNull();
    }

    @Test
    void edits_countSwapsOnce() {
        assertThat(Nearest.edits("abcd", "abdc")).isEqualTo(1);
        assertThat(Nearest.edits("abcd", "abc")).isEqualTo(1);
        assertThat(Nearest.edits("", "abc")).isEqualTo(3);
        assertThat(Nearest.edits("abc", "abc")).isZero();
    }
}
