package io.tcpreplayj.intercept.feed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Makes the file that {@link FeedKeys} opens, with the JDK's own keytool. */
public final class KeyFile {
    private static final String DAYS = "3650";

    private KeyFile() {}

    /**
     * Makes a new key and its certificate; only the owner may read the file.
     *
     * @throws FileAlreadyExistsException rather than replace a key that others may use
     */
    public static void make(final Path file) throws IOException {
        if (Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        final Path parent = file.toAbsolutePath().getParent();
        final Path folder = Files.createTempDirectory(
                parent, ".keys", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        final Path made = folder.resolve("keys.p12");
        try {
            keytool(made);
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
            // A link, unlike a rename, replaces nothing.
            Files.createLink(file, made);
        } finally {
            Files.deleteIfExists(made);
            Files.delete(folder);
        }
    }

    private static void keytool(final Path file) throws IOException {
        final String password = new String(FeedKeys.PASSWORD);
        final Process keytool = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        // Half the time: it is over before the second compiler has been of use.
                        "-J-XX:TieredStopAtLevel=1",
                        "-genkeypair",
                        "-alias",
                        "tcpreplay-j",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=tcpreplay-j",
                        "-validity",
                        DAYS,
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        password))
                .redirectErrorStream(true)
                .start();
        final String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (keytool.waitFor() != 0) {
                throw new IOException("keytool: " + said.strip());
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while keytool was at work", e);
        }
    }
}
