package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.linux.CaptureRing;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.replay.UserException;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How packets of an interface are seen: {@code --capture}. */
enum CaptureMode {
    /** In a ring of our own that the kernel fills. */
    RING(""),
    /** At the IP layer, as its sockets do; nothing that this host sends. */
    RAW(" by raw sockets, only what comes in,"),
    /** By libpcap. */
    PCAP(" by libpcap");

    private final String how;

    CaptureMode(final String how) {
        this.how = how;
    }

    static CaptureMode of(final LowArgs args) {
        final String asked = args.value(Flags.CAPTURE);
        if (asked == null) {
            return RING;
        }
        return Stream.of(values())
                .filter(mode -> mode.word().equals(asked))
                .findFirst()
                .orElseThrow(() -> new UserException(
                        "--capture: \"" + asked + "\" is not known", "give ring, pcap, or with live raw"));
    }

    /** As typed and shown. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Behind the name of the interface, for people; empty where it is as always. */
    String how() {
        return how;
    }

    /** What packets will begin with. libpcap may find something else yet on an interface that has no Ethernet headers. */
    int linktype(final @Nullable Link link) {
        return switch (this) {
            case RING -> CaptureRing.linktype(link);
            case RAW -> Linktype.RAW;
            case PCAP -> link == null || link.ethernet() ? CaptureRing.linktype(link) : Linktype.RAW;
        };
    }
}
