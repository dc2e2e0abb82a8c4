package io.tcpreplayj.linux;

import io.tcpreplayj.packet.IpAddress;
import java.util.Arrays;

/**
 * A classic BPF program over Ethernet frames (linux/filter.h): the kernel copies only what it lets through. A VLAN tag
 * is out of the frame before the filter sees it.
 */
public final class PacketFilter {
    private static final int LDH_ABS = 0x28;
    private static final int LDW_ABS = 0x20;
    private static final int LDB_ABS = 0x30;
    private static final int LDH_IND = 0x48;
    private static final int LDX_MSH = 0xb1;
    private static final int JEQ = 0x15;
    private static final int JGT = 0x25;
    private static final int JGE = 0x35;
    private static final int JSET = 0x45;
    private static final int RET = 0x06;
    private static final int ETHERNET = 14;
    private static final int ETH_P_IP = 0x0800;
    private static final int ETH_P_IPV6 = 0x86dd;
    private static final int TCP = 6;
    private static final int FRAGMENT_OFFSET = 0x1fff;
    private static final int LONGEST = 64;
    // Jump targets that are not known yet: replaced by the distance to the last instruction.
    private static final int REJECT = 0xff;
    private static final int INSTRUCTION_BYTES = 8;

    private final int[] codes = new int[LONGEST];
    private final int[] jumpsIfTrue = new int[LONGEST];
    private final int[] jumpsIfFalse = new int[LONGEST];
    private final int[] operands = new int[LONGEST];
    private int length;

    private PacketFilter() {}

    /**
     * TCP segments from one server to a range of client ports; no later fragments, no IPv6 extension headers.
     *
     * @param lastPort at least {@code firstPort}
     * @param snaplen bytes of each frame to keep
     */
    public static PacketFilter tcpFrom(
            final IpAddress server, final int serverPort, final int firstPort, final int lastPort, final int snaplen) {
        final PacketFilter filter = new PacketFilter();
        if (server.isV4()) {
            filter.load(LDH_ABS, 12).require(JEQ, ETH_P_IP);
            filter.load(LDB_ABS, ETHERNET + 9).require(JEQ, TCP);
            filter.load(LDW_ABS, ETHERNET + 12).require(JEQ, server.v4());
            filter.load(LDH_ABS, ETHERNET + 6).forbid(JSET, FRAGMENT_OFFSET);
            filter.load(LDX_MSH, ETHERNET);
            filter.load(LDH_IND, ETHERNET).require(JEQ, serverPort);
            filter.load(LDH_IND, ETHERNET + 2);
        } else {
            filter.load(LDH_ABS, 12).require(JEQ, ETH_P_IPV6);
            filter.load(LDB_ABS, ETHERNET + 6).require(JEQ, TCP);
            filter.load(LDW_ABS, ETHERNET + 8).require(JEQ, (int) (server.high() >>> 32));
            filter.load(LDW_ABS, ETHERNET + 12).require(JEQ, (int) server.high());
            filter.load(LDW_ABS, ETHERNET + 16).require(JEQ, (int) (server.low() >>> 32));
            filter.load(LDW_ABS, ETHERNET + 20).require(JEQ, (int) server.low());
            filter.load(LDH_ABS, ETHERNET + 40).require(JEQ, serverPort);
            filter.load(LDH_ABS, ETHERNET + 42);
        }
        return filter.require(JGE, firstPort).forbid(JGT, lastPort).end(snaplen);
    }

    private PacketFilter load(final int code, final int operand) {
        return append(code, 0, 0, operand);
    }

    private PacketFilter require(final int jump, final int operand) {
        return append(jump, 0, REJECT, operand);
    }

    private PacketFilter forbid(final int jump, final int operand) {
        return append(jump, REJECT, 0, operand);
    }

    private PacketFilter end(final int snaplen) {
        append(RET, 0, 0, snaplen);
        append(RET, 0, 0, 0);
        final int reject = length - 1;
        for (int i = 0; i < length; i++) {
            jumpsIfTrue[i] = jumpsIfTrue[i] == REJECT ? reject - i - 1 : 0;
            jumpsIfFalse[i] = jumpsIfFalse[i] == REJECT ? reject - i - 1 : 0;
        }
        return this;
    }

    private PacketFilter append(final int code, final int ifTrue, final int ifFalse, final int operand) {
        codes[length] = code;
        jumpsIfTrue[length] = ifTrue;
        jumpsIfFalse[length] = ifFalse;
        operands[length] = operand;
        length++;
        return this;
    }

    int length() {
        return length;
    }

    /** The program as an array of struct sock_filter: code, jt, jf, k. */
    NativeMemory toNative() {
        final NativeMemory memory = NativeMemory.allocate(length * INSTRUCTION_BYTES);
        for (int i = 0; i < length; i++) {
            memory.buffer().putShort(i * INSTRUCTION_BYTES, (short) codes[i]);
            memory.buffer().put(i * INSTRUCTION_BYTES + 2, (byte) jumpsIfTrue[i]);
            memory.buffer().put(i * INSTRUCTION_BYTES + 3, (byte) jumpsIfFalse[i]);
            memory.buffer().putInt(i * INSTRUCTION_BYTES + 4, operands[i]);
        }
        return memory;
    }

    @Override
    public String toString() {
        return "BPF " + Arrays.toString(Arrays.copyOf(codes, length));
    }
}
