package io.tcpreplayj.pcap.live;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.pcap.BpfProgram;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A filter expression of pcap-filter(7) over packets of any link type: libpcap compiles it for each link type when the
 * first packet of that type comes, our own interpreter runs it. Not for several threads.
 */
public final class BpfFilter {
    /** An expression may make sense for some link types only: {@code wlan type mgt} for the last two. */
    private static final int[] PROBED = {Linktype.ETHERNET, Linktype.RAW, Linktype.LINUX_SLL, 105, 127};

    /** No link type is greater than 65535. */
    private static final int BIG_ENDIAN_NULL = 1 << 16;

    private final String expression;
    private final List<BpfProgram> programs = new ArrayList<>();
    private int[] keys = {};
    private int lastKey = -1;
    private @Nullable BpfProgram last;

    /**
     * Compiles it for the commonest link types, to meet its mistakes before a packet is read.
     *
     * @throws BpfException when it is no filter expression, or when there is no libpcap
     */
    public BpfFilter(final String expression) {
        this.expression = expression;
        BpfException first = null;
        for (final int linktype : PROBED) {
            try {
                program(linktype);
                return;
            } catch (final BpfException e) {
                first = first == null ? e : first;
            }
        }
        throw first == null ? new IllegalStateException("no link type was tried") : first;
    }

    /**
     * Whether the packet passes.
     *
     * @throws BpfException when the expression makes no sense for that link type
     */
    public boolean accepts(
            final ByteBuffer buffer, final int offset, final int caplen, final int origlen, final int linktype) {
        final int key = linktype == Linktype.NULL && isBigEndian(buffer, offset, caplen) ? BIG_ENDIAN_NULL : linktype;
        BpfProgram program = last;
        if (program == null || key != lastKey) {
            program = program(key);
            last = program;
            lastKey = key;
        }
        return program.accepts(buffer, offset, caplen, origlen);
    }

    /** LINKTYPE_NULL begins with an address family, a small number, in the byte order of the host that captured. */
    private static boolean isBigEndian(final ByteBuffer buffer, final int offset, final int caplen) {
        return caplen >= Integer.BYTES && (buffer.getInt(offset) & 0xffff_0000) == 0;
    }

    private BpfProgram program(final int key) {
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] == key) {
                return programs.get(i);
            }
        }
        final BpfProgram program = key == BIG_ENDIAN_NULL
                ? Libpcap.compile(expression, Linktype.NULL, ByteOrder.BIG_ENDIAN)
                : Libpcap.compile(expression, key, ByteOrder.LITTLE_ENDIAN);
        keys = Arrays.copyOf(keys, keys.length + 1);
        keys[keys.length - 1] = key;
        programs.add(program);
        return program;
    }
}
