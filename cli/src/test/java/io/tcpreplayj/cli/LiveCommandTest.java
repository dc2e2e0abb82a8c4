package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.linux.CaptureRing;
import io.tcpreplayj.packet.Linktype;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code live} says before it captures anything. */
final class LiveCommandTest {
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
                "-i lo --port 0                           | --port: \"0\" is not valid",
                "-i lo --host nobody                      | --host: \"nobody\" is not a network",
                "-i lo tcp porrt 80                       | filter \"tcp porrt 80\" for link type ETHERNET: ",
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

    @Test
    void linkTypesOfInterfaces_areThoseOfTheirFrames() {
        assertThat(CaptureRing.linktype(null)).isEqualTo(Linktype.LINUX_SLL2);
    }
}
