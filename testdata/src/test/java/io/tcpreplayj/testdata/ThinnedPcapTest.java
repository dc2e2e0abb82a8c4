package io.tcpreplayj.testdata;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ThinnedPcapTest {
    /** A SYN, an ACK, then three times a request of two segments and an ACK, then a FIN and an ACK. */
    private static final FlowPcap.Shape SHAPE = new FlowPcap.Shape(3, 3, 2_000, 100, 1_000, 1_000);

    private static final int CLIENT_FRAMES = 3 * (2 + 3 * 3 + 2);

    @TempDir
    private Path scratch;

    private ThinnedPcap.Missing thinned(final double rate) throws IOException {
        FlowPcap.write(scratch.resolve("whole"), SHAPE, 1);
        return ThinnedPcap.write(scratch.resolve("whole"), scratch.resolve("thinned"), rate, 1);
    }

    @Test
    void nothingMissing_isTheSameFile() throws IOException {
        assertThat(thinned(0)).isEqualTo(new ThinnedPcap.Missing(0, Set.of(), Set.of(), Set.of()));
        assertThat(scratch.resolve("thinned")).hasSameBinaryContentAs(scratch.resolve("whole"));
    }

    @Test
    void allMissing_areFramesOfClientsOnly() throws IOException {
        final ThinnedPcap.Missing missing = thinned(1);
        assertThat(missing.frames()).isEqualTo(CLIENT_FRAMES);
        assertThat(missing.withoutSyn()).hasSize(3);
        assertThat(missing.withHoles()).isEmpty();
        assertThat(Files.size(scratch.resolve("thinned"))).isPositive();
    }

    @Test
    void someMissing_theirFlowsAreNamedOnce() throws IOException {
        final ThinnedPcap.Missing missing = thinned(0.1);
        assertThat(missing.frames()).isPositive();
        assertThat(missing.withoutSyn()).doesNotContainAnyElementsOf(missing.withHoles());
        assertThat(missing.withHoles()).isNotEmpty().allMatch(client -> client.startsWith("10.200.0."));
    }
}
