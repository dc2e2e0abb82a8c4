package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.udp.UdpOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class UdpBreakerTest {
    private static final Endpoint TARGET = new Endpoint(IpAddress.parse("10.1.2.3"), 53);
    private static final Endpoint LOCAL = new Endpoint(IpAddress.parse("10.1.2.4"), 40_000);

    private long nowNs;
    private int told;
    private int stops;
    private final UdpBreaker breaker = new UdpBreaker((index, outcome) -> told++, () -> nowNs, () -> stops++);

    @Test
    void targetThatRefuses_orSaysNothing_stopsTheRunOnce_atTheHundredth() {
        for (int i = 0; i < 99; i++) {
            end(i % 2 == 0 ? "refused" : "unanswered", LOCAL);
        }
        assertThat(stops).isZero();
        assertThat(breaker.told(TARGET)).isNull();
        end("refused", LOCAL);
        end("refused", LOCAL);
        assertThat(stops).isEqualTo(1);
        assertThat(breaker.told(TARGET).text())
                .contains("10.1.2.3:53 refused or left unanswered 100 of 100 UDP conversations", "\nhint: ");
        assertThat(told).as("others hear of all").isEqualTo(101);
    }

    @Test
    void oneOfFive_orOnesThatNeverBegan_areNoReason() {
        for (int i = 0; i < 1_000; i++) {
            end(i % 5 == 4 ? "unanswered" : "completed", LOCAL);
            end("not-started", null);
        }
        assertThat(stops).isZero();
    }

    @Test
    void targetThatOwesSomeAnswers_isNoneThatSaysNothing() {
        for (int i = 0; i < 1_000; i++) {
            nowNs += 1_000_000L;
            breaker.onEnded(0, new UdpOutcome("unanswered", LOCAL, 50, 1_500, 49, 4_900, 50, 49));
        }
        assertThat(stops).isZero();
    }

    @Test
    void conversationsThatGoOn_areTriesToo() {
        for (int i = 0; i < 501; i++) {
            breaker.onStarted(i);
        }
        for (int i = 0; i < 100; i++) {
            end("unanswered", LOCAL);
        }
        assertThat(stops).isZero();
        end("unanswered", LOCAL);
        assertThat(stops).isEqualTo(1);
    }

    private void end(final String state, final @Nullable Endpoint local) {
        nowNs += 1_000_000L;
        breaker.onEnded(0, new UdpOutcome(state, local, 1, 30, 0, 0, 1, 0));
    }
}
