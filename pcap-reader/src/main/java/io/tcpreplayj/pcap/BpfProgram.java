package io.tcpreplayj.pcap;

import java.nio.ByteBuffer;

/**
 * A classic BPF program and its interpreter, instruction by instruction as libpcap's bpf_filter.c runs it: 32-bit unsigned
 * arithmetic, and every load outside the packet, like a division by zero, rejects the packet. Programs come from libpcap's
 * compiler, for files: they load nothing that only a kernel knows.
 */
public final class BpfProgram {
    /** Linux takes no longer ones either (linux/bpf_common.h, BPF_MAXINSNS). */
    static final int MAX_INSTRUCTIONS = 4096;

    /** An instruction of struct bpf_insn: code u16, jt u8, jf u8, k u32. */
    public static final int INSTRUCTION_LENGTH = 8;

    private static final int MEMORY_WORDS = 16;

    /** {@code ip6 protochain} jumps back for each extension header; more of them no packet has. */
    private static final int MAX_BACKWARD_JUMPS = 1024;

    // net/bpf.h: class, size, mode, operation and source of an instruction, or'ed.
    private static final int LD = 0x00;
    private static final int LDX = 0x01;
    private static final int ST = 0x02;
    private static final int STX = 0x03;
    private static final int ALU = 0x04;
    private static final int JMP = 0x05;
    private static final int RET = 0x06;
    private static final int MISC = 0x07;
    private static final int CLASS_MASK = 0x07;
    private static final int MODE_MASK = 0xe0;
    private static final int W = 0x00;
    private static final int H = 0x08;
    private static final int B = 0x10;
    private static final int IMM = 0x00;
    private static final int ABS = 0x20;
    private static final int IND = 0x40;
    private static final int MEM = 0x60;
    private static final int LEN = 0x80;
    private static final int MSH = 0xa0;
    private static final int ADD = 0x00;
    private static final int SUB = 0x10;
    private static final int MUL = 0x20;
    private static final int DIV = 0x30;
    private static final int OR = 0x40;
    private static final int AND = 0x50;
    private static final int LSH = 0x60;
    private static final int RSH = 0x70;
    private static final int NEG = 0x80;
    private static final int MOD = 0x90;
    private static final int XOR = 0xa0;
    private static final int OPERATION_MASK = 0xf0;
    private static final int JA = 0x00;
    private static final int JEQ = 0x10;
    private static final int JGT = 0x20;
    private static final int JGE = 0x30;
    private static final int JSET = 0x40;
    private static final int X = 0x08;
    private static final int A = 0x10;
    private static final int TAX = 0x00;
    private static final int TXA = 0x80;

    private final int[] code;
    private final int[] jumpTrue;
    private final int[] jumpFalse;
    private final int[] operand;
    private final int[] memory = new int[MEMORY_WORDS];

    /**
     * @param instructions remaining bytes: {@link #INSTRUCTION_LENGTH} each, in the buffer's byte order
     * @throws IllegalArgumentException when they are no valid program: as bpf_validate(), no instruction is unknown, no
     *     jump leaves the program, no memory word is outside, and it ends in a return
     */
    public BpfProgram(final ByteBuffer instructions) {
        final int count = instructions.remaining() / INSTRUCTION_LENGTH;
        if (count < 1 || count > MAX_INSTRUCTIONS || instructions.remaining() % INSTRUCTION_LENGTH != 0) {
            throw new IllegalArgumentException(
                    "a filter of " + count + " instructions, allowed 1 to " + MAX_INSTRUCTIONS);
        }
        code = new int[count];
        jumpTrue = new int[count];
        jumpFalse = new int[count];
        operand = new int[count];
        for (int i = 0; i < count; i++) {
            final int at = instructions.position() + i * INSTRUCTION_LENGTH;
            code[i] = instructions.getShort(at) & 0xffff;
            jumpTrue[i] = instructions.get(at + 2) & 0xff;
            jumpFalse[i] = instructions.get(at + 3) & 0xff;
            operand[i] = instructions.getInt(at + 4);
        }
        for (int i = 0; i < count; i++) {
            if (!isValid(i)) {
                throw new IllegalArgumentException(
                        "instruction " + i + " of the filter, code " + code[i] + ", is not valid");
            }
        }
        if ((code[count - 1] & CLASS_MASK) != RET) {
            throw new IllegalArgumentException("the filter's last instruction is no return");
        }
    }

    private boolean isValid(final int i) {
        return switch (code[i]) {
            case LD | MEM, LDX | MEM, ST, STX -> Integer.compareUnsigned(operand[i], MEMORY_WORDS) < 0;
            case LD | W | ABS, LD | H | ABS, LD | B | ABS, LD | W | IND, LD | H | IND, LD | B | IND -> true;
            case LD | IMM, LD | W | LEN, LDX | IMM, LDX | W | LEN, LDX | MSH | B -> true;
            case ALU | ADD, ALU | SUB, ALU | MUL, ALU | OR, ALU | AND, ALU | XOR, ALU | LSH, ALU | RSH -> true;
            case ALU | DIV, ALU | MOD -> operand[i] != 0;
            case ALU | ADD | X, ALU | SUB | X, ALU | MUL | X, ALU | OR | X, ALU | AND | X, ALU | XOR | X -> true;
            case ALU | LSH | X, ALU | RSH | X, ALU | DIV | X, ALU | MOD | X, ALU | NEG -> true;
            case JMP | JA -> isInside((long) i + 1 + operand[i]);
            case JMP | JEQ,
                    JMP | JGT,
                    JMP | JGE,
                    JMP | JSET,
                    JMP | JEQ | X,
                    JMP | JGT | X,
                    JMP | JGE | X,
                    JMP | JSET | X -> isInside(i + 1L + jumpTrue[i]) && isInside(i + 1L + jumpFalse[i]);
            case RET, RET | A, MISC | TAX, MISC | TXA -> true;
            default -> false;
        };
    }

    private boolean isInside(final long target) {
        return target >= 0 && target < code.length;
    }

    /** Whether the packet passes. Not for several threads: the program's memory is the object's. */
    public boolean accepts(final ByteBuffer packet, final int offset, final int caplen, final int origlen) {
        int a = 0;
        int x = 0;
        int pc = 0;
        int backwardJumps = 0;
        while (true) {
            final int instruction = code[pc];
            final int k = operand[pc];
            switch (instruction & CLASS_MASK) {
                case LD -> {
                    final int mode = instruction & MODE_MASK;
                    if (mode == ABS || mode == IND) {
                        final int size = sizeOf(instruction);
                        final long at = (k & 0xffff_ffffL) + (mode == IND ? x & 0xffff_ffffL : 0);
                        if (at + size > caplen) {
                            return false;
                        }
                        a = load(packet, offset + (int) at, size);
                    } else {
                        a = constant(instruction, k, origlen);
                    }
                }
                case LDX -> {
                    if (instruction == (LDX | MSH | B)) {
                        if (Integer.compareUnsigned(k, caplen) >= 0) {
                            return false;
                        }
                        x = (packet.get(offset + k) & 0xf) << 2;
                    } else {
                        x = constant(instruction, k, origlen);
                    }
                }
                case ST -> memory[k] = a;
                case STX -> memory[k] = x;
                case ALU -> {
                    final int by = (instruction & X) != 0 ? x : k;
                    final int operation = instruction & OPERATION_MASK;
                    if (by == 0 && (operation == DIV || operation == MOD)) {
                        return false;
                    }
                    a = compute(operation, a, by);
                }
                case JMP -> {
                    if (instruction == (JMP | JA) && k < 0 && ++backwardJumps > MAX_BACKWARD_JUMPS) {
                        return false;
                    }
                    pc += jump(pc, a, x);
                }
                case RET -> {
                    return (instruction == (RET | A) ? a : k) != 0;
                }
                default -> {
                    x = instruction == (MISC | TAX) ? a : x;
                    a = instruction == (MISC | TXA) ? x : a;
                }
            }
            pc++;
        }
    }

    /** What a load takes that reads no packet. */
    private int constant(final int instruction, final int k, final int origlen) {
        return switch (instruction & MODE_MASK) {
            case LEN -> origlen;
            case MEM -> memory[k];
            default -> k;
        };
    }

    /** How far the jump at {@code pc} goes, from the instruction behind it. */
    private int jump(final int pc, final int a, final int x) {
        final int instruction = code[pc];
        if (instruction == (JMP | JA)) {
            return operand[pc];
        }
        final int with = (instruction & X) != 0 ? x : operand[pc];
        return holds(instruction & OPERATION_MASK, a, with) ? jumpTrue[pc] : jumpFalse[pc];
    }

    private static int sizeOf(final int instruction) {
        return switch (instruction & 0x18) {
            case H -> Short.BYTES;
            case B -> Byte.BYTES;
            default -> Integer.BYTES;
        };
    }

    private static int load(final ByteBuffer packet, final int at, final int size) {
        return switch (size) {
            case Byte.BYTES -> packet.get(at) & 0xff;
            case Short.BYTES -> packet.getShort(at) & 0xffff;
            default -> packet.getInt(at);
        };
    }

    private static int compute(final int operation, final int a, final int by) {
        return switch (operation) {
            case ADD -> a + by;
            case SUB -> a - by;
            case MUL -> a * by;
            case DIV -> Integer.divideUnsigned(a, by);
            case MOD -> Integer.remainderUnsigned(a, by);
            case OR -> a | by;
            case AND -> a & by;
            case XOR -> a ^ by;
            // Java takes the distance modulo 32, bpf_filter.c shifts everything out.
            case LSH -> Integer.compareUnsigned(by, Integer.SIZE) < 0 ? a << by : 0;
            case RSH -> Integer.compareUnsigned(by, Integer.SIZE) < 0 ? a >>> by : 0;
            case NEG -> -a;
            default -> throw new IllegalStateException("operation " + operation);
        };
    }

    private static boolean holds(final int comparison, final int a, final int with) {
        return switch (comparison) {
            case JEQ -> a == with;
            case JGT -> Integer.compareUnsigned(a, with) > 0;
            case JGE -> Integer.compareUnsigned(a, with) >= 0;
            case JSET -> (a & with) != 0;
            default -> throw new IllegalStateException("comparison " + comparison);
        };
    }
}
