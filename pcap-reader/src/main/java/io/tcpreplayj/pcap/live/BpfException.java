package io.tcpreplayj.pcap.live;

/** A filter expression that libpcap does not take, or no libpcap. The message is one sentence; the hint names the cure. */
public final class BpfException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String hint;

    BpfException(final String message, final String hint) {
        super(message);
        this.hint = hint;
    }

    /** What the user can do about it, in one line. */
    public String hint() {
        return hint;
    }
}
