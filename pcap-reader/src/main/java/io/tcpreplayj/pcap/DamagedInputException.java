package io.tcpreplayj.pcap;

import java.io.IOException;

/** Compressed data is damaged. The source knows where; the reader adds the file's name and the packet's number. */
final class DamagedInputException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String hint;

    DamagedInputException(final String message, final String hint) {
        super(message);
        this.hint = hint;
    }

    String hint() {
        return hint;
    }
}
