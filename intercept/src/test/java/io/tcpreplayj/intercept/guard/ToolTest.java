package io.tcpreplayj.intercept.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class ToolTest {
    @Test
    void output_mayBeLong() throws GuardException {
        assertThat(Tool.said("seq", "100000").lines()).hasSize(100_000);
    }

    @Test
    void failure_isItsFirstLine() {
        assertThatThrownBy(() -> Tool.said("sh", "-c", "echo 'Error: no such table'; echo more; exit 1"))
                .isInstanceOf(GuardException.class)
                .hasMessage("Error: no such table");
    }

    @Test
    void unknownOne_isSaid() {
        assertThatThrownBy(() -> Tool.said("no-such-tool"))
                .isInstanceOf(GuardException.class)
                .hasMessageContaining("no-such-tool")
                .hasMessageContaining("not found");
    }

    /** As a wrapper of nft may that waits for a lock: its child holds the output. */
    @Test
    @Timeout(30)
    void oneThatHangs_isEnded_withItsChildren(@TempDir final Path scratch) throws IOException {
        final Path child = scratch.resolve("child");
        final String script = "echo 'table inet x'; sleep 98765 & echo $! >" + child + "; wait";
        assertThatThrownBy(() -> Tool.said(2_000, "sh", "-c", script))
                .isInstanceOf(GuardException.class)
                .hasMessage("no answer for 2.0 s from: sh -c " + script);
        assertThat(child).as("it had begun").isNotEmptyFile();
        assertThat(ProcessHandle.of(Long.parseLong(Files.readString(child).strip())).stream()
                        .map(ProcessHandle::onExit))
                .allSatisfy(exit -> assertThat(exit).succeedsWithin(10, TimeUnit.SECONDS));
    }

    @Test
    @Timeout(30)
    void oneThatClosesItsOutput_andStays_isEnded() {
        assertThatThrownBy(() -> Tool.said(200, "sh", "-c", "exec sleep 98764 >/dev/null 2>&1"))
                .isInstanceOf(GuardException.class)
                .hasMessageStartingWith("no answer for 0.2 s from: sh -c exec sleep");
    }
}
