package io.tcpreplayj.faultlab;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How the server behaves on one port.
 *
 * @param requestBytes after each so many an answer is sent
 * @param answerBytes its length
 * @param receiveBuffer SO_RCVBUF, or 0 for the kernel's own choice
 * @param readBytes at most so many are read at a time
 * @param stallMs it reads nothing for so long, once, after the first bytes
 * @param dripMs pause after each tenth of an answer
 * @param endAfter answers after which it ends the connection, or 0 for never
 * @param resets whether it ends it by RST
 * @param keepAliveS it probes a silent client after so many seconds of silence and gives up after two more, or 0
 */
public record Manners(
        int requestBytes,
        int answerBytes,
        int receiveBuffer,
        int readBytes,
        int stallMs,
        int dripMs,
        int endAfter,
        boolean resets,
        int keepAliveS) {
    private static final int READ_BYTES = 65_536;

    /** A server that answers at once and in full. */
    public static Manners good(final int requestBytes, final int answerBytes) {
        return new Manners(requestBytes, answerBytes, 0, READ_BYTES, 0, 0, 0, false, 0);
    }

    public Manners withReceiver(final int bufferBytes, final int bytesAtATime, final int stalledMs) {
        return new Manners(
                requestBytes, answerBytes, bufferBytes, bytesAtATime, stalledMs, dripMs, endAfter, resets, keepAliveS);
    }

    public Manners dripping(final int ms) {
        return new Manners(
                requestBytes, answerBytes, receiveBuffer, readBytes, stallMs, ms, endAfter, resets, keepAliveS);
    }

    public Manners endingAfter(final int answers, final boolean byReset) {
        return new Manners(
                requestBytes, answerBytes, receiveBuffer, readBytes, stallMs, dripMs, answers, byReset, keepAliveS);
    }

    public Manners probing(final int seconds) {
        return new Manners(
                requestBytes, answerBytes, receiveBuffer, readBytes, stallMs, dripMs, endAfter, resets, seconds);
    }

    String words() {
        return Arrays.stream(new int[] {
                    requestBytes,
                    answerBytes,
                    receiveBuffer,
                    readBytes,
                    stallMs,
                    dripMs,
                    endAfter,
                    resets ? 1 : 0,
                    keepAliveS
                })
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(","));
    }

    static Manners parse(final String words) {
        final int[] n =
                Arrays.stream(words.split(",")).mapToInt(Integer::parseInt).toArray();
        return new Manners(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7] != 0, n[8]);
    }

    /** {@code port=words;port=words}. */
    static Map<Integer, Manners> parseAll(final String text) {
        final Map<Integer, Manners> byPort = new HashMap<>();
        for (final String each : text.split(";")) {
            final String[] parts = each.split("=");
            byPort.put(Integer.parseInt(parts[0]), parse(parts[1]));
        }
        return byPort;
    }

    static String wordsOfAll(final Map<Integer, Manners> byPort) {
        return byPort.entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue().words())
                .collect(Collectors.joining(";"));
    }
}
