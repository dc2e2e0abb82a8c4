package io.tcpreplayj.intercept;

import java.io.IOException;
import java.util.Locale;

/** How answers are kept on their target's own host; the first that this host can do is taken. */
public enum Swallow {
    /** The kernel forwards them to a {@link io.tcpreplayj.linux.SinkDevice} at the moment they would leave. */
    EGRESS,
    /** The kernel asks us what to do with each, and we let it drop them. */
    NFQUEUE,
    /** The clients' networks are routed to us. */
    TUN;

    /** As typed and shown. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    Way open(final TargetHost.Request request) throws IOException {
        return switch (this) {
            case EGRESS -> EgressWay.open(request);
            case NFQUEUE -> NfQueueWay.open(request);
            case TUN -> TunWay.open(request);
        };
    }
}
