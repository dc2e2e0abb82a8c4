package io.tcpreplayj.packet;

/** LINKTYPE_ values of capture files that the decoder understands (the pcap draft's registry). */
public final class Linktype {
    public static final int NULL = 0;
    public static final int ETHERNET = 1;
    public static final int RAW = 101;
    public static final int LOOP = 108;
    public static final int LINUX_SLL = 113;
    public static final int IPV4 = 228;
    public static final int IPV6 = 229;
    public static final int LINUX_SLL2 = 276;

    private Linktype() {}
}
