package io.tcpreplayj.pcap.live;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.pcap.BpfProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;
import org.pcap4j.packet.namednumber.DataLinkType;

/** libpcap, as pcap4j finds it, and its compiler of filter expressions. */
final class Libpcap {
    /** MAXIMUM_SNAPLEN of libpcap. */
    private static final int SNAPLEN = 256 * 1024;

    /** PCAP_NETMASK_UNKNOWN: a file does not tell it, and {@code ip broadcast} is refused. */
    private static final byte[] NO_NETMASK = {-1, -1, -1, -1};

    /** Of a pointer, and so what it is aligned to: all machines this runs on have 64 bits. */
    private static final int ADDRESS_BYTES = 8;

    /** On Linux. */
    private static final int DLT_RAW = 12;

    /** What pcap4j puts before libpcap's own words. */
    private static final String PREFIX = "Error occurred in pcap_compile: ";

    private Libpcap() {}

    /**
     * Compiles for the packets of a file of one link type, as tcpdump -r does. Some code depends on the byte order of who
     * wrote the file: an address family stands in front of a packet of LINKTYPE_NULL.
     *
     * @throws BpfException when libpcap refuses the expression or is not there
     */
    static BpfProgram compile(final String expression, final int linktype, final ByteOrder order) {
        final ByteBuffer instructions = guarded(expression, linktype, () -> {
            final Path empty = emptyCapture(linktype, order);
            try (PcapHandle handle = Pcaps.openOffline(empty.toString())) {
                return compileFor(handle, expression);
            } finally {
                Files.delete(empty);
            }
        });
        try {
            return new BpfProgram(instructions);
        } catch (final IllegalArgumentException e) {
            throw new BpfException(
                    "the filter \"" + expression + "\" is too long: " + e.getMessage(), "select in several steps");
        }
    }

    /**
     * Compiles for what an interface brings.
     *
     * @return struct bpf_insn each, in the machine's byte order
     * @throws BpfException when libpcap refuses the expression or is not there
     */
    static ByteBuffer compileForKernel(final String expression, final int linktype) {
        return guarded(expression, linktype, () -> {
            try (PcapHandle handle = Pcaps.openDead(DataLinkType.getInstance(dlt(linktype)), SNAPLEN)) {
                return compileFor(handle, expression);
            }
        });
    }

    /** What libpcap calls a link type; its numbers are those of files, but for this one. */
    private static int dlt(final int linktype) {
        return linktype == Linktype.RAW ? DLT_RAW : linktype;
    }

    /** The other way round. */
    static int linktype(final int dlt) {
        return dlt == DLT_RAW ? Linktype.RAW : dlt;
    }

    /** Of the pcap_t behind a handle, which pcap4j keeps to itself. */
    static long address(final PcapHandle handle) throws ReflectiveOperationException {
        final Field field = PcapHandle.class.getDeclaredField("handle");
        field.setAccessible(true);
        final Object pointer = field.get(handle);
        return (long) field.getType().getMethod("nativeValue", field.getType()).invoke(null, pointer);
    }

    /** One use of libpcap. */
    interface Use<T> {
        T run() throws PcapNativeException, NotOpenException, IOException, ReflectiveOperationException;
    }

    private static ByteBuffer guarded(final String expression, final int linktype, final Use<ByteBuffer> use) {
        try {
            return using(
                    "a filter expression",
                    "apt-get install libpcap0.8, or select with --port, --host, --from and --to, which do not need it",
                    () -> {
                        try {
                            return use.run();
                        } catch (final PcapNativeException e) {
                            throw refused(expression, linktype, String.valueOf(e.getMessage()));
                        }
                    });
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Uses it.
     *
     * @param what needs it
     * @param cure where it is missing
     * @throws BpfException where it is missing
     */
    static <T> T using(final String what, final String cure, final Use<T> use) throws IOException {
        // slf4j-simple reads it once: pcap4j tells at level INFO how it found its library.
        if (System.getProperty("org.slf4j.simpleLogger.log.org.pcap4j") == null) {
            System.setProperty("org.slf4j.simpleLogger.log.org.pcap4j", "warn");
        }
        try {
            return use.run();
        } catch (final LinkageError e) {
            throw new BpfException(what + " needs libpcap, which cannot be loaded", cure);
        } catch (final PcapNativeException | NotOpenException | ReflectiveOperationException e) {
            throw new IllegalStateException("pcap4j is not the one that this was written for", e);
        }
    }

    /** A handle that is opened "dead" compiles for live capture, which has other address families and VLAN tags. */
    private static Path emptyCapture(final int linktype, final ByteOrder order) throws IOException {
        final ByteBuffer header = ByteBuffer.allocate(24).order(order);
        header.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4);
        header.putInt(0).putInt(0).putInt(SNAPLEN).putInt(linktype);
        return Files.write(Files.createTempFile("tcpreplay-j", ".pcap"), header.array());
    }

    private static ByteBuffer compileFor(final PcapHandle handle, final String expression)
            throws PcapNativeException, NotOpenException, UnknownHostException, ReflectiveOperationException {
        final Inet4Address netmask = (Inet4Address) InetAddress.getByAddress(NO_NETMASK);
        final org.pcap4j.core.BpfProgram compiled = handle.compileFilter(expression, BpfCompileMode.OPTIMIZE, netmask);
        try {
            return ByteBuffer.wrap(instructions(compiled)).order(ByteOrder.nativeOrder());
        } finally {
            // Once and by hand: its finalizer would do it at a time of its own.
            compiled.free();
        }
    }

    /**
     * What struct bpf_program points to: {@code u_int bf_len; struct bpf_insn *bf_insns}. pcap4j hands it to libpcap only, and
     * its class of that name is not read back after the call; so the memory behind it is read.
     */
    private static byte[] instructions(final org.pcap4j.core.BpfProgram compiled) throws ReflectiveOperationException {
        final Method getProgram = org.pcap4j.core.BpfProgram.class.getDeclaredMethod("getProgram");
        getProgram.setAccessible(true);
        final Object program = getProgram.invoke(compiled);
        final Object memory = call(program, "getPointer");
        final int count = (int) call(memory, "getInt", 0L);
        final Object first = call(memory, "getPointer", (long) ADDRESS_BYTES);
        return (byte[]) first.getClass()
                .getMethod("getByteArray", long.class, int.class)
                .invoke(first, 0L, count * BpfProgram.INSTRUCTION_LENGTH);
    }

    private static Object call(final Object target, final String method, final Object... offset)
            throws ReflectiveOperationException {
        final Class<?>[] types = offset.length == 0 ? new Class<?>[0] : new Class<?>[] {long.class};
        return target.getClass().getMethod(method, types).invoke(target, offset);
    }

    private static BpfException refused(final String expression, final int linktype, final String message) {
        final String reason = message.startsWith(PREFIX) ? message.substring(PREFIX.length()) : message;
        final int at = placeOf(reason, expression);
        final String what = "filter \"" + expression + "\" for link type " + Linktype.name(linktype) + ": " + reason;
        if (at < 0) {
            return new BpfException(what, "man pcap-filter tells the language");
        }
        return new BpfException(
                what + "\n  " + expression + "\n  " + " ".repeat(at) + "^", "man pcap-filter tells the language");
    }

    /** Where in the expression the word stands that libpcap quotes, or -1: more it never tells of a place. */
    private static int placeOf(final String reason, final String expression) {
        final int open = reason.indexOf('\'');
        final int close = reason.indexOf('\'', open + 1);
        return open < 0 || close < 0 ? -1 : expression.indexOf(reason.substring(open + 1, close));
    }
}
