package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

final class AbstractNameTest {
    private final String name =
            "tcpreplay-j-test-" + Long.toHexString(ThreadLocalRandom.current().nextLong());

    private boolean isSeen() throws IOException {
        return Files.readString(Path.of("/proc/net/unix")).contains(" @" + name + "\n");
    }

    @Test
    void nameIsTaken_asLongAsItIsHeld() throws IOException {
        final AbstractName held = AbstractName.take(name);
        try {
            assertThat(isSeen()).isTrue();
            assertThatThrownBy(() -> AbstractName.take(name))
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo("EADDRINUSE"));
        } finally {
            held.close();
        }
        assertThat(isSeen()).isFalse();
        AbstractName.take(name).close();
    }
}
