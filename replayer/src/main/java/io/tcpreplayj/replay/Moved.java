package io.tcpreplayj.replay;

/**
 * What one connection moved.
 *
 * @param ackedBytes client bytes that the target acknowledged (where the kernel does not tell: that it took)
 * @param receivedBytes in-order bytes of the server's stream
 * @param retransmittedBytes client bytes that left more than once, 0 where the kernel does not tell
 */
public record Moved(long ackedBytes, long receivedBytes, long retransmittedBytes) {
    static final Moved NOTHING = new Moved(0, 0, 0);
}
