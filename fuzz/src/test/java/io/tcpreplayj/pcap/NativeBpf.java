package io.tcpreplayj.pcap;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;

/** What libpcap itself says of a classic BPF program. */
final class NativeBpf {
    private static final Memory PROGRAM =
            new Memory((long) BpfProgram.MAX_INSTRUCTIONS * BpfProgram.INSTRUCTION_LENGTH);
    private static final Memory PACKET = new Memory(1 << 16);

    static {
        Native.register(NativeBpf.class, "pcap");
    }

    private NativeBpf() {}

    private static native int bpf_validate(Pointer instructions, int count);

    private static native int bpf_filter(Pointer instructions, Pointer packet, int origlen, int caplen);

    /** @param instructions as struct bpf_insn, in the machine's byte order */
    static boolean isValid(final ByteBuffer instructions) {
        put(PROGRAM, instructions);
        return bpf_validate(PROGRAM, instructions.remaining() / BpfProgram.INSTRUCTION_LENGTH) != 0;
    }

    /** Runs the program last asked for. A loop is run for as long as it takes. */
    static boolean accepts(final byte[] packet, final int offset, final int caplen, final int origlen) {
        PACKET.write(0, packet, offset, caplen);
        return bpf_filter(PROGRAM, PACKET, origlen, caplen) != 0;
    }

    private static void put(final Memory memory, final ByteBuffer bytes) {
        memory.write(0, bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
    }
}
