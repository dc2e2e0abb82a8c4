package io.tcpreplayj.flow.db;

import io.tcpreplayj.flow.ClientAcks;
import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.ClientHeaders;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.App;
import io.tcpreplayj.flow.FlowRecord.Close;
import io.tcpreplayj.flow.FlowRecord.Handshake;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.flow.Opening;
import io.tcpreplayj.flow.PayloadKept;
import io.tcpreplayj.flow.ServerDatagrams;
import io.tcpreplayj.flow.StreamSummary;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Tunnel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** What the files of {@code testdata/flowdb} hold, and how the latest was written. */
final class GoldenFlows {
    static final DatabaseId ID = new DatabaseId(0x0706_0504_0302_0100L, 0x0f0e_0d0c_0b0a_0908L);
    static final CaptureInfo CAPTURE = new CaptureInfo(
            0,
            "two.pcap",
            1_234,
            0x1122_3344_5566_7788L,
            14,
            1_700_000_000_000_000_000L,
            1_700_000_000_200_000_000L,
            2,
            false);
    /** Versions 1 and 2 could not tell that. */
    static final CaptureInfo REDACTED_CAPTURE = new CaptureInfo(
            CAPTURE.id(),
            CAPTURE.name(),
            CAPTURE.sizeBytes(),
            CAPTURE.edgeHash(),
            CAPTURE.packets(),
            CAPTURE.startNs(),
            CAPTURE.endNs(),
            CAPTURE.flows(),
            CAPTURE.truncated(),
            PayloadKept.REDACTED);

    /** Versions up to 5 had no third flow. */
    static final CaptureInfo CAPTURE_WITH_UDP = new CaptureInfo(
            CAPTURE.id(),
            CAPTURE.name(),
            CAPTURE.sizeBytes(),
            CAPTURE.edgeHash(),
            17,
            CAPTURE.startNs(),
            1_700_000_000_300_000_000L,
            3,
            CAPTURE.truncated(),
            PayloadKept.REDACTED);

    private GoldenFlows() {}

    static List<FlowAndBytes> flows() {
        final List<FlowAndBytes> flows = new ArrayList<>(flowsOfVersion5());
        flows.add(dns());
        return flows;
    }

    /** Before version 6 there was no UDP. */
    static List<FlowAndBytes> flowsOfVersion5() {
        final ClientAcks acks = new ClientAcks(2, 0, HexFormat.of().parseHex("0000e0ff07ac02904e80fa01"));
        final ClientHeaders headers = new ClientHeaders(0x1234_5678, 10, 64);
        return List.of(http(headers, acks), reset(Tunnel.of(Tunnel.Kind.VXLAN, 2, 42), 0, 2, 0));
    }

    /** Before version 5 nobody knew the client's headers and acknowledgements. */
    static List<FlowAndBytes> flowsOfVersion4() {
        return List.of(
                http(ClientHeaders.UNKNOWN, ClientAcks.NONE), reset(Tunnel.of(Tunnel.Kind.VXLAN, 2, 42), 0, 2, 0));
    }

    /** Before version 4 nobody knew where bytes were missing. */
    static List<FlowAndBytes> flowsOfVersion3() {
        return List.of(http(ClientHeaders.UNKNOWN, ClientAcks.NONE), reset(Tunnel.of(Tunnel.Kind.VXLAN, 2, 42)));
    }

    /** Version 1 knew no tunnels. */
    static List<FlowAndBytes> flowsOfVersion1() {
        return List.of(http(ClientHeaders.UNKNOWN, ClientAcks.NONE), reset(Tunnel.NONE));
    }

    static void write(final Path file) throws IOException {
        try (FlowDbWriter writer = FlowDbWriter.open(file, ID)) {
            flows().forEach(flow -> flow.writeTo(writer));
            writer.commit(CAPTURE_WITH_UDP);
        }
    }

    /** The folder of golden databases, seen from a module's folder or from the project's. */
    static Path folder() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            final Path folder = at.resolve("testdata").resolve("flowdb");
            if (Files.isDirectory(folder)) {
                return folder;
            }
        }
        throw new AssertionError("testdata/flowdb is neither here nor above");
    }

    /** One request, one answer, closed by both ends. */
    private static FlowAndBytes http(final ClientHeaders headers, final ClientAcks acks) {
        final byte[] request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        final FlowRecord flow = new FlowRecord(
                1,
                0,
                new Endpoint(IpAddress.parse("10.0.0.1"), 40_000),
                new Endpoint(IpAddress.parse("10.0.0.2"), 80),
                Tunnel.NONE,
                1_700_000_000_000_000_000L,
                1_700_000_000_020_000_000L,
                new StreamSummary(5, 0, request.length, 0, 0, request.length, 0, 0x1234_5678L, null),
                new StreamSummary(4, 0, 300, 0, 0, 300, 0, 0x89ab_cdefL, null),
                Handshake.FULL,
                Close.FIN,
                false,
                App.HTTP,
                1,
                null,
                new Opening(HexFormat.of().parseHex("020405b4"), 64_240, 100_000, 20_000, headers),
                new ClientEvents(
                        new byte[] {ClientEvents.DATA, ClientEvents.FIN},
                        new byte[] {ClientEvents.PSH, 0},
                        new int[] {request.length, 0},
                        new int[] {0, 0},
                        new long[] {0, 301},
                        new long[] {30_000, 10_000_000},
                        new long[] {150_000, 18_000_000}),
                new Exchanges(
                        new int[] {0},
                        new int[] {1},
                        new int[] {1},
                        new long[] {300},
                        new long[] {5_000_000},
                        new long[] {8_000_000},
                        new long[] {0x89ab_cdefL},
                        new byte[][] {"HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII)}),
                acks,
                null);
        return new FlowAndBytes(flow, request);
    }

    /** A query that was sent twice, and its answer. */
    private static FlowAndBytes dns() {
        final byte[] query = HexFormat.of().parseHex("1234010000010000000000000161000001" + "0001");
        final byte[] answer = HexFormat.of().parseHex("1234818300010000000000000161000001" + "0001");
        final byte[] sent = new byte[2 * query.length];
        System.arraycopy(query, 0, sent, 0, query.length);
        System.arraycopy(query, 0, sent, query.length, query.length);
        final FlowRecord flow = new FlowRecord(
                3,
                0,
                new Endpoint(IpAddress.parse("10.0.0.1"), 50_001),
                new Endpoint(IpAddress.parse("10.0.0.3"), 53),
                Tunnel.NONE,
                1_700_000_000_250_000_000L,
                1_700_000_000_300_000_000L,
                new StreamSummary(2, 0, sent.length, 0, 0, sent.length, 0, 0x0bad_cafeL, null),
                new StreamSummary(1, 0, answer.length, 0, 0, answer.length, 0, 0x1111_2222L, null),
                Handshake.NONE,
                Close.NONE,
                false,
                App.DNS,
                1,
                null,
                new Opening(new byte[0], 0, -1, -1),
                new ClientEvents(
                        new byte[2],
                        new byte[2],
                        new int[] {query.length, query.length},
                        new int[2],
                        new long[2],
                        new long[] {0, 40_000_000},
                        new long[] {0, 40_000_000}),
                new Exchanges(
                        new int[] {0},
                        new int[] {2},
                        new int[] {1},
                        new long[] {answer.length},
                        new long[] {50_000_000},
                        new long[] {50_000_000},
                        new long[] {0x1111_2222L},
                        new byte[][] {{}}),
                ClientAcks.NONE,
                new ServerDatagrams(
                        new int[] {answer.length}, new long[] {50_000_000}, new long[] {0x1111_2222L}, new byte[][] {
                            answer
                        }));
        return new FlowAndBytes(flow, sent);
    }

    /** IPv6, begun before the capture, cut by the snaplen, reset by the client. */
    private static FlowAndBytes reset(final long tunnel, final long... missing) {
        final FlowRecord flow = new FlowRecord(
                2,
                0,
                new Endpoint(IpAddress.parse("2001:db8::1"), 50_000),
                new Endpoint(IpAddress.parse("2001:db8::2"), 6_379),
                tunnel,
                1_700_000_000_100_000_000L,
                1_700_000_000_200_000_000L,
                new StreamSummary(4, 1, 8, 2, 0, 5, 0, -1, null),
                new StreamSummary(1, 0, 0, 0, 7, 0, 0, 0, "00112233445566778899aabbccddeeff".repeat(2)),
                Handshake.NONE,
                Close.RST,
                true,
                App.REDIS,
                1,
                SkipReason.MIDSTREAM,
                new Opening(new byte[0], 0, -1, -1),
                new ClientEvents(
                        new byte[] {ClientEvents.DATA, ClientEvents.DATA, ClientEvents.RST},
                        new byte[] {0, ClientEvents.PSH | ClientEvents.URG, 0},
                        new int[] {4, 4, 0},
                        new int[] {0, 3, 0},
                        new long[] {0, 0, 7},
                        new long[] {0, 50_000_000, 1_000_000},
                        new long[] {0, 50_000_000, 100_000_000},
                        missing),
                new Exchanges(
                        new int[] {0},
                        new int[] {2},
                        new int[] {1},
                        new long[] {0},
                        new long[] {-1},
                        new long[] {-1},
                        new long[] {-1},
                        new byte[][] {{}}));
        return new FlowAndBytes(flow, "PINGQ".getBytes(StandardCharsets.US_ASCII));
    }
}
