package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.Exec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Damage by chance and by an attacker, everywhere in a database, in a JVM of 256 MB. */
@Execution(ExecutionMode.CONCURRENT)
final class DamageProbeTest {
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");

    @TempDir
    private Path folder;

    private Path database = Path.of("");

    @BeforeEach
    void makeDatabase() throws IOException {
        database = folder.resolve("flows.tfdb");
        for (int capture = 0; capture < 2; capture++) {
            try (FlowDbWriter writer = FlowDbWriter.open(database)) {
                SampleFlows.digested(SampleFlows.odd(2L * capture + 1, capture, capture))
                        .writeTo(writer);
                SampleFlows.digested(SampleFlows.http(2L * capture + 2, capture, 2, 8))
                        .writeTo(writer);
                writer.commit(SampleFlows.capture(capture, 2));
            }
        }
    }

    private String probe(final String... arguments) throws IOException {
        final List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xlog:class+load:file=" + folder.resolve("classes.log"),
                "-Dkryo.unsafe=false",
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                DamageProbe.class.getName()));
        line.addAll(List.of(arguments));
        return Exec.run(null, Map.of(), Duration.ofMinutes(SOAK ? 30 : 5), line)
                .orThrow()
                .stdout();
    }

    @Test
    void everyByteFlippedAndEveryCut_readsWhatACommitHeldOrSaysWhatIsWrong() throws IOException {
        final String said = probe("flips", database.toString(), Long.toString(System.nanoTime()), SOAK ? "8" : "1");
        final long flips = Files.size(database) * (SOAK ? 9 : 2);
        final String[] words = said.split("[ \n]");
        assertThat(Long.parseLong(words[0]) + Long.parseLong(words[2])).isEqualTo(flips);
        // The second commit's own bytes, and cuts behind the first.
        assertThat(Long.parseLong(words[0])).isPositive();
    }

    /** CRCs keep chance out, not people: what a record, a row or a commit says is not believed. */
    @Test
    void everyFieldHostileBehindSoundCrcs_isReadOrRefused_andNamesNoClass() throws IOException {
        assertThat(probe("hostile", database.toString())).matches("\\d{3,} read, \\d{4,} refused\n");
        assertThat(Files.readString(folder.resolve("classes.log")))
                .contains("io.tcpreplayj.flow.db.FlowDb ")
                .doesNotContain("Canary");
    }
}
