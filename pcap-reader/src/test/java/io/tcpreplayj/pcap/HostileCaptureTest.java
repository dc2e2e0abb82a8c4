package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.tcpreplayj.testdata.Captures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Damaged and hostile captures: as many packets as tshark or tcpdump reads from them, and a damage wherever tcpdump
 * stops with one. {@code hostile-exceptions.tsv} says where we differ from both, and why.
 */
final class HostileCaptureTest {
    @Test
    void readsWhatTsharkOrTcpdumpReads() throws IOException {
        final Path shared = Captures.shared().orElse(null);
        if (shared == null) {
            System.err.println("NOT RUN: HostileCaptureTest needs the recorded captures; set " + Captures.VARIABLE);
            abort("no recorded captures: set " + Captures.VARIABLE);
            return;
        }
        final Map<String, String> exceptions = exceptions();
        final List<String> differences = new ArrayList<>();
        int captures = 0;
        for (final String folder : List.of("hostile", "hostile-repo")) {
            for (final String row : Files.readAllLines(shared.resolve(folder).resolve("hostile.truth.tsv"))) {
                final String[] columns = row.split("\t", -1);
                if (columns[0].equals("file")) {
                    continue;
                }
                final String got = read(shared.resolve(folder).resolve(columns[0]));
                final List<String> wanted = new ArrayList<>(List.of(
                        columns[4] + (columns[3].equals("0") ? "" : " damaged"),
                        columns[8] + (columns[7].equals("0") ? "" : " damaged")));
                final String exception = exceptions.remove(folder + "/" + columns[0]);
                if (exception != null) {
                    wanted.clear();
                    wanted.add(exception);
                }
                if (!wanted.contains(got)) {
                    differences.add(folder + "/" + columns[0] + " wanted " + wanted + " got " + got);
                }
                captures++;
            }
        }
        assertThat(differences).isEmpty();
        assertThat(exceptions.keySet()).as("exceptions that nothing needed").isEmpty();
        assertThat(captures).isGreaterThan(70);
    }

    private static String read(final Path file) throws IOException {
        final Tally tally;
        try (CaptureReader reader = CaptureFiles.open(file)) {
            tally = Tally.of(reader);
        } catch (final CaptureException e) {
            assertThat(e).hasMessageContaining(file.toString());
            return "0 damaged";
        }
        if (tally.damage == null) {
            return String.valueOf(tally.packets);
        }
        assertThat(tally.damage).hasMessageContaining(file.toString()).hasMessageContaining("at byte ");
        assertThat(tally.damage.hint()).isNotEmpty();
        return tally.packets + " damaged";
    }

    private static Map<String, String> exceptions() throws IOException {
        final Map<String, String> exceptions = new HashMap<>();
        for (final String line : TestTable.lines("hostile-exceptions.tsv")) {
            final String[] columns = line.split("\t", -1);
            assertThat(Arrays.asList(columns)).as(line).hasSize(3);
            exceptions.put(columns[0], columns[1]);
        }
        return exceptions;
    }
}
