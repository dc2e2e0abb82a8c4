package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.intercept.KernelRulesException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** TF-48: the guard in the kernel lives as long as what it guards, and no longer. */
final class GuardedTransportTest {
    private final List<String> closed = new ArrayList<>();

    private RawTransport.Upkeep upkeep(final boolean fails) {
        return new RawTransport.Upkeep() {
            @Override
            public boolean everySecond() {
                return true;
            }

            @Override
            public void close() {
                closed.add("upkeep");
                if (fails) {
                    throw new IllegalStateException("the device is gone");
                }
            }
        };
    }

    private RawTransport.Upkeep guarded(final boolean fails) {
        return guarded(fails, true, () -> 3);
    }

    private RawTransport.Upkeep guarded(
            final boolean fails, final boolean holds, final GuardedTransport.Stopped stopped) {
        return new GuardedTransport.Guarded(upkeep(fails), () -> closed.add("guard"), () -> holds, stopped);
    }

    @Test
    void whatTheGuardStopped_isKnownToTheRun() {
        assertThat(guarded(false).watch()).isEqualTo(ReplayResult.EgressWatch.held(3));
        assertThat(upkeep(false).watch()).isEqualTo(ReplayResult.EgressWatch.NONE);
    }

    @Test
    void aGuardThatIsGone_isKnownToTheRun_andCountsNothing() {
        final GuardedTransport.Stopped gone = () -> {
            throw new KernelRulesException("nft is gone", "");
        };
        assertThat(guarded(false, true, gone).watch()).isEqualTo(ReplayResult.EgressWatch.lost(0));
    }

    @Test
    void whatAGuardStopped_isKnown_alsoWhenItsHookIsGone() {
        assertThat(guarded(false, false, () -> 3).watch()).isEqualTo(ReplayResult.EgressWatch.lost(3));
    }

    @Test
    void tf48_guardFallsLast() {
        guarded(false).close();
        assertThat(closed).containsExactly("upkeep", "guard");
    }

    @Test
    void tf48_guardFalls_alsoWhenTheRestCannotBeClosed() {
        final RawTransport.Upkeep guarded = guarded(true);
        assertThatThrownBy(guarded::close).hasMessage("the device is gone");
        assertThat(closed).containsExactly("upkeep", "guard");
    }
}
