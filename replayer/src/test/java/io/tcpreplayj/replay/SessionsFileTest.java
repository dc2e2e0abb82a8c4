package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SessionsFileTest {
    @TempDir
    Path directory;

    @Test
    void commit_replacesAnOlderSessionsFile_readableByItsOwnerOnly() throws IOException {
        final Path file = directory.resolve("s.json");
        Files.writeString(file, "{\"flow\":9}\n");
        try (SessionsFile sessions = SessionsFile.open(file)) {
            sessions.line("{\"flow\":1}");
            assertThat(file).content().contains("9");
            sessions.commit();
        }
        assertThat(file).content().isEqualTo("{\"flow\":1}\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(children()).containsExactly("s.json");
    }

    @Test
    void lineThatCouldNotBeWritten_leavesTheOlderFile_thoughOthersWereWrittenBehindIt() throws IOException {
        final Path file = directory.resolve("s.json");
        Files.writeString(file, "{\"flow\":9}\n");
        final Path temporary = Files.createFile(directory.resolve("s.json.tmp"));
        final Writer full = new StringWriter() {
            private boolean hasFailed;

            @Override
            public void write(final String text) {
                if (!hasFailed) {
                    hasFailed = true;
                    throw new UncheckedIOException(new IOException("No space left on device"));
                }
                super.write(text);
            }
        };
        try (SessionsFile sessions = new SessionsFile(file, temporary, full)) {
            assertThatThrownBy(() -> sessions.line("{\"flow\":1}")).hasMessageContaining("No space");
            sessions.line("{\"flow\":2}");
            sessions.commit();
        }
        assertThat(file).content().isEqualTo("{\"flow\":9}\n");
        assertThat(children()).containsExactly("s.json");
    }

    @Test
    void withoutCommit_nothingIsLeft() throws IOException {
        try (SessionsFile sessions = SessionsFile.open(directory.resolve("s.json"))) {
            sessions.line("{}");
        }
        assertThat(children()).isEmpty();
    }

    @Test
    void otherFiles_areNotOverwritten() throws IOException {
        final Path database = directory.resolve("flows.tfdb");
        Files.writeString(database, "TFDB and more");
        assertThatThrownBy(() -> SessionsFile.open(database))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("flows.tfdb exists and is no sessions file");
        assertThat(database).content().isEqualTo("TFDB and more");
        assertThatThrownBy(() -> SessionsFile.open(directory)).isInstanceOf(UserException.class);
    }

    @Test
    void missingDirectory_isToldBeforeTheRun() {
        assertThatThrownBy(() -> SessionsFile.open(directory.resolve("no/such/dir/s.json")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("cannot be written");
    }

    @Test
    void device_isWrittenToAndStays() throws IOException {
        final Path device = Path.of("/dev/null");
        try (SessionsFile sessions = SessionsFile.open(device)) {
            sessions.line("{}");
            sessions.commit();
        }
        assertThat(Files.exists(device)).isTrue();
        assertThat(Files.isRegularFile(device)).isFalse();
    }

    private Stream<String> children() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList().stream();
        }
    }
}
