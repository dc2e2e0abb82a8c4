package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users sent is for the owner of the database only, and no name in a folder leads a writer elsewhere. */
final class DatabasePermissionsTest {
    @TempDir
    private Path folder;

    private Path capture = Path.of("");
    private Path db = Path.of("");

    @BeforeEach
    void write() throws IOException {
        capture = new TinyCapture().connection(1, 1000, 80).write(folder.resolve("1.pcap"));
        db = folder.resolve("flows.tfdb");
    }

    private static String mode(final Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS));
    }

    private Run index() {
        return new Run().main("index", "-q", "--db", db, capture);
    }

    @Test
    void openUmask_makesADatabaseOfItsOwnerAlone() throws IOException {
        Commands.installLauncher(folder);
        Exec.run("sh", "-c", "umask 000; exec " + folder + "/tcpreplay-j index --db " + db + " " + capture)
                .orThrow();
        assertThat(mode(db)).isEqualTo("rw-------");
    }

    @Test
    void databaseThatOthersMayRead_isNotAddedTo_andReadingItWarns() throws IOException {
        assertThat(index().exit()).isZero();
        final byte[] before = Files.readAllBytes(db);
        capture = new TinyCapture().connection(2, 1000, 80).write(folder.resolve("2.pcap"));
        for (final String loose : new String[] {"rw-r-----", "rw----r--", "rw--w----"}) {
            Files.setPosixFilePermissions(db, PosixFilePermissions.fromString(loose));
            final Run refused = index();
            assertThat(refused.exit()).isEqualTo(2);
            assertThat(refused.err())
                    .isEqualTo("tcpreplay-j: " + db + " is open to others (mode " + loose
                            + "), and what users sent would go into it\nhint: chmod 600 " + db
                            + ", or --allow-loose-perms\n");
            assertThat(Files.readAllBytes(db)).isEqualTo(before);
            final Run flows = new Run().main("flows", db);
            assertThat(flows.exit()).isZero();
            assertThat(flows.err()).contains("warning: " + db + " is open to others (mode " + loose + ")");
            assertThat(new Run().main("flows", "-q", db).err()).isEmpty();
        }
        final Run allowed = new Run().main("index", "-q", "--allow-loose-perms", "--db", db, capture);
        assertThat(allowed.exit()).as(allowed.err()).isZero();
        assertThat(new Run().main("flows", "--count", db).out()).isEqualTo("2\n");
    }

    /** Not even root makes files there. */
    @Test
    void directoryThatCannotBeWrittenTo_isNamedWithTheCure() {
        final Run run = new Run().main("index", "--db", "/sys/x.tfdb", capture);
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err())
                .isEqualTo("tcpreplay-j: /sys/x.tfdb: nothing can be written beside it: permission denied\n"
                        + "hint: name a database with --db where you may write\n");
    }

    @Test
    void plantedLinks_leadNowhere() throws IOException {
        final Path victim = Files.writeString(folder.resolve("victim"), "precious");
        Files.createSymbolicLink(folder.resolve("flows.tfdb.new"), victim);
        assertThat(index().exit()).isZero();
        Files.createSymbolicLink(folder.resolve("flows.tfdb.lock"), victim);
        capture = new TinyCapture().connection(2, 1000, 80).write(folder.resolve("2.pcap"));
        assertThat(index().exit()).isEqualTo(2);
        Files.delete(folder.resolve("flows.tfdb.lock"));
        Files.createSymbolicLink(folder.resolve("flows.tfdb.repaired"), victim);
        Files.createSymbolicLink(folder.resolve("flows.tfdb.damaged"), victim);
        final byte[] bytes = Files.readAllBytes(db);
        bytes[bytes.length - 1] ^= 1;
        Files.write(db, bytes);
        final Run repair = new Run().main("verify", "--repair", db);
        assertThat(repair.exit()).as(repair.err()).isZero();
        assertThat(repair.out()).contains(db + ".damaged.1");
        assertThat(victim).hasContent("precious");
        assertThat(mode(db)).isEqualTo("rw-------");
    }

    /** A lock file that a killed writer left is taken over, whatever stands in it, and goes away. */
    @Test
    void lockFileOfADeadWriter_isTakenOver() throws IOException {
        Files.writeString(folder.resolve("flows.tfdb.lock"), "pid 1 \0\0\0");
        assertThat(index().exit()).isZero();
        assertThat(folder.resolve("flows.tfdb.lock")).doesNotExist();
    }
}
