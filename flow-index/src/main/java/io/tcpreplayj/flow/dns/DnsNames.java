package io.tcpreplayj.flow.dns;

/** The words of IANA's registry "Domain Name System (DNS) Parameters" for numbers that people meet. */
public final class DnsNames {
    private static final String[] RCODES = {
        "NOERROR",
        "FORMERR",
        "SERVFAIL",
        "NXDOMAIN",
        "NOTIMP",
        "REFUSED",
        "YXDOMAIN",
        "YXRRSET",
        "NXRRSET",
        "NOTAUTH",
        "NOTZONE"
    };

    private DnsNames() {}

    /** "NXDOMAIN", or "RCODE 12". */
    public static String rcode(final int rcode) {
        return rcode < RCODES.length ? RCODES[rcode] : "RCODE " + rcode;
    }

    /** "AAAA", or as RFC 3597 5 writes it, "TYPE4711". */
    public static String type(final int type) {
        return switch (type) {
            case 1 -> "A";
            case 2 -> "NS";
            case 5 -> "CNAME";
            case 6 -> "SOA";
            case 12 -> "PTR";
            case 15 -> "MX";
            case 16 -> "TXT";
            case 28 -> "AAAA";
            case 33 -> "SRV";
            case 35 -> "NAPTR";
            case 43 -> "DS";
            case 46 -> "RRSIG";
            case 47 -> "NSEC";
            case 48 -> "DNSKEY";
            case 52 -> "TLSA";
            case 64 -> "SVCB";
            case 65 -> "HTTPS";
            case 251 -> "IXFR";
            case 252 -> "AXFR";
            case 255 -> "ANY";
            case 257 -> "CAA";
            default -> "TYPE" + type;
        };
    }
}
