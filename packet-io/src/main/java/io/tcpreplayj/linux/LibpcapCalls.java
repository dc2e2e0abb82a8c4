package io.tcpreplayj.linux;

import com.sun.jna.Native;

/** The functions of libpcap by which packets are read, as {@link LibC}: pointers are {@code long}, a call allocates nothing. */
final class LibpcapCalls {
    static {
        // The very library that pcap4j loads; its name there is an option of pcap4j's.
        Native.register(LibpcapCalls.class, System.getProperty("org.pcap4j.core.pcapLibName", "pcap"));
    }

    private LibpcapCalls() {}

    static native int pcap_next_ex(long pcap, long header, long data);

    static native int pcap_stats(long pcap, long statistics);

    static native int pcap_get_selectable_fd(long pcap);

    static native long pcap_geterr(long pcap);
}
