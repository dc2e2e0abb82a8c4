package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

final class PortRangeTest {
    @Test
    void parse_takesTheKernelsTabbedText() {
        assertThat(PortRange.parse("32768\t60999\n")).isEqualTo(new PortRange(32768, 60999));
    }

    @Test
    void longestOutside_isBelowOrAbove() {
        assertThat(new PortRange(32768, 60999).longestOutside()).contains(new PortRange(1024, 32767));
        assertThat(new PortRange(1024, 30000).longestOutside()).contains(new PortRange(30001, 65535));
        assertThat(new PortRange(1024, 65535).longestOutside()).isEmpty();
    }

    @Test
    void reserved_isAListOfPortsAndRanges() {
        assertThat(PortRange.parseReserved("\n").isEmpty()).isTrue();
        assertThat(PortRange.parseReserved("8080,9148-9150\n").stream()).containsExactly(8080, 9148, 9149, 9150);
    }

    @Test
    void thisMachine_hasEphemeralPorts() throws IOException {
        final PortRange ephemeral = PortRange.ephemeral();
        assertThat(ephemeral.contains(ephemeral.first())).isTrue();
        assertThat(ephemeral.contains(ephemeral.last() + 1)).isFalse();
        assertThat(PortRange.reserved().length()).isLessThanOrEqualTo(65536);
    }

    @Test
    void impossibleRanges_areRefused() {
        assertThatThrownBy(() -> new PortRange(0, 5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PortRange(5, 4)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PortRange(5, 65536)).isInstanceOf(IllegalArgumentException.class);
    }
}
