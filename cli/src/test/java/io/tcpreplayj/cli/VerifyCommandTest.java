package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VerifyCommandTest {
    @TempDir
    private Path folder;

    private Path db = Path.of("");

    @BeforeEach
    void index() throws IOException {
        db = folder.resolve("a.tfdb");
        for (int capture = 1; capture <= 2; capture++) {
            final Path file = new TinyCapture()
                    .connection(capture, 1000, 80)
                    .connection(capture, 1001, 80)
                    .write(folder.resolve(capture + ".pcap"));
            assertThat(new Run().main("index", "--db", db, file).exit()).isZero();
        }
    }

    private void flip(final long offset) throws IOException {
        final byte[] bytes = Files.readAllBytes(db);
        bytes[(int) offset] ^= 1;
        Files.write(db, bytes);
    }

    private String listing() {
        final Run run = new Run().main("flows", db);
        assertThat(run.exit()).as(run.err()).isZero();
        return run.out();
    }

    @Test
    void wholeDatabase_isSaidToBeWhole() {
        final Run run = new Run().main("verify", db);
        assertThat(run.exit()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .startsWith(db + ": whole\n")
                .contains("4 flows with 108 B of 2 captures in 2 commits, 10 blocks");
    }

    @Test
    void tornTail_isToldAndNoDamage_andRepairCutsItOff() throws IOException {
        final String before = listing();
        Files.write(db, new byte[100], StandardOpenOption.APPEND);
        final Run run = new Run().main("verify", db);
        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("100 bytes behind the last commit").contains("a writer is at work, or died");
        final Run repair = new Run().main("verify", "--repair", db);
        assertThat(repair.exit()).isZero();
        assertThat(repair.out()).contains(": cut off\n").contains("repaired; the file as it was is " + db + ".damaged");
        assertThat(listing()).isEqualTo(before);
    }

    @Test
    void damage_isExit8_andTheRepairNamesWhatIsLost() throws IOException {
        // The first byte of the first flow's request.
        flip(60);
        final Run verify = new Run().main("verify", db);
        assertThat(verify.exit()).isEqualTo(8);
        assertThat(verify.out())
                .startsWith(db + ": damaged\n")
                .contains("  byte 48: ")
                .contains("flow 1: ");
        assertThat(verify.err()).contains("hint: tcpreplay-j verify --repair " + db);
        final Run repair = new Run().main("verify", "--repair", db);
        assertThat(repair.exit()).isEqualTo(8);
        assertThat(repair.out()).contains("lost: flow 1 of capture 0, ").contains("lost: flow 2 of capture 0, ");
        assertThat(listing()).doesNotContain("\n 1 ").contains("\n 3 ").contains("\n 4 ");
        assertThat(new Run().main("verify", db).exit()).isZero();
        assertThat(folder.resolve("a.tfdb.damaged")).exists();
    }

    @Test
    void damagedLastCommit_isRepairedWhole() throws IOException {
        final String before = listing();
        flip(Files.size(db) - 1);
        assertThat(new Run().main("flows", db).err()).contains("after the last commit");
        assertThat(new Run().main("verify", db).out()).contains("damaged commit behind a directory that is whole");
        // Appending would bury it for good.
        final Run index = new Run().main("index", "--db", db, folder.resolve("2.pcap"));
        assertThat(index.exit()).isEqualTo(2);
        assertThat(index.err()).contains("damaged commit").contains("verify --repair " + db);
        final Run repair = new Run().main("verify", "--repair", db);
        assertThat(repair.exit()).as(repair.out()).isZero();
        assertThat(listing()).isEqualTo(before);
    }

    @Test
    void repairOfAWholeDatabase_doesNothing() throws IOException {
        final byte[] before = Files.readAllBytes(db);
        final Run run = new Run().main("verify", "--repair", db);
        assertThat(run.exit()).isZero();
        assertThat(run.out()).startsWith(db + ": whole, nothing to repair\n");
        assertThat(Files.readAllBytes(db)).isEqualTo(before);
        assertThat(folder.resolve("a.tfdb.damaged")).doesNotExist();
    }

    @Test
    void json_isOneObject() throws IOException {
        flip(60);
        final Map<String, Object> found =
                JSON.std.mapFrom(new Run().main("verify", "--json", db).out());
        assertThat(found)
                .containsEntry("database", db.toString())
                .containsEntry("clean", false)
                .containsEntry("commits", 2)
                .containsEntry("captures", 2)
                .containsEntry("flows", 2)
                .containsEntry("tailBytes", 0)
                .containsEntry("lostFlows", List.of(1, 2))
                .containsEntry("exit", 8);
        final Map<String, Object> repaired = JSON.std.mapFrom(
                new Run().main("verify", "--repair", "--json", db).out());
        assertThat(repaired)
                .containsEntry("clean", true)
                .containsEntry("flows", 2)
                .containsEntry("exit", 8);
        final Map<?, ?> repair = (Map<?, ?>) repaired.get("repair");
        assertThat(repair.get("kept")).isEqualTo(db + ".damaged");
        assertThat((List<?>) repair.get("lost")).hasSize(2);
        assertThat(repair.get("unnamedLost")).isEqualTo(0);
    }

    @Test
    void nothingToRecover_isToldWithoutSendingInCircles() throws IOException {
        Files.write(db, Arrays.copyOf(Files.readAllBytes(db), 60));
        final Run repair = new Run().main("verify", "--repair", db);
        assertThat(repair.exit()).isEqualTo(2);
        assertThat(repair.err())
                .contains("nothing can be recovered")
                .endsWith("hint: it stays as it is; index its captures again, into another database\n");
        assertThat(new Run().main("index", "--db", folder.resolve("b.tfdb"), db).err())
                .isEqualTo("tcpreplay-j: " + db + ": a flow database, not a capture\n"
                        + "hint: tcpreplay-j flows lists what is in it\n");
    }

    @Test
    void captureOrNothing_isAUsageError() {
        final Run capture = new Run().main("verify", folder.resolve("1.pcap"));
        assertThat(capture.exit()).isEqualTo(2);
        assertThat(capture.err()).contains("not a flow database").contains("it is a capture");
        assertThat(new Run()
                        .main("verify", "--repair", folder.resolve("no.tfdb"))
                        .exit())
                .isEqualTo(2);
    }

    /** Readers point to the cure, also when the damage shows only on the way. */
    @Test
    void damageFoundWhileReading_isExit8WithTheCure() throws IOException {
        flip(60);
        final Run run = new Run().main("show", db, "1");
        assertThat(run.exit()).isEqualTo(8);
        assertThat(run.err())
                .contains("damaged block")
                .contains("at byte 48")
                .contains("hint: tcpreplay-j verify --repair recovers what is sound");
    }
}
