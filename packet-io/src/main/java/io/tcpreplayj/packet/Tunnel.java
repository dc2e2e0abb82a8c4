package io.tcpreplayj.packet;

import java.util.Locale;

/**
 * What a packet was carried in, packed into a long so that no packet costs an object; 0 is "in nothing".
 *
 * <pre>
 *  63      57 56 55           48 47           40 39       32 31                                 0
 * +----------+--+---------------+---------------+-----------+-----------------------------------+
 * |     0    |I | layers, 1..8  |     kind      |     0     |  id, when I is set: VNI, TEID, ..  |
 * +----------+--+---------------+---------------+-----------+-----------------------------------+
 * </pre>
 *
 * Kind and id are those of the innermost header; {@code layers} counts all of them.
 */
public final class Tunnel {
    /** {@link #kind}: not in a tunnel. */
    public static final long NONE = 0;

    /** More nested tunnels than this are an attack, not a packet; what lies deeper is not looked at. */
    public static final int MAX_LAYERS = 8;

    private static final long HAS_ID = 1L << 56;
    private static final int LAYERS_SHIFT = 48;
    private static final int KIND_SHIFT = 40;
    private static final long ID_MASK = 0xffff_ffffL;

    private static final Kind[] KINDS = Kind.values();

    private Tunnel() {}

    /** The encapsulations that are opened. Append only: ordinals are stored. */
    public enum Kind {
        /** In nothing. */
        NONE,
        /** PPPoE session (RFC 2516); the id is the session's. */
        PPPOE,
        /** MPLS (RFC 3032); the id is the label at the bottom of the stack. One stack is one layer. */
        MPLS,
        /** GRE (RFC 2784, 2890; over UDP: 8086; PPTP: 2637); the id is the key, or PPTP's call id. */
        GRE,
        /** ERSPAN over GRE; the id is the session's, which type I does not have. */
        ERSPAN,
        /** IPv4 or IPv6 directly in either of them (RFC 2003, 2473, 4213); no id. */
        IPIP,
        /** VXLAN (RFC 7348, and its generic protocol extension); the id is the VNI. */
        VXLAN,
        /** Geneve (RFC 8926); the id is the VNI. */
        GENEVE,
        /** GTP-U (3GPP TS 29.281); the id is the TEID. */
        GTP,
        /** Teredo (RFC 4380); no id. */
        TEREDO
    }

    /** One layer more, without an id. */
    static long within(final long outer, final Kind kind) {
        return (layers(outer) + 1L) << LAYERS_SHIFT | (long) kind.ordinal() << KIND_SHIFT;
    }

    /** One layer more, with an id of up to 32 bits. */
    static long within(final long outer, final Kind kind, final int id) {
        return within(outer, kind) | HAS_ID | (id & ID_MASK);
    }

    /**
     * From its parts, as a database holds them.
     *
     * @param id 0 to 2^32 - 1, or -1 for none
     * @throws IllegalArgumentException when they are no tunnel's
     */
    public static long of(final Kind kind, final int layers, final long id) {
        if (kind == Kind.NONE || layers < 1 || layers > MAX_LAYERS || id < -1 || id > ID_MASK) {
            throw new IllegalArgumentException("no tunnel: " + kind + ", " + layers + " layers, id " + id);
        }
        final long outer = (layers - 1L) << LAYERS_SHIFT;
        return id < 0 ? within(outer, kind) : within(outer, kind, (int) id);
    }

    /** The innermost kind. */
    public static Kind kind(final long tunnel) {
        return KINDS[(int) (tunnel >>> KIND_SHIFT) & 0xff];
    }

    /** How many tunnels are nested, 0 for none. */
    public static int layers(final long tunnel) {
        return (int) (tunnel >>> LAYERS_SHIFT) & 0xff;
    }

    /** The innermost id, 0 to 2^32 - 1, or -1 when that kind has none. */
    public static long id(final long tunnel) {
        return (tunnel & HAS_ID) == 0 ? -1 : tunnel & ID_MASK;
    }

    /** For people and JSON: kind, id if there is one, layers if there are several, as in "vxlan 42" and "gre x2". */
    public static String text(final long tunnel) {
        final long id = id(tunnel);
        final int layers = layers(tunnel);
        return kind(tunnel).name().toLowerCase(Locale.ROOT)
                + (id < 0 ? "" : " " + id)
                + (layers > 1 ? " x" + layers : "");
    }
}
