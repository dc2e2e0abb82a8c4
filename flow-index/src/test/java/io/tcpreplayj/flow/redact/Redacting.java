package io.tcpreplayj.flow.redact;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Redacts whole texts, and texts that come in pieces. */
final class Redacting {
    private final SecretRules rules;
    private byte[] bytes = {};
    private long found;
    private long replaced;
    private long earliest = Long.MAX_VALUE;

    Redacting(final SecretRules rules) {
        this.rules = rules;
    }

    static String text(final String text) {
        return new Redacting(SecretRules.builtIn()).pieces(text, List.of());
    }

    /** @param cuts where the text is cut, ascending */
    String pieces(final String text, final List<Integer> cuts) {
        return pieces(text, cuts, false);
    }

    /** @param thawed whether another scanner goes on at each cut */
    String pieces(final String text, final List<Integer> cuts, final boolean thawed) {
        bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        replaced = 0;
        final int[] begin = new int[1];
        final SecretSink sink = (from, to, substitute) -> {
            earliest = Math.min(earliest, from - begin[0]);
            replaced += substitute.replace(bytes, (int) from, (int) to);
        };
        SecretScanner scanner = new SecretScanner(rules);
        for (final int end : cuts) {
            scanner.scan(bytes, begin[0], end - begin[0], begin[0], sink);
            begin[0] = end;
            if (thawed) {
                final SecretScanner next = new SecretScanner(rules);
                next.restore(scanner.save());
                scanner = next;
            }
        }
        scanner.scan(bytes, begin[0], bytes.length - begin[0], begin[0], sink);
        begin[0] = bytes.length;
        scanner.finish(sink);
        found = scanner.found();
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Secrets found in the last text. */
    long found() {
        return found;
    }

    long replaced() {
        return replaced;
    }

    /** How far before a piece a secret began that was told in it, below 0. */
    long earliest() {
        return earliest;
    }
}
