package io.tcpreplayj.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HumanTest {
    @ParameterizedTest
    @CsvSource({
        "0,0 s",
        "417,417 ns",
        "999,999 ns",
        "1000,1.00 µs",
        "12345,12.3 µs",
        "1250000,1.25 ms",
        "999000000,999 ms",
        "3100000000,3.10 s",
        "59900000000,59.9 s",
        "725000000000,12m05s",
        "11220000000000,3h07m",
        "9994,9.99 µs",
        "9995,10.0 µs",
        "99949,99.9 µs",
        "99950,100 µs",
        "-5,-5 ns"
    })
    void duration(final long ns, final String text) {
        assertThat(Human.duration(ns)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0,0 B", "999,999 B", "1500,1.50 kB", "12345678,12.3 MB", "999999,1.00 MB", "5000000000000,5.00 TB"})
    void bytes(final long bytes, final String text) {
        assertThat(Human.bytes(bytes)).isEqualTo(text);
    }

    @Test
    void time_isRfc3339Utc() {
        assertThat(Human.time(1_700_000_012_345_678_901L)).isEqualTo("2023-11-14T22:13:32.345678Z");
        assertThat(Human.time(0)).isEqualTo("1970-01-01T00:00:00.000000Z");
        assertThat(Human.time(Long.MAX_VALUE)).isEqualTo("2262-04-11T23:47:16.854775Z");
        assertThat(Human.time(Long.MIN_VALUE)).isEqualTo("1677-09-21T00:12:43.145224Z");
        assertThat(Human.time(-1)).isEqualTo("1969-12-31T23:59:59.999999Z");
    }

    @Test
    void speed_isAsTyped() {
        assertThat(Human.speed(2)).isEqualTo("2x");
        assertThat(Human.speed(0.5)).isEqualTo("0.5x");
        assertThat(Human.speed(Double.POSITIVE_INFINITY)).isEqualTo("max");
    }

    @Test
    void safe_leavesNothingThatATerminalObeys_andEveryScript() {
        assertThat(Human.safe("a b\u001b[2J\u0007\n\u007f\u009b1m.pcap"))
                .isEqualTo("a b\\x1b[2J\\x07\\n\\x7f\\x9b1m.pcap");
        assertThat(Human.safe("Größe-捕获.pcap")).isEqualTo("Größe-捕获.pcap");
    }

    @Test
    void escaped_leavesNothingThatATerminalObeys() {
        for (int value = -128; value < 128; value++) {
            assertThat(Human.escaped((byte) value)).matches("[ -~]+");
        }
        assertThat(Human.escaped((byte) 0x1b)).isEqualTo("\\x1b");
    }
}
