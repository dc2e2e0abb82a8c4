package io.tcpreplayj.pcap.live;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.pcap.BpfProgram;
import java.nio.ByteBuffer;

/**
 * Filter expressions of pcap-filter(7) as programs that the kernel runs for a packet socket (SO_ATTACH_FILTER). Not for
 * those that ask for VLAN tags: the kernel takes the outer one off a frame, and the program looks for it there.
 */
public final class KernelFilter {
    private static final int SLL2_HEADER = 20;

    // linux/filter.h: loads from behind SKF_AD_OFF are of what the kernel knows of a frame.
    private static final int SKF_AD_OFF = -0x1000;
    private static final int SKF_AD_PROTOCOL = SKF_AD_OFF;
    private static final int SKF_AD_PKTTYPE = SKF_AD_OFF + 4;
    private static final int SKF_AD_IFINDEX = SKF_AD_OFF + 8;
    private static final int SKF_AD_HATYPE = SKF_AD_OFF + 28;

    // net/bpf.h: class and mode of an instruction.
    private static final int CLASS_MASK = 0x07;
    private static final int MODE_MASK = 0xe0;
    private static final int LDX = 0x01;
    private static final int ABS = 0x20;
    private static final int IND = 0x40;
    private static final int MSH = 0xa0;

    private KernelFilter() {}

    /**
     * Compiles.
     *
     * @param linktype ETHERNET for sockets that bring it, LINUX_SLL2 or LINUX_SLL for packet sockets without link-layer
     *     headers (SOCK_DGRAM), RAW for those of the IP layer
     * @return struct sock_filter each, in the machine's byte order
     * @throws BpfException when it is no filter expression for that link type, or when there is no libpcap
     */
    public static ByteBuffer compile(final String expression, final int linktype) {
        final boolean cooked = linktype == Linktype.LINUX_SLL2 || linktype == Linktype.LINUX_SLL;
        final ByteBuffer program = Libpcap.compileForKernel(expression, cooked ? Linktype.LINUX_SLL2 : linktype);
        if (cooked) {
            for (int at = 0; at < program.limit(); at += BpfProgram.INSTRUCTION_LENGTH) {
                withoutHeader(program, at, expression);
            }
        }
        return program;
    }

    /** The header is ours; the kernel's frame begins behind it, and what the header says has numbers of its own. */
    private static void withoutHeader(final ByteBuffer program, final int at, final String expression) {
        final int code = program.getShort(at);
        final int mode = code & MODE_MASK;
        if ((code & CLASS_MASK) > LDX || (mode != ABS && mode != IND && mode != MSH)) {
            return;
        }
        final int offset = program.getInt(at + 4);
        if (offset >= SKF_AD_OFF && offset < 0) {
            return;
        }
        program.putInt(at + 4, offset >= SLL2_HEADER ? offset - SLL2_HEADER : known(offset, expression));
    }

    private static int known(final int offset, final String expression) {
        return switch (offset) {
            case 0 -> SKF_AD_PROTOCOL;
            case 4 -> SKF_AD_IFINDEX;
            case 8 -> SKF_AD_HATYPE;
            case 10 -> SKF_AD_PKTTYPE;
            default ->
                throw new BpfException(
                        "the filter \"" + expression
                                + "\" looks at link-layer addresses, which this interface has none of",
                        "select by addresses of IP and by ports");
        };
    }
}
