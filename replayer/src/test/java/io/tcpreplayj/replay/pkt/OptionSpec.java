package io.tcpreplayj.replay.pkt;

import java.util.List;

/**
 * One TCP option as a script writes it.
 *
 * @param kind what it is
 * @param values its numbers: mss, shift, TSval and TSecr, edges of SACK blocks; kind and bytes of one without a name
 */
record OptionSpec(Kind kind, List<Long> values) {
    /** The options that have a notation. */
    enum Kind {
        MSS,
        SACK_OK,
        TIMESTAMPS,
        NOP,
        END,
        WINDOW_SCALE,
        SACK,
        OTHER
    }

    /** In the notation of scripts. */
    @Override
    public String toString() {
        return switch (kind) {
            case MSS -> "mss " + values.get(0);
            case SACK_OK -> "sackOK";
            case TIMESTAMPS -> "TS val " + values.get(0) + " ecr " + values.get(1);
            case NOP -> "nop";
            case END -> "eol";
            case WINDOW_SCALE -> "wscale " + values.get(0);
            case SACK -> sack();
            case OTHER -> other();
        };
    }

    private String sack() {
        final StringBuilder blocks = new StringBuilder("sack");
        for (int i = 0; i < values.size(); i += 2) {
            blocks.append(' ').append(values.get(i)).append(':').append(values.get(i + 1));
        }
        return blocks.toString();
    }

    private String other() {
        final StringBuilder bytes = new StringBuilder("kind ").append(values.get(0));
        for (int i = 1; i < values.size(); i++) {
            bytes.append(i == 1 ? " " : "").append("%02x".formatted(values.get(i)));
        }
        return bytes.toString();
    }
}
