package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.FlowPcap;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;

/**
 * A capture of many clients, and which of them are in half of it.
 *
 * @param clients by address, in the order in which they came
 * @param digests SHA-256 of what each of these sent
 */
record SampledCapture(Path file, List<String> clients, List<String> digests) {
    static final String SHARE = "50%";
    private static final FlowPcap.Shape SHAPE = new FlowPcap.Shape(40, 2, 300, 500, 1_000, 5_000);

    static SampledCapture make(final Path directory) throws IOException {
        final Path file = directory.resolve("clients.pcap");
        final List<FlowPcap.Sent> sent = FlowPcap.write(file, SHAPE, 3);
        final Path whole = directory.resolve("clients.tfdb");
        assertThat(new Run().main("index", "-q", "--db", whole, file).exit()).isZero();
        final List<String> clients = clients(whole, "--sample", SHARE);
        assertThat(clients).hasSizeBetween(8, 32);
        final List<String> digests = sent.stream()
                .filter(each -> clients.contains(each.client().replaceFirst(":.*", "")))
                .map(FlowPcap.Sent::sha256)
                .toList();
        assertThat(digests).hasSameSizeAs(clients);
        return new SampledCapture(file, clients, digests);
    }

    /** Of the flows in a database, or of those that are chosen. */
    static List<String> clients(final Path database, final String... choice) {
        final Object[] words = new Object[choice.length + 4];
        System.arraycopy(new Object[] {"flows", database, "--json", "--fields=client"}, 0, words, 0, 4);
        System.arraycopy(choice, 0, words, 4, choice.length);
        return new Run()
                .main(words)
                .out()
                .lines()
                .map(line -> line.replaceFirst(".*\"address\":\"([^\"]*)\".*", "$1"))
                .toList();
    }

    /** As these clients knew it, on loopback. */
    ByteServer server(final Path journal) throws IOException {
        return ByteServer.start(
                InetAddress.getLoopbackAddress(), 0, SHAPE.requestBytes(), SHAPE.answerBytes(), journal);
    }
}
