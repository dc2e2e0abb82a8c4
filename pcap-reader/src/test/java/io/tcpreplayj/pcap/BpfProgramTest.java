package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What bpf_filter.c does with an instruction, row by row. */
final class BpfProgramTest {
    private static final byte[] PACKET = HexFormat.of().parseHex("0102030405060708ff");

    /** "code jt jf k" an instruction, in hexadecimal. */
    private static BpfProgram program(final String... instructions) {
        final ByteBuffer bytes = ByteBuffer.allocate(8 * instructions.length).order(ByteOrder.nativeOrder());
        for (final String instruction : instructions) {
            final String[] fields = instruction.split(" ");
            bytes.putShort((short) Integer.parseInt(fields[0], 16));
            bytes.put((byte) Integer.parseInt(fields[1], 16)).put((byte) Integer.parseInt(fields[2], 16));
            bytes.putInt(Integer.parseUnsignedInt(fields[3], 16));
        }
        return new BpfProgram(bytes.flip());
    }

    private static boolean run(final String... instructions) {
        return program(instructions).accepts(ByteBuffer.allocate(12).put(3, PACKET), 3, PACKET.length, 1500);
    }

    /** Whether A is {@code wanted} after the instructions. */
    private static void leavesInA(final String wanted, final String... instructions) {
        final String[] all = new String[instructions.length + 3];
        System.arraycopy(instructions, 0, all, 0, instructions.length);
        all[instructions.length] = "15 0 1 " + wanted;
        all[instructions.length + 1] = "6 0 0 ffff";
        all[instructions.length + 2] = "6 0 0 0";
        assertThat(run(all)).as(String.join(", ", instructions)).isTrue();
    }

    @Test
    void loadsReadThePacketAndNothingBeyondIt() {
        leavesInA("1020304", "20 0 0 0");
        leavesInA("708", "28 0 0 6");
        leavesInA("ff", "30 0 0 8");
        leavesInA("5dc", "80 0 0 0");
        leavesInA("304", "1 0 0 2", "48 0 0 0");
        leavesInA("8", "1 0 0 2", "50 0 0 5");
        leavesInA("60708ff", "1 0 0 2", "40 0 0 3");
        for (final String outside :
                new String[] {"20 0 0 6", "28 0 0 8", "30 0 0 9", "30 0 0 ffffffff", "20 0 0 fffffffe"}) {
            assertThat(run(outside, "6 0 0 1")).as(outside).isFalse();
        }
        assertThat(run("1 0 0 ffffffff", "50 0 0 1", "6 0 0 1")).isFalse();
        assertThat(run("1 0 0 6", "40 0 0 0", "6 0 0 1")).isFalse();
        leavesInA("10", "b1 0 0 3", "87 0 0 0");
        assertThat(run("b1 0 0 9", "6 0 0 1")).isFalse();
    }

    @Test
    void arithmeticIsUnsignedAndOf32Bits() {
        leavesInA("0", "0 0 0 ffffffff", "4 0 0 1");
        leavesInA("ffffffff", "0 0 0 0", "14 0 0 1");
        leavesInA("fffffffe", "0 0 0 ffffffff", "24 0 0 2");
        leavesInA("7fffffff", "0 0 0 ffffffff", "34 0 0 2");
        leavesInA("5", "0 0 0 ffffffff", "94 0 0 a");
        leavesInA("f7", "0 0 0 f0", "44 0 0 7");
        leavesInA("20", "0 0 0 f0", "54 0 0 2f");
        leavesInA("df", "0 0 0 f0", "a4 0 0 2f");
        leavesInA("80000000", "0 0 0 1", "64 0 0 1f");
        leavesInA("1", "0 0 0 80000000", "74 0 0 1f");
        leavesInA("0", "0 0 0 1", "64 0 0 20");
        leavesInA("0", "0 0 0 ffffffff", "1 0 0 21", "7c 0 0 0");
        leavesInA("ffffffff", "0 0 0 1", "84 0 0 0");
    }

    @Test
    void divisionByZeroRejects() {
        assertThat(run("0 0 0 7", "1 0 0 0", "3c 0 0 0", "6 0 0 1")).isFalse();
        assertThat(run("0 0 0 7", "1 0 0 0", "9c 0 0 0", "6 0 0 1")).isFalse();
        leavesInA("3", "0 0 0 7", "1 0 0 2", "3c 0 0 0");
    }

    @Test
    void memoryAndTransfers() {
        leavesInA("9", "0 0 0 9", "2 0 0 f", "0 0 0 0", "60 0 0 f");
        leavesInA("4", "1 0 0 4", "3 0 0 0", "0 0 0 0", "60 0 0 0");
        leavesInA("6", "0 0 0 6", "7 0 0 0", "0 0 0 0", "87 0 0 0");
        leavesInA("8", "0 0 0 8", "2 0 0 1", "61 0 0 1", "87 0 0 0");
        leavesInA("5dc", "81 0 0 0", "87 0 0 0");
    }

    @Test
    void jumpsCompareUnsigned() {
        assertThat(run("0 0 0 80000000", "25 0 1 1", "6 0 0 1", "6 0 0 0")).isTrue();
        assertThat(run("0 0 0 5", "35 0 1 5", "6 0 0 1", "6 0 0 0")).isTrue();
        assertThat(run("0 0 0 5", "45 0 1 a", "6 0 0 1", "6 0 0 0")).isFalse();
        assertThat(run("0 0 0 5", "1 0 0 5", "1d 0 1 0", "6 0 0 1", "6 0 0 0")).isTrue();
        assertThat(run("5 0 0 1", "6 0 0 0", "6 0 0 1")).isTrue();
        assertThat(run("0 0 0 0", "16 0 0 0")).isFalse();
        assertThat(run("0 0 0 1", "16 0 0 0")).isTrue();
    }

    /** As {@code ip6 protochain} jumps; a program that never ends by itself rejects. */
    @Test
    void backwardJumpsEnd() {
        leavesInA("5", "0 0 0 0", "4 0 0 1", "15 1 0 5", "5 0 0 fffffffd");
        assertThat(run("5 0 0 ffffffff", "6 0 0 1")).isFalse();
    }

    @Test
    void whatNoCompilerWritesIsRefused() {
        for (final String[] bad : new String[][] {
            {},
            {"0 0 0 1"},
            {"ff 0 0 0", "6 0 0 0"},
            {"15 0 1 0", "6 0 0 0"},
            {"15 2 0 0", "6 0 0 0"},
            {"5 0 0 1", "6 0 0 0"},
            {"5 0 0 fffffffe", "6 0 0 0"},
            {"5 0 0 7fffffff", "6 0 0 0"},
            {"60 0 0 10", "6 0 0 0"},
            {"2 0 0 ffffffff", "6 0 0 0"},
            {"34 0 0 0", "6 0 0 0"},
            {"94 0 0 0", "6 0 0 0"}
        }) {
            assertThatThrownBy(() -> program(bad)).isInstanceOf(IllegalArgumentException.class);
        }
        final String[] longest = new String[4097];
        Arrays.fill(longest, "6 0 0 1");
        assertThatThrownBy(() -> program(longest)).hasMessageContaining("4097 instructions");
    }

    /** Whatever passes the check runs to an end within the packet. */
    @Test
    void randomProgramsStayInsideThePacket() {
        final SplittableRandom random = new SplittableRandom(9);
        int ran = 0;
        for (int i = 0; i < 300_000; i++) {
            final int count = 1 + random.nextInt(6);
            final ByteBuffer bytes = ByteBuffer.allocate(8 * count).order(ByteOrder.nativeOrder());
            for (int n = 0; n < count; n++) {
                bytes.putShort((short) random.nextInt(0xc0))
                        .put((byte) random.nextInt(3))
                        .put((byte) random.nextInt(3));
                bytes.putInt(random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(12));
            }
            final BpfProgram program;
            try {
                program = new BpfProgram(bytes.flip());
            } catch (final IllegalArgumentException e) {
                continue;
            }
            ran++;
            program.accepts(ByteBuffer.wrap(PACKET), 0, PACKET.length, PACKET.length);
        }
        assertThat(ran).isGreaterThan(500);
    }
}
