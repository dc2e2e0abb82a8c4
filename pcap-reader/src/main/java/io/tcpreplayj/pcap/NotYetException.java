package io.tcpreplayj.pcap;

import java.io.IOException;

/** More bytes may come later: whoever asked for them has consumed none and may ask again. */
final class NotYetException extends IOException {
    private static final long serialVersionUID = 1L;

    NotYetException() {
        super("the file has no more bytes yet");
    }
}
