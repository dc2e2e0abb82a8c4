package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

final class TroubleTest {
    private static final Trouble STOPPED = new Trouble(Trouble.Stop.BREAKER, "many refused", "is it down?");
    private static final Trouble DISK = SessionsFile.trouble(new IOException("No space left on device"));

    @Test
    void both_areTold_firstWhatStoppedTheRun() {
        final Trouble told = new Trouble(
                Trouble.Stop.BREAKER,
                "many refused; --sessions could not be written: No space left on device",
                "is it down?; is the disk full?");
        assertThat(Trouble.both(STOPPED, DISK)).isEqualTo(told);
        assertThat(Trouble.both(DISK, STOPPED)).isEqualTo(told);
    }

    @Test
    void nothing_isToldTwice_orOfNothing() {
        assertThat(Trouble.both(null, null)).isNull();
        assertThat(Trouble.both(null, DISK)).isEqualTo(DISK);
        assertThat(Trouble.both(STOPPED, null)).isEqualTo(STOPPED);
        assertThat(Trouble.both(DISK, DISK)).isEqualTo(DISK);
        assertThat(Trouble.both(new Trouble(null, "odd", ""), DISK).cure()).isEqualTo("is the disk full?");
        assertThat(Trouble.both(DISK, new Trouble(null, "odd", "")).cure()).isEqualTo("is the disk full?");
    }
}
