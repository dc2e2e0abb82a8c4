package io.tcpreplayj.linux;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.FlowHash;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.TcpFlags;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A classic BPF program (linux/filter.h): the kernel copies only what it lets through. The ones made here are over Ethernet
 * frames, {@link #compiled} ones over packets of the link type that they were compiled for. A VLAN tag is out of the frame
 * before the filter sees it.
 */
public final class PacketFilter {
    /** The call that fails when the kernel does not take a program. */
    static final String ATTACH = "setsockopt(SO_ATTACH_FILTER)";

    private static final int LDH_ABS = 0x28;
    private static final int LDW_ABS = 0x20;
    private static final int LDB_ABS = 0x30;
    private static final int LDH_IND = 0x48;
    private static final int LDB_IND = 0x50;
    private static final int LDX_MSH = 0xb1;
    private static final int JA = 0x05;
    private static final int JEQ = 0x15;
    private static final int JGT = 0x25;
    private static final int JGE = 0x35;
    private static final int JSET = 0x45;
    private static final int AND = 0x54;
    private static final int MUL = 0x24;
    private static final int RSH = 0x74;
    private static final int ADD_X = 0x0c;
    private static final int XOR_X = 0xac;
    private static final int TAX = 0x07;
    private static final int ST = 0x02;
    private static final int LDX_MEM = 0x61;
    private static final int RET = 0x06;
    private static final int ETHERNET = 14;
    private static final int ETH_P_IP = 0x0800;
    private static final int ETH_P_IPV6 = 0x86dd;
    private static final int ICMP = 1;
    private static final int TCP = 6;
    private static final int ICMPV6 = 58;
    private static final int V4_UNREACHABLE = 3;
    private static final int V4_TIME_EXCEEDED = 11;
    private static final int V6_LAST_ERROR_WE_KNOW = 3;
    private static final int FRAGMENT_OFFSET = 0x1fff;
    private static final int MORE_FRAGMENTS = 0x2000;
    private static final int V6_HEADER = 40;
    private static final int TCP_FLAGS = 13;
    private static final int V4_DESTINATION = ETHERNET + 16;
    private static final int V6_DESTINATION = ETHERNET + 24;
    private static final int LONGEST = 256;
    /** More than {@link #sharing} puts in front. */
    private static final int SHARING = 80;
    // linux/filter.h: loads from behind SKF_AD_OFF are of what the kernel knows of a frame.
    private static final int SKF_AD_PROTOCOL = -0x1000;
    private static final int SKF_AD_PKTTYPE = -0x1000 + 4;
    private static final int SKF_AD_IFINDEX = -0x1000 + 8;
    private static final int SKF_AD_MARK = -0x1000 + 20;
    /** Loads from here on count from the network header, wherever the packet begins for the socket. */
    private static final int SKF_NET_OFF = -0x100000;

    private static final int CLASS_MASK = 0x07;
    private static final int MODE_MASK = 0xe0;
    private static final int LDX = 0x01;
    private static final int ABS = 0x20;
    private static final int IND = 0x40;
    private static final int MSH = 0xa0;
    private static final int PACKET_OUTGOING = 4;
    /** Of every network namespace (net/core/dev.c: the loopback device registers first). */
    private static final int LOOPBACK_INDEX = 1;

    private static final int SOL_SOCKET = 1;
    private static final int SO_ATTACH_FILTER = 26;
    // Jump targets that are not known yet: replaced by the distance to the last instruction, to those about ICMP, or to
    // the one that accepts.
    private static final int REJECT = 0xff;
    private static final int TO_ICMP = 0xfe;
    private static final int ACCEPT = 0xfd;
    private static final int WORD_BITS = 32;
    private static final int INSTRUCTION_BYTES = 8;

    private final int[] codes;
    private final int[] jumpsIfTrue;
    private final int[] jumpsIfFalse;
    private final int[] operands;
    private int length;
    private int icmp;
    private int accept;

    private PacketFilter() {
        this(LONGEST);
    }

    private PacketFilter(final int longest) {
        codes = new int[longest];
        jumpsIfTrue = new int[longest];
        jumpsIfFalse = new int[longest];
        operands = new int[longest];
    }

    /**
     * Every frame.
     *
     * @param snaplen bytes of each frame to keep
     */
    public static PacketFilter everything(final int snaplen) {
        return new PacketFilter().append(RET, 0, 0, snaplen);
    }

    /** No frame at all. */
    public static PacketFilter nothing() {
        return everything(0);
    }

    /**
     * What a compiler made.
     *
     * @param instructions remaining bytes: struct sock_filter each, in the buffer's byte order
     * @param snaplen bytes to keep of each frame that the program lets in, however many it returns
     */
    public static PacketFilter compiled(final ByteBuffer instructions, final int snaplen) {
        final int count = instructions.remaining() / INSTRUCTION_BYTES;
        final PacketFilter filter = new PacketFilter(count);
        for (int at = instructions.position(); filter.length < count; at += INSTRUCTION_BYTES) {
            final int code = Short.toUnsignedInt(instructions.getShort(at));
            final int operand = instructions.getInt(at + 4);
            filter.append(
                    code,
                    Byte.toUnsignedInt(instructions.get(at + 2)),
                    Byte.toUnsignedInt(instructions.get(at + 3)),
                    code == RET && operand != 0 ? snaplen : operand);
        }
        return filter;
    }

    /**
     * The same, without what this process sends past the kernel's TCP.
     *
     * @param withoutLoopbackCopies also without what the loopback interface sends: it comes in again
     */
    public PacketFilter guarded(final boolean withoutLoopbackCopies) {
        return withoutLoopbackCopies ? withoutLoopbackCopies().withoutOwn() : withoutOwn();
    }

    /** The same, without what this process sends past the kernel's TCP. */
    PacketFilter withoutOwn() {
        final PacketFilter filter = new PacketFilter(length + 3);
        filter.load(LDW_ABS, SKF_AD_MARK).append(JEQ, 0, 1, SendMark.value()).append(RET, 0, 0, 0);
        return filter.append(this);
    }

    /** The same, without what the loopback interface sends: it comes in again. */
    PacketFilter withoutLoopbackCopies() {
        final PacketFilter filter = new PacketFilter(length + 5);
        filter.load(LDW_ABS, SKF_AD_PKTTYPE).append(JEQ, 0, 3, PACKET_OUTGOING);
        filter.load(LDW_ABS, SKF_AD_IFINDEX).append(JEQ, 0, 1, LOOPBACK_INDEX).append(RET, 0, 0, 0);
        return filter.append(this);
    }

    /**
     * The same, but of TCP segments only those of flows whose hash is below a limit, and the SYNs with which the others begin, so
     * that they can be counted. What it cannot tell passes: fragments, tunnels, tags inside the frame, IPv6 extension headers,
     * and packets of a link type that it does not know. A segment without whole headers does not pass.
     *
     * @param limit up to {@link FlowHash#RANGE}, which is that of all flows
     */
    public PacketFilter sharing(final FlowHash hash, final int limit, final int linktype) {
        final PacketFilter filter = new PacketFilter(length + SHARING);
        switch (linktype) {
            case Linktype.ETHERNET -> filter.load(LDH_ABS, 12).hashOrAccept(hash, ETHERNET, ETH_P_IP, ETH_P_IPV6);
            case Linktype.LINUX_SLL, Linktype.LINUX_SLL2 ->
                // Without its header, see CaptureRing: the packet begins at the network layer.
                filter.load(LDW_ABS, SKF_AD_PROTOCOL).hashOrAccept(hash, 0, ETH_P_IP, ETH_P_IPV6);
            case Linktype.RAW -> filter.load(LDB_ABS, 0).append(AND, 0, 0, 0xf0).hashOrAccept(hash, 0, 0x40, 0x60);
            default -> {
                return this;
            }
        }
        filter.append(TAX, 0, 0, 0).append(RSH, 0, 0, FlowHash.MIX_SHIFT).append(XOR_X, 0, 0, 0);
        filter.append(MUL, 0, 0, hash.mixFactor()).append(RSH, 0, 0, FlowHash.LAST_SHIFT);
        filter.append(JGE, 0, 1, limit).append(RET, 0, 0, 0);
        filter.accept = filter.length;
        return filter.resolve().append(this);
    }

    /**
     * Leaves the sum of {@link FlowHash} in the accumulator, which has the packet's type now.
     *
     * @param ip where its IP header begins
     */
    private void hashOrAccept(final FlowHash hash, final int ip, final int typeV4, final int typeV6) {
        final PacketFilter v4 = new PacketFilter();
        v4.load(LDB_ABS, ip + 9).append(JEQ, 0, ACCEPT, TCP);
        v4.load(LDH_ABS, ip + 6).append(JSET, ACCEPT, 0, FRAGMENT_OFFSET | MORE_FRAGMENTS);
        v4.load(LDX_MSH, ip).hashOrAcceptTcp(hash, ip, LDB_IND, LDH_IND);
        v4.hashAddresses(hash, ip + 12, 2);
        final PacketFilter v6 = new PacketFilter();
        v6.load(LDB_ABS, ip + 6).append(JEQ, 0, ACCEPT, TCP).hashOrAcceptTcp(hash, ip + V6_HEADER, LDB_ABS, LDH_ABS);
        v6.hashAddresses(hash, ip + 8, 8);
        append(JEQ, 0, v4.length + 1, typeV4).append(v4).append(JA, 0, 0, v6.length + 1);
        append(JEQ, 0, ACCEPT, typeV6).append(v6);
    }

    /** Accepts what begins a connection; of the rest the ports' part of the sum goes to memory. */
    private void hashOrAcceptTcp(final FlowHash hash, final int tcp, final int loadByte, final int loadHalf) {
        load(loadByte, tcp + TCP_FLAGS).append(AND, 0, 0, TcpFlags.SYN | TcpFlags.ACK);
        append(JEQ, ACCEPT, 0, TcpFlags.SYN);
        load(loadHalf, tcp).append(ST, 0, 0, 0);
        load(loadHalf, tcp + 2).append(LDX_MEM, 0, 0, 0).append(XOR_X, 0, 0, 0);
        append(MUL, 0, 0, hash.portFactor()).append(ST, 0, 0, 0);
    }

    private void hashAddresses(final FlowHash hash, final int first, final int words) {
        load(LDW_ABS, first);
        for (int word = 1; word < words; word++) {
            append(TAX, 0, 0, 0).load(LDW_ABS, first + 4 * word).append(XOR_X, 0, 0, 0);
        }
        append(MUL, 0, 0, hash.addressFactor()).append(LDX_MEM, 0, 0, 0).append(ADD_X, 0, 0, 0);
    }

    /**
     * The same for a socket whose packets have lost their IP header when the program runs, as raw ones of IPv6. Of the packet's
     * length the header is missing still.
     */
    PacketFilter fromNetworkHeader() {
        final PacketFilter filter = new PacketFilter(length).append(this);
        for (int i = 0; i < length; i++) {
            final int mode = codes[i] & MODE_MASK;
            final boolean isLoad =
                    (codes[i] & CLASS_MASK) <= LDX && (mode == ABS || mode == IND || mode == MSH) && operands[i] >= 0;
            if (isLoad) {
                filter.operands[i] += SKF_NET_OFF;
            }
        }
        return filter;
    }

    /** What both let in, of the same link type; as many bytes of it as this one keeps. */
    public PacketFilter and(final PacketFilter other) {
        final PacketFilter both =
                new PacketFilter(length + other.length).append(this).append(other);
        int snaplen = 0;
        for (int i = 0; i < both.length; i++) {
            final boolean accepts = both.codes[i] == RET && both.operands[i] != 0;
            if (accepts && i < length) {
                snaplen = both.operands[i];
                both.codes[i] = JA;
                both.operands[i] = length - i - 1;
            } else if (accepts) {
                both.operands[i] = snaplen;
            }
        }
        return both;
    }

    private PacketFilter append(final PacketFilter other) {
        for (int i = 0; i < other.length; i++) {
            append(other.codes[i], other.jumpsIfTrue[i], other.jumpsIfFalse[i], other.operands[i]);
        }
        return this;
    }

    /**
     * TCP segments from one server to a range of client ports, and whatever ICMP says of packets that do not arrive; no later
     * fragments, no IPv6 extension headers.
     *
     * @param lastPort at least {@code firstPort}
     * @param snaplen bytes of each frame to keep
     */
    public static PacketFilter tcpFrom(
            final IpAddress server, final int serverPort, final int firstPort, final int lastPort, final int snaplen) {
        final PacketFilter filter = new PacketFilter();
        if (server.isV4()) {
            filter.load(LDH_ABS, 12).require(JEQ, ETH_P_IP);
            filter.load(LDB_ABS, ETHERNET + 9).append(JEQ, TO_ICMP, 0, ICMP).require(JEQ, TCP);
            filter.load(LDW_ABS, ETHERNET + 12).require(JEQ, server.v4());
            filter.load(LDH_ABS, ETHERNET + 6).forbid(JSET, FRAGMENT_OFFSET);
            filter.load(LDX_MSH, ETHERNET);
            filter.load(LDH_IND, ETHERNET).require(JEQ, serverPort);
            filter.load(LDH_IND, ETHERNET + 2);
        } else {
            filter.load(LDH_ABS, 12).require(JEQ, ETH_P_IPV6);
            filter.load(LDB_ABS, ETHERNET + 6).append(JEQ, TO_ICMP, 0, ICMPV6).require(JEQ, TCP);
            filter.load(LDW_ABS, ETHERNET + 8).require(JEQ, (int) (server.high() >>> 32));
            filter.load(LDW_ABS, ETHERNET + 12).require(JEQ, (int) server.high());
            filter.load(LDW_ABS, ETHERNET + 16).require(JEQ, (int) (server.low() >>> 32));
            filter.load(LDW_ABS, ETHERNET + 20).require(JEQ, (int) server.low());
            filter.load(LDH_ABS, ETHERNET + 40).require(JEQ, serverPort);
            filter.load(LDH_ABS, ETHERNET + 42);
        }
        filter.require(JGE, firstPort).forbid(JGT, lastPort).append(RET, 0, 0, snaplen);
        filter.icmp = filter.length;
        if (server.isV4()) {
            filter.load(LDX_MSH, ETHERNET).load(LDB_IND, ETHERNET);
            filter.append(JEQ, 1, 0, V4_UNREACHABLE).require(JEQ, V4_TIME_EXCEEDED);
        } else {
            // Destination unreachable, packet too big, time exceeded: 1 to 3 (RFC 4443 2.1).
            filter.load(LDB_ABS, ETHERNET + 40).require(JGE, 1).forbid(JGT, V6_LAST_ERROR_WE_KNOW);
        }
        return filter.append(RET, 0, 0, snaplen).end();
    }

    /**
     * IP packets to an address of one of these networks, whatever they carry.
     *
     * @param networks few: the kernel looks at them one after the other
     * @param snaplen bytes of each frame to keep
     */
    public static PacketFilter to(final List<Cidr> networks, final int snaplen) {
        final PacketFilter filter = new PacketFilter();
        networks.forEach(filter::acceptTo);
        filter.append(RET, 0, 0, 0);
        filter.accept = filter.length;
        return filter.append(RET, 0, 0, snaplen).end();
    }

    /** Whoever is not of this network falls through to the next instruction behind. */
    private void acceptTo(final Cidr network) {
        final IpAddress address = network.address();
        final int first = address.isV4() ? V4_DESTINATION : V6_DESTINATION;
        // At least one word: of a /0 it is masked to nothing, and equal to nothing.
        final int words = Math.max(1, (network.prefixLength() + WORD_BITS - 1) / WORD_BITS);
        int behind = 3 * words;
        load(LDH_ABS, 12).append(JEQ, 0, behind, address.isV4() ? ETH_P_IP : ETH_P_IPV6);
        for (int word = 0; word < words; word++) {
            behind -= 3;
            final int mask = mask(network.prefixLength() - word * WORD_BITS);
            load(LDW_ABS, first + 4 * word).append(AND, 0, 0, mask);
            append(JEQ, behind == 0 ? ACCEPT : 0, behind, word(address, word) & mask);
        }
    }

    private static int mask(final int bits) {
        return bits >= WORD_BITS ? -1 : bits <= 0 ? 0 : -1 << (WORD_BITS - bits);
    }

    private static int word(final IpAddress address, final int word) {
        if (address.isV4()) {
            return address.v4();
        }
        final long half = word < 2 ? address.high() : address.low();
        return (int) (word % 2 == 0 ? half >>> WORD_BITS : half);
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

    private PacketFilter end() {
        return append(RET, 0, 0, 0).resolve();
    }

    private PacketFilter resolve() {
        for (int i = 0; i < length; i++) {
            jumpsIfTrue[i] = distance(i, jumpsIfTrue[i]);
            jumpsIfFalse[i] = distance(i, jumpsIfFalse[i]);
        }
        return this;
    }

    private int distance(final int from, final int jump) {
        return switch (jump) {
            case REJECT -> length - 1 - from - 1;
            case TO_ICMP -> icmp - from - 1;
            case ACCEPT -> accept - from - 1;
            default -> jump;
        };
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

    /** The kernel runs it for each frame from now on. */
    void attachTo(final Descriptor socket) throws LinuxException {
        final NativeMemory program = toNative();
        try {
            final int result = LibC.setsockopt(
                    socket.fd(),
                    SOL_SOCKET,
                    SO_ATTACH_FILTER,
                    toProgram(program).address(),
                    16);
            Descriptor.check(result, ATTACH, length + " instructions");
        } finally {
            // fprog holds the program's bare address, which does not keep it alive.
            Reference.reachabilityFence(program);
        }
    }

    /** The program as {@link #compiled} takes it, in the machine's byte order. */
    public ByteBuffer instructions() {
        return toNative().buffer();
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

    /** A struct sock_fprog: it holds the bare address of {@code program}, which it does not keep alive. */
    NativeMemory toProgram(final NativeMemory program) {
        final NativeMemory fprog = NativeMemory.allocate(16);
        fprog.buffer().putShort(0, (short) length).putLong(8, program.address());
        return fprog;
    }

    @Override
    public String toString() {
        return "BPF " + Arrays.toString(Arrays.copyOf(codes, length));
    }
}
