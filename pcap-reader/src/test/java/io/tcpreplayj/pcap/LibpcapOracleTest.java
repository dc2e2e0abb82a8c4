package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.tcpreplayj.testdata.Captures;
import io.tcpreplayj.testdata.PcapOracle;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapNativeException;

/** The same file through libpcap: every packet's time, lengths and bytes are equal. */
final class LibpcapOracleTest {
    private static final byte[] PACKET = {1, 2, 3, 4, 5};

    /** Forms that libpcap reads too: one link type a file, one byte order in all sections, not compressed. */
    private static final List<String> RECORDED = List.of(
            "rec/forms/base.pcap",
            "rec/forms/same.be.pcapng",
            "rec/forms/same.loop.pcap",
            "rec/forms/same.modified.pcap",
            "rec/forms/same.ns-be.pcap",
            "rec/forms/same.ns-le.pcap",
            "rec/forms/same.null.pcap",
            "rec/forms/same.tsresol-3.pcapng",
            "rec/forms/same.tsresol-9.pcapng",
            "rec/forms/same.unknown.pcapng",
            "rec/forms/same.us-be.pcap",
            "rec/forms/snapcut.pcap",
            "rec/forms/ts-before.pcap",
            "rec/forms/ts-zero.pcap",
            "rec/http-mixed/http-mixed.pcapng",
            "rec/http-sll/http-any-sll2.pcap",
            "hostile/snaplen-max.pcap",
            "hostile/version-2.3.pcap",
            "hostile/caplen-orig0.pcap");

    @TempDir
    Path folder;

    @Test
    void generatedCapturesAreReadAsLibpcapReadsThem() throws IOException, PcapNativeException, NotOpenException {
        int file = 0;
        for (final ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            for (final int magic : new int[] {0xa1b2c3d4, 0xa1b23c4d}) {
                assertEqual(Files.write(
                        folder.resolve("pcap" + file++),
                        CaptureBytes.pcap(order, magic, 1)
                                .record(1_795_400_140, 999_999, 60, PACKET)
                                .record(1_795_400_139, 0, 5, PACKET)
                                .record(1_795_400_139, 1, 0, new byte[0])
                                .bytes()));
            }
            final CaptureBytes pcapng = CaptureBytes.pcapng(order);
            assertEqual(Files.write(
                    folder.resolve("pcapng" + file++),
                    pcapng.iface(1, 0, pcapng.part().option(9, new byte[] {9}))
                            .enhanced(0, 1_795_400_140_123_456_789L, 60, PACKET)
                            .iface(1, 0, pcapng.part().option(9, new byte[] {(byte) 0x94}))
                            .enhanced(1, (1_795_400_140L << 20) + 77, 5, PACKET)
                            .block(4, pcapng.part().u32(0))
                            .iface(
                                    1,
                                    0,
                                    pcapng.part()
                                            .option(14, pcapng.part().i64(1000).bytes()))
                            .enhanced(2, 1_795_400_140_123_456L, 5, PACKET)
                            .bytes()));
        }
        assertThat(file).isEqualTo(6);
    }

    @Test
    void recordedCapturesAreReadAsLibpcapReadsThem() throws IOException, PcapNativeException, NotOpenException {
        final Path shared = Captures.shared().orElse(null);
        if (shared == null) {
            System.err.println("NOT RUN: LibpcapOracleTest needs the recorded captures; set " + Captures.VARIABLE);
            abort("no recorded captures: set " + Captures.VARIABLE);
            return;
        }
        for (final String name : RECORDED) {
            assertEqual(shared.resolve(name));
        }
    }

    private static void assertEqual(final Path file) throws IOException, PcapNativeException, NotOpenException {
        final List<String> wanted = new ArrayList<>();
        PcapOracle.read(file, (timeNs, origlen, packet) -> wanted.add(Recorded.line(timeNs, 0, origlen, packet)));
        assertThat(wanted).as("libpcap reads %s", file).isNotEmpty();
        final List<String> got = new ArrayList<>();
        final Recorded recorded = Recorded.of(CaptureFiles.open(file));
        for (final String line : recorded.packets) {
            got.add(line.replaceFirst("linktype \\d+", "linktype 0"));
        }
        assertThat(recorded.damage).isNull();
        assertThat(got).as("%s", file).isEqualTo(wanted);
    }
}
