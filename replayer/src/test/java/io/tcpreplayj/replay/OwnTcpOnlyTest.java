package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.replay.script.Gaps;
import io.tcpreplayj.replay.script.GateMode;
import io.tcpreplayj.replay.tcp.AckStyle;
import io.tcpreplayj.replay.tcp.Likeness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class OwnTcpOnlyTest {
    private static ReplayRules rules(final boolean congestionControl, final boolean ecn, final Likeness likeness) {
        return new ReplayRules(
                GateMode.HYBRID,
                congestionControl,
                ecn,
                false,
                Gaps.DROP_FLOW,
                OnEarlyFin.CONTINUE,
                OnReset.FAIL,
                likeness);
    }

    private static void check(final TransportChoice.Kind kind, final ReplayRules rules) {
        OwnTcpOnly.check(new TransportChoice(kind, "--transport asked for it"), rules);
    }

    @Test
    void whatKernelSocketsCannotDo_isRefusedByNameAndWithTheCure() {
        final Likeness everything = new Likeness(AckStyle.CAPTURED, true, true, 46, Likeness.CAPTURED);
        assertThatThrownBy(() -> check(TransportChoice.Kind.SOCKET, rules(false, true, everything)))
                .isInstanceOf(UserException.class)
                .hasMessage("--cc, --ecn, --ack-policy, --window-policy, --preserve-isn, --dscp, --ttl do nothing over"
                        + " kernel sockets, which are the transport because --transport asked for it");
        assertThatThrownBy(() -> check(
                        TransportChoice.Kind.SOCKET,
                        rules(true, false, new Likeness(AckStyle.RFC, false, false, 0, 1))))
                .hasMessageStartingWith("--ttl does nothing over kernel sockets")
                .isInstanceOfSatisfying(
                        UserException.class,
                        e -> assertThat(e.hint())
                                .isEqualTo("leave it out, or run as root with --transport tun or packet"));
    }

    @Test
    void usualRules_goOverSockets() {
        assertThatCode(() -> check(TransportChoice.Kind.SOCKET, ReplayRules.DEFAULT))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @EnumSource(value = TransportChoice.Kind.class, names = "SOCKET", mode = EnumSource.Mode.EXCLUDE)
    void ownTcp_doesItAll(final TransportChoice.Kind kind) {
        final Likeness everything = new Likeness(AckStyle.STRETCHED, true, true, 0, 64);
        assertThatCode(() -> check(kind, rules(false, true, everything))).doesNotThrowAnyException();
    }
}
