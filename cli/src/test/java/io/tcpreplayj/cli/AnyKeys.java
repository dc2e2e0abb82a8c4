package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A key file for tests that need any: to make one takes two thirds of a second of a core, so all have the same. */
final class AnyKeys {
    private static final byte[] MADE = make();

    private AnyKeys() {}

    private static byte[] make() {
        try {
            final Path folder = Files.createTempDirectory("keys");
            final Path file = folder.resolve("any.p12");
            final Run made = new Run().main("keys", "-q", file);
            assertThat(made.exit()).as(made.err()).isZero();
            final byte[] bytes = Files.readAllBytes(file);
            Files.delete(file);
            Files.delete(folder);
            return bytes;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes it, for its owner alone. */
    static void writeTo(final Path file) {
        try {
            final Path written = Files.write(Files.createTempFile(file.getParent(), "any", ".p12"), MADE);
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
