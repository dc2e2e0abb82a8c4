package io.tcpreplayj.cli.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.replay.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortRangeTest {
    @Test
    void lists_andRanges() {
        assertThat(PortRange.parseAll(Flags.PORT, "80,8000-8099"))
                .containsExactly(new PortRange(80, 80), new PortRange(8000, 8099));
        assertThat(new PortRange(10, 20).contains(10)).isTrue();
        assertThat(new PortRange(10, 20).contains(20)).isTrue();
        assertThat(new PortRange(10, 20).contains(21)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "80,", "http", "65536", "20-10", "-", "1-2-3", "+80"})
    void bad_isRefused(final String text) {
        assertThatThrownBy(() -> PortRange.parseAll(Flags.PORT, text)).isInstanceOf(UserException.class);
    }
}
