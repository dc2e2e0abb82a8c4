package io.tcpreplayj.intercept.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
    void oneThatHangs_isEnded_withItsChildren() {
        assertThatThrownBy(() -> Tool.said(200, "sh", "-c", "echo 'table inet x'; sleep 98765; true"))
                .isInstanceOf(GuardException.class)
                .hasMessage("no answer for 0.2 s from: sh -c echo 'table inet x'; sleep 98765; true");
        final Stream<ProcessHandle> children = ProcessHandle.allProcesses()
                .filter(each ->
                        List.of(each.info().arguments().orElse(new String[0])).contains("98765"));
        assertThat(children.map(ProcessHandle::onExit))
                .allSatisfy(exit -> assertThat(exit).succeedsWithin(10, TimeUnit.SECONDS));
    }
}
