package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowAssembler.AssemblerOptions;
import io.tcpreplayj.flow.FlowAssembler.Spill;
import io.tcpreplayj.packet.CopyFinder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Reassembler;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.pcap.CaptureException;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import io.tcpreplayj.testdata.Captures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of a flow while it is captured is what its record says in the end, whichever capture and however short memory is. */
final class FlowNewsCapturesTest {
    private static final Path PROJECT =
            Path.of("../testdata/captures").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    @Test
    void rowsAndAnswersAsTheyCome_areThoseOfTheRecord() throws IOException {
        final Heard heard = new Heard();
        final List<String> differences = new ArrayList<>();
        int captures = 0;
        for (final Path file : captures()) {
            captures++;
            final AssemblerOptions frozenAtEachSegment =
                    AssemblerOptions.DEFAULT.spillingTo(new Spill(folder, 0, Long.MAX_VALUE));
            for (final AssemblerOptions options : List.of(AssemblerOptions.DEFAULT, frozenAtEachSegment)) {
                try {
                    tell(file, options, heard);
                } catch (final AssertionError e) {
                    differences.add(file + ": " + e.getMessage());
                }
            }
        }
        assertThat(differences).isEmpty();
        System.out.println("FlowNewsCapturesTest: " + captures + " captures, " + heard.flows + " flows, " + heard.rows
                + " rows, " + heard.answers + " answers, " + heard.lost + " lost");
        assertThat(heard.rows).isGreaterThan(100);
        assertThat(heard.lost).isLessThan(heard.flows / 4);
        // Three of the recorded ones, each read twice, have client bytes behind the client's FIN or RST.
        assertThat(heard.lostInVain).isLessThanOrEqualTo(6);
    }

    private static List<Path> captures() throws IOException {
        final List<Path> found = new ArrayList<>();
        for (final Path root : List.of(PROJECT, Captures.shared().orElse(PROJECT))) {
            try (Stream<Path> files = Files.walk(root)) {
                files.filter(file -> file.getFileName().toString().matches(".*\\.pcap(ng)?(\\.gz)?"))
                        .sorted()
                        .forEach(found::add);
            }
        }
        return found.stream().distinct().toList();
    }

    private static void tell(final Path file, final AssemblerOptions options, final Heard heard) throws IOException {
        heard.forget();
        try (FlowAssembler assembler = new FlowAssembler(1, 1, options, heard)) {
            assembler.observe(heard);
            try (CaptureReader reader = CaptureFiles.open(file)) {
                read(reader, assembler);
            } catch (final CaptureException e) {
                // Damaged: what came before is compared.
                assertThat(e).hasMessageContaining(file.getFileName().toString());
            }
            assembler.finish();
        }
    }

    private static void read(final CaptureReader reader, final FlowAssembler assembler) throws IOException {
        final Reassembler reassembler = new Reassembler();
        final CopyFinder finder = new CopyFinder();
        final PacketView view = new PacketView();
        int polled = 0;
        while (polled >= 0) {
            polled = reader.poll(
                    (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                        if (reassembler.decode(buffer, offset, caplen, origlen, timeNs, linktype, view)
                                == Verdict.TCP) {
                            finder.mark(view, timeNs);
                            assembler.onSegment(view, timeNs);
                        }
                    },
                    1000);
        }
    }
}
