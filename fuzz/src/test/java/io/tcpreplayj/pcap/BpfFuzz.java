package io.tcpreplayj.pcap;

import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * Input: how many instructions, a byte of flags, the instructions, the packet. libpcap runs the same program on the same
 * packet and must say the same.
 *
 * <p>As they are, hardly any mutant would be a valid program. Unless a flag says otherwise each is made one: operation
 * codes from a table, jumps inside, memory that was written before it is read, a return at the end.
 */
public final class BpfFuzz {
    private static final int HEAD = 2;
    private static final int MOST_INSTRUCTIONS = 100;
    private static final int AS_IT_IS = 1;
    private static final int CUT = 2;
    private static final int MEMORY_WORDS = 16;
    private static final int JUMP_ALWAYS = 0x05;
    private static final int RETURN = 0x06;
    private static final int RETURN_A = 0x16;
    private static final int STORE = 0x02;
    private static final int DIVIDE = 0x34;
    private static final int MODULO = 0x94;
    private static final int SHIFT_LEFT = 0x64;
    private static final int SHIFT_RIGHT = 0x74;

    private static final int[] CODES = {
        0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0c, 0x14, 0x15, 0x16, 0x1c, 0x1d, 0x20, 0x24, 0x25, 0x28,
        0x2c, 0x2d, 0x30, 0x34, 0x35, 0x3c, 0x3d, 0x40, 0x44, 0x45, 0x48, 0x4c, 0x4d, 0x50, 0x54, 0x5c, 0x60, 0x61,
        0x64, 0x6c, 0x74, 0x7c, 0x80, 0x81, 0x84, 0x87, 0x94, 0x9c, 0xa4, 0xac, 0xb1
    };

    private BpfFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, BpfFuzz::run);
    }

    private static void run(final byte[] input) {
        if (input.length < HEAD) {
            return;
        }
        final int length = Math.min(input.length - HEAD, (input[0] & 0xff) % MOST_INSTRUCTIONS * 8) & ~7;
        final byte[] written = Arrays.copyOfRange(input, HEAD, HEAD + length);
        final ByteBuffer instructions = (input[1] & AS_IT_IS) != 0 ? order(written) : valid(written);
        final BpfProgram program;
        try {
            program = new BpfProgram(instructions);
        } catch (final IllegalArgumentException e) {
            if ((input[1] & AS_IT_IS) == 0) {
                throw new AssertionError("a valid program is refused", e);
            }
            return;
        }
        if (!NativeBpf.isValid(instructions)) {
            throw new AssertionError("libpcap would refuse this program");
        }
        final int begin = HEAD + length;
        final int caplen = (input.length - begin) / ((input[1] & CUT) != 0 ? 2 : 1);
        final int origlen = caplen + (input[1] >>> 4 & 0xf);
        // Nothing is behind the packet: a load too far would throw.
        final ByteBuffer exact = ByteBuffer.wrap(input, begin, caplen).slice();
        final boolean accepted = program.accepts(exact, 0, caplen, origlen);
        if (program.accepts(exact, 0, caplen, origlen) != accepted) {
            throw new AssertionError("not the same the second time");
        }
        // A program that goes back may do so for ever, which is a no from ours and no answer at all from libpcap's.
        final boolean comparable = accepted || !goesBack(instructions);
        if ((input[1] & AS_IT_IS) == 0 && comparable && NativeBpf.accepts(input, begin, caplen, origlen) != accepted) {
            throw new AssertionError("libpcap does not say " + accepted);
        }
    }

    private static ByteBuffer order(final byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }

    private static boolean goesBack(final ByteBuffer instructions) {
        for (int at = 0; at < instructions.limit(); at += BpfProgram.INSTRUCTION_LENGTH) {
            if (instructions.getShort(at) == JUMP_ALWAYS && instructions.getInt(at + 4) < 0) {
                return true;
            }
        }
        return false;
    }

    private static ByteBuffer valid(final byte[] written) {
        final ByteBuffer from = order(written);
        final int count = MEMORY_WORDS + written.length / 8 + 1;
        final ByteBuffer program = order(new byte[8 * count]);
        for (int word = 0; word < MEMORY_WORDS; word++) {
            program.putShort((short) STORE).putShort((short) 0).putInt(word);
        }
        for (int i = MEMORY_WORDS; i < count - 1; i++) {
            final int code = CODES[(from.get() & 0xff) % CODES.length];
            final int shape = from.get();
            final int behind = count - 1 - i;
            final int jumpTrue = (from.get() & 0xff) % Math.min(behind, 256);
            final int jumpFalse = (from.get() & 0xff) % Math.min(behind, 256);
            final int operand = from.getInt() >>> (shape & 24);
            program.putShort((short) code).put((byte) jumpTrue).put((byte) jumpFalse);
            program.putInt(operand(code, operand, i, behind, (shape & 1) != 0));
        }
        program.putShort((short) (count % 2 == 0 ? RETURN : RETURN_A))
                .putShort((short) 0)
                .putInt(1);
        return program.flip();
    }

    private static int operand(
            final int code, final int operand, final int index, final int behind, final boolean back) {
        return switch (code) {
            case 0x02, 0x03, 0x60, 0x61 -> operand & MEMORY_WORDS - 1;
            case DIVIDE, MODULO -> operand == 0 ? 1 : operand;
            // Further by a constant is what C leaves undefined, and libpcap 1.10 does it.
            case SHIFT_LEFT, SHIFT_RIGHT -> operand & Integer.SIZE - 1;
            case JUMP_ALWAYS ->
                back
                        ? -1 - Integer.remainderUnsigned(operand, index + 1 - MEMORY_WORDS)
                        : Integer.remainderUnsigned(operand, behind);
            default -> operand;
        };
    }

    /** What libpcap makes of "tcp port 80" for Ethernet, a loop, a jump over memory. */
    public static List<byte[]> seeds() {
        final byte[] packet = Seeds.join(Seeds.hex("020000000002 020000000001 0800"), Seeds.tcpOverIpv4());
        final byte[] port = Seeds.hex("110000000c000000 0a00000500080000 1400000017000000 0a00000306000000"
                + "300000000e000000 1c00000010000000 0a00000050000000");
        final byte[] loop = Seeds.hex("0400000001000000 0a0001000a000000 0501000001000000");
        final byte[] memory = Seeds.hex("1400000001000000 0200000003000000 0500000001000000 2200000003000000");
        return List.of(
                Seeds.join(new byte[] {(byte) (port.length / 8), 0}, port, packet),
                Seeds.join(new byte[] {(byte) (loop.length / 8), 0}, loop, packet),
                Seeds.join(new byte[] {(byte) (memory.length / 8), CUT}, memory, packet),
                Seeds.join(new byte[] {1, AS_IT_IS}, Seeds.hex("0600000001000000"), packet));
    }
}
