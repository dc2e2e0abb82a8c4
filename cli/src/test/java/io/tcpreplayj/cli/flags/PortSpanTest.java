package io.tcpreplayj.cli.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.replay.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortSpanTest {
    @Test
    void lists_andRanges() {
        assertThat(PortSpan.parseAll(Flags.PORT, "80,8000-8099"))
                .containsExactly(new PortSpan(80, 80), new PortSpan(8000, 8099));
        assertThat(new PortSpan(10, 20).contains(10)).isTrue();
        assertThat(new PortSpan(10, 20).contains(20)).isTrue();
        assertThat(new PortSpan(10, 20).contains(21)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "80,", "http", "0", "0-80", "65536", "20-10", "-", "1-2-3", "+80"})
    void bad_isRefused(final String text) {
        assertThatThrownBy(() -> PortSpan.parseAll(Flags.PORT, text)).isInstanceOf(UserException.class);
    }
}
