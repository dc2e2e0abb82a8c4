package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.testdata.Exec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class UnprivilegedIT {
    @RegisterExtension
    private final OwnNamespace namespace = new OwnNamespace("unpriv");

    /** Of the calling thread. */
    private static Capabilities own() throws IOException {
        return of(Files.readString(Path.of("/proc/thread-self/status")));
    }

    private static Capabilities of(final String status) {
        return Capabilities.of(status.replaceAll("(?s).*\nCapEff:\t([0-9a-f]+)\n.*", "$1"));
    }

    @Test
    void thread_losesNetAdmin_andKeepsNetRaw_whileItsStarterKeepsAll() throws IOException {
        Unprivileged.run("test", Unprivileged.Keep.RAW, () -> {
            assertThatThrownBy(
                            () -> TunDevice.openForSuperSegments(1500, 65_535).close())
                    .isInstanceOfSatisfying(
                            LinuxException.class,
                            e -> assertThat(e.isPermission()).isTrue());
        });
        for (final Unprivileged.Keep keep : List.of(Unprivileged.Keep.RAW, Unprivileged.Keep.FILES_AND_PORTS)) {
            final Capabilities inside = Unprivileged.call("test", keep, UnprivilegedIT::own);
            assertThat(inside.netAdmin()).as("%s", keep).isFalse();
            assertThat(inside.netRaw()).as("%s", keep).isTrue();
        }
        final Capabilities administers =
                Unprivileged.call("test", Unprivileged.Keep.RAW_AND_ADMIN, UnprivilegedIT::own);
        assertThat(administers.netAdmin()).isTrue();
        assertThat(own().netAdmin()).isTrue();
        TunDevice.openForSuperSegments(1500, 65_535).close();
    }

    /** By exec(2) root would get all of it back. */
    @Test
    void whatItStarts_hasNoMore() throws IOException {
        final String program = Unprivileged.call(
                "test",
                Unprivileged.Keep.RAW,
                () -> Exec.run("cat", "/proc/self/status").stdout());
        assertThat(of(program).netAdmin()).isFalse();
        final Capabilities thread = Unprivileged.call(
                "test",
                Unprivileged.Keep.RAW,
                () -> Unprivileged.call("of-it", Unprivileged.Keep.RAW_AND_ADMIN, UnprivilegedIT::own));
        assertThat(thread.netAdmin()).isFalse();
    }

    @Test
    void whatItThrows_isThrownByTheCall() {
        assertThatThrownBy(() -> Unprivileged.call("test", Unprivileged.Keep.RAW, () -> {
                    throw new IOException("no more");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("no more");
        assertThatThrownBy(() -> Unprivileged.run("test", Unprivileged.Keep.RAW, () -> {
                    throw new AssertionError("a fault");
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessage("a fault");
    }
}
