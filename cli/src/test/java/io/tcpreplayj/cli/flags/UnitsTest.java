package io.tcpreplayj.cli.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.replay.UserException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {
    @ParameterizedTest
    @CsvSource({"2x,2", "2,2", "0.5x,0.5", "10X,10", "max,Infinity", "MAX,Infinity"})
    void speed(final String text, final double expected) {
        assertThat(Units.speed(Flags.SPEED, text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0x", "-1", "fast", "2y", "", "x", "NaN", "1e3"})
    void badSpeed_isRefused(final String text) {
        assertThatThrownBy(() -> Units.speed(Flags.SPEED, text))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("--speed");
    }

    @ParameterizedTest
    @CsvSource({"1,1", "500,500", "5k,5000", "1.5k,1500", "20K,20000", "10m,10000000", "2g,2000000000"})
    void count(final String text, final long expected) {
        assertThat(Units.count(Flags.MAX_CONNECTIONS, text, 1, Long.MAX_VALUE)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65536", "1.5", "1.0001k", "-3", "many", "999999999999999999g", "5kk", "66k"})
    void badCount_isRefused(final String text) {
        assertThatThrownBy(() -> Units.count(Flags.COPIES, text, 1, 65535)).isInstanceOf(UserException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "30s,30000000000",
        "30,30000000000",
        "250ms,250000000",
        "10m,600000000000",
        "1.5s,1500000000",
        "2h,7200000000000"
    })
    void duration(final String text, final long expectedNs) {
        assertThat(Units.durationNs(Flags.RESPONSE_TIMEOUT, text)).isEqualTo(expectedNs);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0s", "-1s", "30 parsecs", "s", "366d", "soon"})
    void badDuration_isRefused(final String text) {
        assertThatThrownBy(() -> Units.durationNs(Flags.RESPONSE_TIMEOUT, text)).isInstanceOf(UserException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "100M,100000000",
        "100m,100000000",
        "100Mbit,100000000",
        "1.5Gbit/s,1500000000",
        "12.5MB,100000000",
        "12.5 MB/s,100000000",
        "125000B/s,1000000",
        "64k,64000",
        "1000,1000"
    })
    void bandwidth(final String text, final long expected) {
        assertThat(Units.bitsPerSecond(Flags.MAX_BANDWIDTH, text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "999", "100Mbps", "100 parsecs", "2000G", "-1M", "1.0001k", "M", "100Mb"})
    void badBandwidth_isRefused(final String text) {
        assertThatThrownBy(() -> Units.bitsPerSecond(Flags.MAX_BANDWIDTH, text))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("--max-bandwidth");
    }

    @ParameterizedTest
    @CsvSource({"5%,0.05", "100%,1", "0.1%,0.001", "50,0.5"})
    void percent(final String text, final double expected) {
        assertThat(Units.percent(Flags.SAMPLE, text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0%", "101%", "half", "-5%"})
    void badPercent_isRefused(final String text) {
        assertThatThrownBy(() -> Units.percent(Flags.SAMPLE, text)).isInstanceOf(UserException.class);
    }
}
