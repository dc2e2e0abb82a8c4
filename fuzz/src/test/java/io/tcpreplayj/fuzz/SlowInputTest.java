package io.tcpreplayj.fuzz;

import static io.tcpreplayj.fuzz.Seeds.ascii;
import static io.tcpreplayj.fuzz.Seeds.hex;
import static io.tcpreplayj.fuzz.Seeds.join;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.tcpreplayj.flow.db.FlowDbFuzz;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * 64 KiB that somebody thought about: as many of the smallest things as fit, in the order that suits each reader least.
 * {@link Limits} holds 50 ms and 64 MiB for all of them; a fuzzer seldom comes to such lengths by itself.
 */
final class SlowInputTest {
    private static final int SIZE = 1 << 16;

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("inputs")
    void input_takesNeitherTimeNorMemory(final Target target, final String name, final byte[] input) {
        assertThatCode(() -> target.run(input)).as(name).doesNotThrowAnyException();
    }

    static Stream<Arguments> inputs() throws IOException {
        return Stream.of(captures(), packets(), flows(), databases(), texts()).flatMap(inputs -> inputs);
    }

    private static Stream<Arguments> captures() throws IOException {
        final byte[] section = hex("0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c");
        final byte[] description = hex("00000001 00000014 0065 0000 00000000 00000014");
        final byte[] options = join(hex("00000001 0000f014 0065 0000 00000000"), many("00020000", 0xf000));
        return Stream.of(
                input(Target.PCAP, "empty packets", join(hex("00 0002 0004"), new byte[SIZE - 5])),
                input(Target.PCAPNG, "empty blocks", join(section, many("0000000b 0000000c 0000000c", SIZE - 100))),
                input(Target.PCAPNG, "interfaces", join(section, repeated(description, SIZE - 100))),
                input(Target.PCAPNG, "empty options", join(section, options, hex("0000f014"))),
                input(Target.PCAPNG, "sections", repeated(join(section, hex("0a0d0d0a")), SIZE)),
                input(Target.COMPRESSION, "a bomb", gzip(new byte[60 << 20])),
                input(Target.COMPRESSION, "empty members", repeated(gzip(new byte[0]), SIZE)),
                input(
                        Target.COMPRESSION,
                        "a name without end",
                        join(hex("1f8b 08 08 00000000 00ff"), many("41", SIZE - 10))),
                input(
                        Target.COMPRESSION,
                        "empty stored blocks",
                        join(hex("1f8b 08 00 00000000 00ff"), many("000000ffff", SIZE - 10))),
                input(Target.COMPRESSION, "empty zstd frames", many("28b52ffd 2000 010000", SIZE)),
                input(Target.COMPRESSION, "skippable frames", many("502a4d18 00000000", SIZE)));
    }

    private static Stream<Arguments> packets() {
        final byte[] addresses = new byte[12];
        return Stream.of(
                input(Target.PACKET, "VLAN tags", join(hex("01 00"), addresses, many("81000001", SIZE - 20))),
                input(Target.PACKET, "labels", join(hex("01 00"), addresses, hex("8847"), many("00010040", SIZE - 20))),
                input(
                        Target.PACKET,
                        "IP in IP",
                        join(hex("11 00"), many("4500f000 00010000 40040000 0a000001 0a000002", SIZE - 10))),
                input(Target.PACKET, "words of radiotap", join(hex("0e 00 0000fff0"), many("ffffffff", SIZE - 10))),
                input(Target.PACKET, "attributes of NFLOG", join(hex("15 00 02000000"), many("04000900", SIZE - 10))),
                input(Target.IPV6, "extension headers", many("00", SIZE)),
                input(Target.OPTIONS, "no operation", many("01", SIZE)),
                input(Target.OPTIONS, "empty options", many("fe02", SIZE)));
    }

    /** See {@link io.tcpreplayj.flow.FlowAssemblerFuzz} for the program: which, flags, seq, ack, length, shape. */
    private static Stream<Arguments> flows() {
        return Stream.of(
                input(Target.FLOWS, "bytes from the last to the first", segments(0x18, 2, true, 1)),
                input(Target.FLOWS, "every second byte", segments(0x18, 2, false, 1)),
                input(Target.FLOWS, "acknowledged backwards", segments(0x18, 0, true, 1)),
                input(Target.FLOWS, "every one overlaps all", segments(0x18, 1, true, 255)),
                input(Target.FLOWS, "another connection each", segments(0x02, 1, false, 0)),
                input(Target.FLOWS, "closed each time", segments(0x11, 1, false, 0)));
    }

    /** Half a size is 4,096 segments, which carry up to a mebibyte. */
    private static byte[] segments(final int flags, final int step, final boolean backwards, final int length) {
        final int count = SIZE / 2 / 8;
        final byte[] program = new byte[8 * count];
        for (int i = 0; i < count; i++) {
            final int n = backwards ? count - i : i;
            final byte[] segment = {
                (byte) (i & 1), (byte) flags, (byte) (n * step >> 8), (byte) (n * step), (byte) (n >> 8), (byte) n
            };
            System.arraycopy(segment, 0, program, 8 * i, segment.length);
            program[8 * i + 6] = (byte) length;
        }
        return program;
    }

    private static Stream<Arguments> databases() throws IOException {
        final byte[] database = FlowDbFuzz.seeds().get(0);
        final byte[] header = Arrays.copyOf(database, 48);
        return Stream.of(
                input(Target.DATABASE, "beginnings of commits", join(header, many("0500000040000000", SIZE - 48))),
                input(Target.DATABASE, "empty blocks", join(header, many("050000000000000000000000", SIZE - 48))),
                input(Target.DATABASE, "nothing behind a database", Arrays.copyOf(database, SIZE)),
                input(Target.RECORD, "small counts", many("0c", SIZE)),
                input(Target.RECORD, "varints without end", many("ff", SIZE)));
    }

    private static Stream<Arguments> texts() {
        final String list = "id in 1" + ", 1".repeat(20_000);
        final String ranges = "server in 10.0.0.1-10.0.0.2" + ",::1-::2".repeat(7_000);
        return Stream.of(
                input(Target.FILTER, "alternatives", ascii("id == 1" + " || id == 1".repeat(5_900))),
                input(Target.FILTER, "not", ascii("!".repeat(SIZE - 20) + "replayable")),
                input(Target.FILTER, "parentheses", ascii("(".repeat(SIZE))),
                input(Target.FILTER, "pairs of them", ascii("(replayable)" + "||(replayable)".repeat(4_000))),
                input(Target.FILTER, "a list", ascii(list)),
                input(Target.FILTER, "a list of ranges", ascii(ranges)),
                input(Target.FILTER, "a word", ascii("a".repeat(SIZE - 5) + " == 1")),
                input(Target.FILTER, "words", ascii("idd ".repeat(SIZE / 4))),
                input(Target.FILTER, "a number", ascii("id == " + "1".repeat(SIZE - 10))),
                input(Target.FILTER, "an address", ascii("client == [" + ":".repeat(SIZE - 20) + "]:1")),
                input(Target.FILTER, "not an endpoint", ascii("client == " + "[]".repeat(SIZE / 2 - 10))),
                input(Target.FILTER, "a quoted text", ascii("app ~ '" + "h".repeat(SIZE - 10) + "'")),
                input(Target.REQUESTS, "line feeds", join(hex("00"), many("0a", SIZE - 1))),
                input(Target.REQUESTS, "requests", join(hex("00"), repeated(ascii("GET / HTTP/1.1\n\n"), SIZE - 1))),
                input(
                        Target.REQUESTS,
                        "upgrades",
                        join(hex("00"), repeated(ascii("GET / HTTP/1.1\nUpgrade: a\n\n"), SIZE - 1))),
                input(
                        Target.REQUESTS,
                        "chunks",
                        join(
                                hex("00"),
                                ascii("GET / HTTP/1.1\nTransfer-Encoding: chunked\n\n"),
                                repeated(ascii("1\na\n"), SIZE - 100))),
                input(Target.REQUESTS, "fields", join(hex("00"), ascii("GET / HTTP/1.1\n"), many("3a0a", SIZE - 100))),
                input(
                        Target.RESPONSES,
                        "interim answers",
                        join(
                                hex("0010"),
                                ascii("GET / HTTP/1.1\n\n"),
                                repeated(ascii("HTTP/1.1 100\n\n"), SIZE - 100))),
                input(Target.RESPONSES, "a line without end", join(hex("0000"), many("48", SIZE - 2))),
                input(
                        Target.RESPONSES,
                        "requests",
                        join(
                                hex("8000"),
                                repeated(ascii("GET / HTTP/1.1\n\n"), 0x8000),
                                repeated(ascii("HTTP/1.1 204 \n\n"), 0x7f00))));
    }

    private static Arguments input(final Target target, final String name, final byte[] input) {
        return Arguments.of(target, name, Arrays.copyOf(input, Math.min(input.length, SIZE)));
    }

    private static byte[] many(final String hex, final int length) {
        return repeated(hex(hex), length);
    }

    /** As often as it fits. */
    private static byte[] repeated(final byte[] part, final int length) {
        final byte[] all = new byte[length / part.length * part.length];
        for (int at = 0; at < all.length; at += part.length) {
            System.arraycopy(part, 0, all, at, part.length);
        }
        return all;
    }

    private static byte[] gzip(final byte[] content) throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content);
        }
        return bytes.toByteArray();
    }
}
