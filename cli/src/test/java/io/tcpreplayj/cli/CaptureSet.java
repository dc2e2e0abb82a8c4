package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.FlowPcap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Captures that are indexed one after the other, and what a database of the first few of them holds. */
final class CaptureSet {
    private static final int FLOWS = 3;
    /** Four requests of 40 kB a flow: each capture comes to several blocks. */
    private static final FlowPcap.Shape SHAPE = new FlowPcap.Shape(FLOWS, 4, 40_000, 200, 1_000, 10_000);

    private final Path folder;
    private final int captures;
    private final List<String> listing;

    private CaptureSet(final Path folder, final int captures, final List<String> listing) {
        this.folder = folder;
        this.captures = captures;
        this.listing = listing;
    }

    /** Writes them into {@code folder}, and indexes them once in peace. */
    static CaptureSet write(final Path folder, final int captures) throws IOException {
        Files.createDirectory(folder);
        for (int i = 0; i < captures; i++) {
            FlowPcap.write(folder.resolve(String.format("%04d.pcap", i)), SHAPE, i);
        }
        final Path undisturbed = folder.resolveSibling("undisturbed.tfdb");
        final Run index = new Run().main("index", "-q", "--db", undisturbed, folder);
        assertThat(index.exit()).as(index.err()).isZero();
        return new CaptureSet(folder, captures, listing(undisturbed));
    }

    int captures() {
        return captures;
    }

    /** The command line that adds them, all but those that are there already. */
    Commands index(final Path db) {
        return Commands.tcpreplayj("index", "-q", "--db", db.toString(), folder.toString());
    }

    /** How many captures a run said it had added. */
    static int reported(final Path stdout) throws IOException {
        try (Stream<String> lines = Files.lines(stdout)) {
            return (int) lines.filter(line -> line.contains(".pcap: pcap, ")).count();
        }
    }

    /**
     * The database holds the first few captures exactly, at least {@code fewest} of them, and is whole.
     *
     * @return how many
     */
    int check(final Path db, final int fewest, final String when) throws IOException {
        if (!Files.exists(db)) {
            assertThat(fewest).as(when).isZero();
            return 0;
        }
        final Run verify = new Run().main("verify", "--json", db);
        assertThat(verify.exit()).as(when + verify.out() + verify.err()).isZero();
        final Map<String, Object> verified = JSON.std.mapFrom(verify.out());
        final int found = (int) verified.get("captures");
        assertThat(found).as(when).isGreaterThanOrEqualTo(fewest);
        assertThat(verified).as(when).containsEntry("clean", true).containsEntry("flows", found * FLOWS);
        assertThat(listing(db)).as(when).isEqualTo(listing.subList(0, found * FLOWS));
        return found;
    }

    /** What a reader sees at this moment: the first few captures, whole; how many. */
    int seen(final Path db) throws IOException {
        final List<String> lines = listing(db);
        assertThat(lines.size() % FLOWS)
                .as("half a capture of %d lines", lines.size())
                .isZero();
        assertThat(lines).isEqualTo(listing.subList(0, lines.size()));
        return lines.size() / FLOWS;
    }

    private static List<String> listing(final Path db) {
        final Run flows = new Run().main("flows", "-q", "--json", db);
        assertThat(flows.exit()).as(flows.err()).isZero();
        return flows.out().lines().toList();
    }
}
