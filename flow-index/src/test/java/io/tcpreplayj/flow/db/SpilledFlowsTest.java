package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.flow.FlowAssembler.AssemblerOptions;
import io.tcpreplayj.flow.FlowAssembler.Spill;
import io.tcpreplayj.flow.FlowCounter;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.pcap.CaptureException;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import io.tcpreplayj.testdata.Captures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Flows that waited on disk, or were handed over before the end, are the same as those that stayed in memory to the end. */
final class SpilledFlowsTest {
    private static final Path PROJECT =
            Path.of("../testdata/captures").toAbsolutePath().normalize();
    private static final Pattern IS_CAPTURE = Pattern.compile("\\.(pcap|pcapng|cap)(\\.(gz|zst|xz))?$");
    private static final long ALL_ROWS = Long.MAX_VALUE;

    @TempDir
    Path folder;

    /** Those of the project, and the recorded ones where they are. */
    static List<Path> captures() throws IOException {
        final List<Path> captures = new ArrayList<>();
        for (final Path folder : List.of(PROJECT, Captures.shared().orElse(PROJECT))) {
            try (Stream<Path> files = Files.walk(folder)) {
                files.filter(file -> IS_CAPTURE.matcher(file.toString()).find()).forEach(captures::add);
            }
        }
        assertThat(captures).isNotEmpty();
        return captures.stream().distinct().sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("captures")
    void everyFlowFrozenAfterEachSegment_recordsAreTheSame(final Path capture) throws IOException {
        final AssemblerOptions inMemory = AssemblerOptions.DEFAULT.withAcks();
        assertThat(flows(capture, inMemory.spillingTo(new Spill(folder, 0, ALL_ROWS))))
                .isEqualTo(flows(capture, inMemory));
    }

    @ParameterizedTest
    @MethodSource("captures")
    void someFlowsFrozen_recordsAreTheSame(final Path capture) throws IOException {
        final AssemblerOptions inMemory = AssemblerOptions.DEFAULT;
        assertThat(flows(capture, inMemory.spillingTo(new Spill(folder, 6_000, ALL_ROWS))))
                .isEqualTo(flows(capture, inMemory));
    }

    /** A SHA-256 that has begun cannot be written down, so only flows without one wait on disk. */
    @ParameterizedTest
    @MethodSource("captures")
    void flowsWithSha256_recordsAreTheSame(final Path capture) throws IOException {
        final AssemblerOptions inMemory = new AssemblerOptions(true, 256);
        assertThat(flows(capture, inMemory.spillingTo(new Spill(folder, 0, ALL_ROWS))))
                .isEqualTo(flows(capture, inMemory));
    }

    /** Without a list of exceptions: of no capture comes anything behind the quiet that would belong to a flow. */
    @ParameterizedTest
    @MethodSource("captures")
    void flowsHandedOverOnceTheyAreQuiet_recordsAreTheSame(final Path capture) throws IOException {
        final Map<Long, String> whole = flows(capture, AssemblerOptions.DEFAULT);
        for (final long hotBytes : new long[] {Long.MAX_VALUE, 0}) {
            final Map<Long, String> settled = new TreeMap<>();
            final Spill spill = new Spill(folder, hotBytes, ALL_ROWS);
            try (FlowAssembler assembler = assembler(AssemblerOptions.DEFAULT.spillingTo(spill), settled)) {
                assembler.noteEnds();
                read(capture, assembler, assembler::settle);
                assembler.finish();
                assertThat(assembler.counters().get(FlowCounter.LATE_SEGMENTS)).isZero();
            }
            assertThat(settled).isEqualTo(whole);
        }
    }

    @Test
    void spillFile_hasNoName() throws IOException {
        try (FlowAssembler assembler =
                assembler(AssemblerOptions.DEFAULT.spillingTo(new Spill(folder, 0, ALL_ROWS)), new TreeMap<>())) {
            read(PROJECT.resolve("keepalive4.pcap"), assembler, timeNs -> {});
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files).isEmpty();
            }
        }
    }

    @Test
    void flowWithTooManyRows_isKeptWithoutThem() throws IOException {
        final Map<Long, String> flows = flows(
                PROJECT.resolve("keepalive4.pcap"), AssemblerOptions.DEFAULT.spillingTo(new Spill(folder, 0, 32)));
        assertThat(flows.values()).anySatisfy(flow -> assertThat(flow).startsWith("CAPACITY HTTP "));
        assertThat(flows).hasSize(6);
    }

    private static FlowAssembler assembler(final AssemblerOptions options, final Map<Long, String> flows) {
        final RecordCodec codec = new RecordCodec(FlowDbFormat.VERSION);
        return new FlowAssembler(0, 1, options, (flow, clientBytes) -> {
            final byte[] client = new byte[clientBytes.remaining()];
            clientBytes.get(client);
            final int length = codec.encode(flow);
            final String record = HexFormat.of().formatHex(codec.bytes(), 0, length);
            flows.put(flow.id(), flow.skipReason() + " " + flow.app() + " " + record + " " + Arrays.hashCode(client));
        });
    }

    private static Map<Long, String> flows(final Path capture, final AssemblerOptions options) throws IOException {
        final Map<Long, String> flows = new TreeMap<>();
        try (FlowAssembler assembler = assembler(options, flows)) {
            read(capture, assembler, timeNs -> {});
            assembler.finish();
        }
        return flows;
    }

    private static void read(final Path capture, final FlowAssembler assembler, final LongConsumer afterEach)
            throws IOException {
        final PacketDecoder decoder = PacketDecoder.openingTunnels();
        final PacketView view = new PacketView();
        try (CaptureReader reader = CaptureFiles.open(capture)) {
            while (reader.poll(
                            (buffer, offset, caplen, origlen, timeNs, linktype) -> {
                                if (decoder.decode(buffer, offset, caplen, origlen, linktype, view) == Verdict.TCP) {
                                    assembler.onSegment(view, timeNs);
                                    afterEach.accept(timeNs);
                                }
                            },
                            1024)
                    >= 0) {}
        } catch (final CaptureException e) {
            // What came before the damage counts.
            assertThat(e).isNotNull();
        }
    }
}
