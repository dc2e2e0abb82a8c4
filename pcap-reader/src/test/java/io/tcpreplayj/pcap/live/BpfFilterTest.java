package io.tcpreplayj.pcap.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.pcap.CaptureException;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import io.tcpreplayj.testdata.Captures;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Privileges;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What tcpdump selects from a capture, our interpreter selects. */
@Execution(ExecutionMode.CONCURRENT)
final class BpfFilterTest {
    private static final List<String> EXPRESSIONS = List.of(
            "tcp",
            "tcp port 80 or tcp port 8080",
            "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
            "ip and not tcp",
            "ip6",
            "ip6 protochain 6",
            "host 10.92.1.1 or net 127.0.0.0/8",
            "src portrange 1024-65535 and dst portrange 1-1023",
            "greater 200",
            "less 100",
            "len % 3 = 1",
            "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420",
            "ip[2:2] - ((ip[0] & 15) << 2) - ((tcp[12] & 0xf0) >> 2) > 0",
            "vlan or mpls",
            "vlan and tcp",
            "ether broadcast or ether multicast",
            "arp or icmp or icmp6",
            "udp port 53 or udp port 4789",
            "ip[6:2] & 0x1fff != 0",
            "tcp[2:2] / 2 = 40 or tcp[0:2] * 3 ^ 7 = 9");

    @TempDir
    Path folder;

    @Test
    void everyCapture_isFilteredAsTcpdumpDoes() throws IOException {
        Privileges.need("tcpdump");
        final List<String> differences = new ArrayList<>();
        int compared = 0;
        int turn = 0;
        for (final Path capture : captures()) {
            // All expressions on all captures take minutes; the property runs them.
            final int tries = Boolean.getBoolean("tcpreplayj.bpf.all") ? EXPRESSIONS.size() : 3;
            for (int i = 0; i < tries; i++) {
                final String expression = EXPRESSIONS.get(turn++ % EXPRESSIONS.size());
                final String wanted = byTcpdump(capture, expression);
                if (wanted.isEmpty()) {
                    continue;
                }
                compared++;
                final String got = byUs(capture, expression);
                if (!got.equals(wanted)) {
                    differences.add(capture + " " + expression + ": tcpdump " + wanted + ", we " + got);
                }
            }
        }
        System.err.println("filters compared with tcpdump: " + compared);
        assertThat(differences).isEmpty();
        assertThat(compared).isGreaterThanOrEqualTo(15);
    }

    private static List<Path> captures() throws IOException {
        final List<Path> roots = new ArrayList<>(List.of(Path.of("..", "testdata", "captures")));
        Captures.shared().ifPresent(shared -> roots.addAll(List.of(shared.resolve("rec"), shared.resolve("repo"))));
        final List<Path> captures = new ArrayList<>();
        for (final Path root : roots) {
            try (Stream<Path> files = Files.walk(root)) {
                files.filter(file -> file.toString().matches(".*\\.(pcap|pcapng|cap)"))
                        .sorted()
                        .forEach(captures::add);
            }
        }
        return captures;
    }

    /** Empty where tcpdump does not read the file or the expression for its link type. */
    private String byTcpdump(final Path capture, final String expression) throws IOException {
        final Path selected = folder.resolve("selected.pcap");
        final Exec.Result result =
                Exec.run("tcpdump", "-Z", "root", "-r", capture.toString(), "-w", selected.toString(), expression);
        return result.exit() == 0 ? count(selected, null) : "";
    }

    private static String byUs(final Path capture, final String expression) throws IOException {
        try {
            return count(capture, new BpfFilter(expression));
        } catch (final BpfException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static String count(final Path capture, final BpfFilter filter) throws IOException {
        final long[] packets = {0};
        try (CaptureReader reader = CaptureFiles.open(capture)) {
            int polled;
            do {
                polled = reader.poll(
                        (buffer, offset, caplen, origlen, ns, linktype) -> {
                            if (filter == null || filter.accepts(buffer, offset, caplen, origlen, linktype)) {
                                packets[0]++;
                            }
                        },
                        1000);
            } while (polled >= 0);
        } catch (final CaptureException e) {
            return e.toString();
        }
        return packets[0] + " packets";
    }

    /** 10.0.0.1 to 10.0.0.2, TCP port 80. */
    private static final String IP =
            "45000028000100004006000" + "00a0000010a0000029c40005000010203040506075010010000000000";

    private static boolean accepts(final BpfFilter filter, final String hex, final int linktype) {
        final ByteBuffer packet = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
        return filter.accepts(packet, 0, packet.capacity(), packet.capacity(), linktype);
    }

    @Test
    void mixedLinkTypes_haveAProgramEach() {
        final BpfFilter filter = new BpfFilter("tcp dst port 80 and src host 10.0.0.1");
        final String ethernet = "02000000000202000000000108" + "00" + IP;
        final String cooked = "00000001000600000000000000000800" + IP;
        for (int round = 0; round < 2; round++) {
            assertThat(accepts(filter, ethernet, Linktype.ETHERNET)).isTrue();
            assertThat(accepts(filter, IP, Linktype.RAW)).isTrue();
            assertThat(accepts(filter, cooked, Linktype.LINUX_SLL)).isTrue();
            assertThat(accepts(filter, "02000000" + IP, Linktype.NULL)).isTrue();
            assertThat(accepts(filter, "00000002" + IP, Linktype.NULL)).isTrue();
            assertThat(accepts(filter, IP, Linktype.ETHERNET)).isFalse();
        }
    }

    @Test
    void mistakes_areToldBeforeAPacketIsRead_withACaretWhereLibpcapTellsAPlace() {
        assertThatThrownBy(() -> new BpfFilter("tcp portt 80"))
                .isInstanceOf(BpfException.class)
                .hasMessage("filter \"tcp portt 80\" for link type ETHERNET:"
                        + " can't parse filter expression: syntax error");
        assertThatThrownBy(() -> new BpfFilter("tcp and port nosuchservice"))
                .isInstanceOf(BpfException.class)
                .hasMessageEndingWith(
                        "unknown port 'nosuchservice'\n  tcp and port nosuchservice\n  " + " ".repeat(13) + "^");
    }

    @Test
    void expressionForOtherLinkTypes_isAMistakeOnlyWhereItIsUsed() {
        final BpfFilter filter = new BpfFilter("tcp or ether src 02:00:00:00:00:01");
        assertThatThrownBy(() -> accepts(filter, IP, Linktype.RAW))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("for link type RAW: ");
        assertThat(accepts(filter, "0200000000020200000000010806", Linktype.ETHERNET))
                .isTrue();
        assertThat(accepts(new BpfFilter("wlan type data"), "08000000", 105)).isTrue();
    }

    @Test
    void withoutLibpcap_oneLineSaysSoAndNamesTheCure() throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(
                        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                        "-Dorg.pcap4j.core.pcapLibName=/no/such/libpcap.so",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WithoutLibpcap.class.getName())
                // where a JVM of 24 and later warns of native code
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said.lines())
                .containsExactly(
                        "a filter expression needs libpcap, which cannot be loaded",
                        "apt-get install libpcap0.8, or select with --port, --host, --from and --to, which do not need it");
    }

    /** The other process of the test above. */
    static final class WithoutLibpcap {
        private WithoutLibpcap() {}

        public static void main(final String[] args) {
            try {
                new BpfFilter("tcp");
            } catch (final BpfException e) {
                System.out.println(e.getMessage());
                System.out.println(e.hint());
            }
        }
    }
}
