package io.tcpreplayj.fuzz;

import io.tcpreplayj.flow.FlowAssemblerFuzz;
import io.tcpreplayj.flow.FlowFilterFuzz;
import io.tcpreplayj.flow.HttpRequestsFuzz;
import io.tcpreplayj.flow.SpillFuzz;
import io.tcpreplayj.flow.UdpFlowsFuzz;
import io.tcpreplayj.flow.db.FlowDbFuzz;
import io.tcpreplayj.flow.db.RecordCodecFuzz;
import io.tcpreplayj.intercept.feed.FeedFuzz;
import io.tcpreplayj.intercept.relay.RelayFuzz;
import io.tcpreplayj.packet.Ipv6ExtensionsFuzz;
import io.tcpreplayj.packet.PacketDecoderFuzz;
import io.tcpreplayj.packet.ReassemblerFuzz;
import io.tcpreplayj.packet.TcpOptionsFuzz;
import io.tcpreplayj.pcap.BpfFuzz;
import io.tcpreplayj.pcap.CompressionFuzz;
import io.tcpreplayj.pcap.MergedFuzz;
import io.tcpreplayj.pcap.PcapFuzz;
import io.tcpreplayj.pcap.PcapngFuzz;
import io.tcpreplayj.replay.protocol.HttpResponseFramingFuzz;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** Everything that reads bytes of strangers. A target stands in the package of what it tests. */
enum Target {
    PCAP(PcapFuzz.class, PcapFuzz::fuzzerTestOneInput, PcapFuzz::seeds),
    PCAPNG(PcapngFuzz.class, PcapngFuzz::fuzzerTestOneInput, PcapngFuzz::seeds),
    MERGED(MergedFuzz.class, MergedFuzz::fuzzerTestOneInput, MergedFuzz::seeds),
    BPF(BpfFuzz.class, BpfFuzz::fuzzerTestOneInput, BpfFuzz::seeds),
    COMPRESSION(CompressionFuzz.class, CompressionFuzz::fuzzerTestOneInput, CompressionFuzz::seeds),
    PACKET(PacketDecoderFuzz.class, PacketDecoderFuzz::fuzzerTestOneInput, PacketDecoderFuzz::seeds),
    FRAGMENTS(ReassemblerFuzz.class, ReassemblerFuzz::fuzzerTestOneInput, ReassemblerFuzz::seeds),
    IPV6(Ipv6ExtensionsFuzz.class, Ipv6ExtensionsFuzz::fuzzerTestOneInput, Ipv6ExtensionsFuzz::seeds),
    OPTIONS(TcpOptionsFuzz.class, TcpOptionsFuzz::fuzzerTestOneInput, TcpOptionsFuzz::seeds),
    FLOWS(FlowAssemblerFuzz.class, FlowAssemblerFuzz::fuzzerTestOneInput, FlowAssemblerFuzz::seeds),
    UDP(UdpFlowsFuzz.class, UdpFlowsFuzz::fuzzerTestOneInput, UdpFlowsFuzz::seeds),
    SPILL(SpillFuzz.class, SpillFuzz::fuzzerTestOneInput, SpillFuzz::seeds),
    DATABASE(FlowDbFuzz.class, FlowDbFuzz::fuzzerTestOneInput, FlowDbFuzz::seeds),
    RECORD(RecordCodecFuzz.class, RecordCodecFuzz::fuzzerTestOneInput, RecordCodecFuzz::seeds),
    FILTER(FlowFilterFuzz.class, FlowFilterFuzz::fuzzerTestOneInput, FlowFilterFuzz::seeds),
    REQUESTS(HttpRequestsFuzz.class, HttpRequestsFuzz::fuzzerTestOneInput, HttpRequestsFuzz::seeds),
    RESPONSES(
            HttpResponseFramingFuzz.class, HttpResponseFramingFuzz::fuzzerTestOneInput, HttpResponseFramingFuzz::seeds),
    FEED(FeedFuzz.class, FeedFuzz::fuzzerTestOneInput, FeedFuzz::seeds),
    RELAY(RelayFuzz.class, RelayFuzz::fuzzerTestOneInput, RelayFuzz::seeds);

    private final Class<?> type;
    private final Limits.Body body;
    private final Callable<List<byte[]>> seeds;

    Target(final Class<?> type, final Limits.Body body, final Callable<List<byte[]>> seeds) {
        this.type = type;
        this.body = body;
        this.seeds = seeds;
    }

    /** The class that Jazzer calls. */
    Class<?> type() {
        return type;
    }

    void run(final byte[] input) throws Exception {
        body.run(input);
    }

    List<byte[]> seeds() throws Exception {
        return seeds.call();
    }

    /** Where the inputs are kept that found something once; a crash is written here. */
    Path regressions() {
        return Path.of("src", "test", "resources", "regressions", label()).toAbsolutePath();
    }

    List<Path> regressionInputs() {
        if (!Files.isDirectory(regressions())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(regressions())) {
            return files.sorted().toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whose branches and comparisons guide the fuzzer: what the target is about; all of ours where that is the question. */
    String instrumented() {
        return switch (this) {
            case FLOWS, UDP, SPILL, FILTER, REQUESTS -> "io.tcpreplayj.flow.*";
            case DATABASE, RECORD -> "io.tcpreplayj.flow.**:com.esotericsoftware.kryo.io.**";
            default -> "io.tcpreplayj.**";
        };
    }

    /** What guides the fuzzer, as Jazzer's {@code --trace} says it. */
    String traced() {
        // Programs of segments have no magic numbers, and two thirds of the time went into telling what is compared.
        return this == SPILL ? "cov" : "all";
    }

    /** Of an input, in bytes: 128 segments, a dozen packets. {@link SlowInputTest} knows longer ones. */
    int maxLength() {
        // Each segment is two flows written to a file and read again.
        return this == SPILL ? 256 : 1024;
    }

    /** As {@code make fuzz ONLY=} knows it. */
    String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
