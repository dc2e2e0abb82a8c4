package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.linux.CaptureRing;
import io.tcpreplayj.packet.IpProtocol;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.Tunnel;
import io.tcpreplayj.pcap.live.BpfFilter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code live} says before it captures anything. */
final class LiveCommandTest {
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                                         | live needs -i INTERFACE",
                "-i none-such                             | no interface none-such",
                "-i lo --until 2020-01-01T00:00:00Z       | --until 2020-01-01T00:00:00Z is past",
                "-i lo --until noon                       | --until: \"noon\" is not valid",
                "-i lo --duration 0                       | --duration: \"0\" is not valid",
                "-i lo --ring-bytes 1k                    | --ring-bytes: \"1k\" is not valid",
                "-i lo --capture mirror                   | --capture: \"mirror\" is not known",
                "-i lo --capture raw --promiscuous        | --promiscuous is about packets to other hosts, which --capture",
                "-i lo --capture raw vlan 5               | filter \"vlan 5\" for link type RAW: ",
                "-i lo --capture raw ether host 02:00:00:00:00:01 | filter \"ether host 02:00:00:00:00:01\" for link type RAW",
                "--listen :36524 --capture pcap           | --capture goes with -i INTERFACE",
                "--listen :36524 --filter-file x          | --filter-file goes with -i INTERFACE",
                "-i lo --port 0                           | --port: \"0\" is not valid",
                "-i lo --host nobody                      | --host: \"nobody\" is not a network",
                "-i lo tcp porrt 80                       | filter \"tcp porrt 80\" for link type ETHERNET: ",
                "-i lo --forward unix:/no/such           | --forward sends packets as they are, so --record has no",
                "-i lo --also 10.0.0.7                    | --also belongs to --forward",
                "-i lo --spool-bytes 1g                   | --spool-bytes belongs to --forward",
                "-i lo --sources 2                        | --sources belongs to --listen",
                "-i lo --keys lab.p12                     | --keys belongs to --forward, --listen or --intercept",
                "-i lo --clients original                 | --clients is about a replay, and without --target there is none",
                "-i lo --intercept 10.0.0.9               | --intercept is about a replay, and without --target there is",
                "-i lo --target 10.0.0.9:80 --clients original | --clients original needs --intercept: nothing else keeps",
                "-i lo --target 10.0.0.9:80 --clients 198.18.4.0/22 | --clients: \"198.18.4.0/22\" is not known",
                "-i lo --target 10.0.0.9:80 --intercept 10.0.0.9 | --intercept needs --clients: NETWORK, where the clients",
                "-i lo --target 10.0.0.9:80 --intercept 10.0.0.9 --clients 8.8.8.0/24 | --clients 8.8.8.0/24 are public",
                "-i lo --target 10.0.0.9:80 --clients original --transport socket | --clients original needs --intercept: nothing",
                "-i lo --target 10.0.0.9:80 --intercept 10.0.0.9 --clients original --transport tun | --intercept goes with",
                "-i lo --target 10.0.0.9:80 --attested    | --attested wants --intercept: who else should vouch?",
                "-i lo --listen :36524                    | --listen takes what other hosts capture, and -i captures",
                "--listen :36524                          | others can reach 0.0.0.0:36524, so listening needs --keys",
                "--listen nowhere                         | nowhere: no such host",
                "--listen 127.0.0.1:36524 --sources 0     | --sources: \"0\" is not valid",
                "--forward 10.0.0.7 --listen :36524       | --forward sends what is captured here, and --listen takes",
                "-i any vlan 5                            | filter \"vlan 5\" for link type LINUX_SLL2: ",
                "-i any ether host 02:00:00:00:00:01      | filter \"ether host 02:00:00:00:00:01\" for link type LINUX_SLL2: ",
            })
    void mistake_isToldWithItsCure_andNothingIsMade(final String arguments, final String message) {
        final Path database = directory.resolve("x.tfdb");
        final String words = "live --record " + database + (arguments == null ? "" : " " + arguments);
        final Run run = new Run().main((Object[]) words.split(" +"));
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).startsWith("tcpreplay-j: " + message).contains("\nhint: ");
        assertThat(database).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--forward unix:/no/such                  | live --forward needs -i INTERFACE",
                "-i lo --forward 10.0.0.7                 | others can reach 10.0.0.7:36524, so forwarding needs --keys",
                "-i lo --forward unix:/no/such            | cannot forward to unix:/no/such: ",
                "-i lo --forward 127.0.0.1:1              | cannot forward to 127.0.0.1:1: ",
                "-i lo --forward unix:/no/such --spool /no/such | --spool: there is no directory /no/such",
                "-i lo --forward unix:/no/such --spool-bytes 1k | --spool-bytes: \"1k\" is not valid",
                "-i lo --forward unix:/no/such --name \"\" | --name: \"\" is not valid",
            })
    void mistakeOfOneThatForwards_isToldWithItsCure(final String arguments, final String message) {
        final List<Object> words = new ArrayList<>(List.of("live"));
        for (final String word : arguments.split(" +")) {
            words.add(word.equals("\"\"") ? "" : word);
        }
        final Run run = new Run().main(words.toArray());
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).startsWith("tcpreplay-j: " + message).contains("\nhint: ");
    }

    /** What libpcap would refuse of our own making would only be seen where it is used. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--port 80 | 1",
                "--port 80,8000-8099 --host 10.1.2.3/8 | 1",
                "--host fd00::1/64 | 1",
                "--host fd00::1 | 276",
                "--port 80 | 276"
            })
    void flags_areAnExpressionOfTheKernel(final String arguments, final int linktype) {
        final LiveFilter filter = LiveFilter.of(ArgumentParser.parse(Flags.LIVE, List.of(arguments.split(" "))), "tcp");
        assertThat(filter.expression()).startsWith("(tcp) and (");
        assertThat(filter.compile(linktype).toString()).startsWith("BPF [");
    }

    /** What docs/live.md says of tunnels: each kind is there, and each command lets its carriers in. */
    @Test
    void tunnelsOfThePaper_areThoseThatAreOpened_andItsFiltersLetThemIn() {
        final String page = ProjectTree.read(ProjectTree.root().resolve("docs/live.md"));
        final String section = page.substring(page.indexOf("## Tunnels"), page.indexOf("## Three ways"));
        final List<String> rows = CODE.matcher(section.lines()
                        .filter(line -> line.startsWith("| `"))
                        .map(line -> line.substring(0, line.indexOf('|', 1)))
                        .collect(Collectors.joining()))
                .results()
                .map(word -> word.group(1))
                .filter(word -> !word.equals("tunnel"))
                .toList();
        assertThat(rows)
                .containsExactlyInAnyOrderElementsOf(Stream.of(Tunnel.Kind.values())
                        .skip(1)
                        .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                        .toList());
        final List<String> commands = section.lines()
                .filter(line -> line.startsWith("    tcpreplay-j live "))
                .map(line -> line.replace("    tcpreplay-j live ", ""))
                .toList();
        assertThat(commands).hasSize(2);
        for (final String command : commands) {
            final String[] parts = command.split("'");
            final LowArgs args =
                    ArgumentParser.parse(Flags.LIVE, List.of(parts[0].strip().split(" ")));
            final LiveFilter filter = LiveFilter.of(args, parts.length > 1 ? parts[1] : "");
            final BpfFilter kernel = new BpfFilter(filter.expression());
            assertThat(passes(kernel, IpProtocol.IPV4)).as(command).isTrue();
            assertThat(passes(kernel, IpProtocol.GRE)).as(command).isTrue();
            assertThat(passes(kernel, IpProtocol.ICMP)).as(command).isFalse();
        }
    }

    private static boolean passes(final BpfFilter filter, final int protocol) {
        final ByteBuffer frame = ByteBuffer.allocate(60)
                .putShort(12, (short) 0x0800)
                .put(14, (byte) 0x45)
                .put(23, (byte) protocol);
        return filter.accepts(frame, 0, frame.capacity(), frame.capacity(), Linktype.ETHERNET);
    }

    @Test
    void linkTypesOfInterfaces_areThoseOfTheirFrames() {
        assertThat(CaptureRing.linktype(null)).isEqualTo(Linktype.LINUX_SLL2);
    }
}
