package io.tcpreplayj.replay.pkt;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads one segment: {@code P. 1:11(10) ack 1 win 512 urg 3 <nop,nop,TS val 1 ecr 2>}. */
final class SegmentParser {
    /** Letters of the control bits from FIN upwards, as packetdrill and tcpdump write them. */
    static final String FLAG_LETTERS = "FSRP.UEW";

    private static final int MAX_WINDOW = 0xffff;
    private static final int ACK = 0x10;
    private static final int SYN = 0x02;

    private SegmentParser() {}

    /** {@code inbound}: then a window must be given, and options cannot be left open. */
    static SegmentSpec parse(final ScriptLine line, final boolean inbound) {
        final int flags = flags(line);
        final int numbersAt = line.position();
        final SegmentSpec.Number seq = sequence(line);
        line.expect(":");
        final SegmentSpec.Number end = sequence(line);
        line.expect("(");
        final int length = (int) line.number("the payload's length");
        line.expect(")");
        if (length < 0 || length > MAX_WINDOW || end.value() - seq.value() != length) {
            throw line.errorAt(numbersAt, "the numbers do not span " + length + " bytes");
        }
        long ack = 0;
        if (line.eatWord("ack")) {
            ack = line.number("an acknowledgment number");
        } else if ((flags & ACK) != 0) {
            throw line.error("expected 'ack': the flags hold '.'");
        }
        final int window = line.eatWord("win") ? field(line, "a window") : SegmentSpec.ANY_WINDOW;
        if (inbound && window < 0) {
            throw line.error("expected 'win': what the target sends has a window");
        }
        final int urgent = line.eatWord("urg") ? field(line, "an urgent pointer") : 0;
        final List<OptionSpec> options = options(line);
        if (inbound && options == null) {
            throw line.error("what the target sends has options of its own: '<...>' is for expectations");
        }
        return new SegmentSpec(flags, seq, length, ack, window, urgent, options);
    }

    private static int flags(final ScriptLine line) {
        final int at = line.position();
        final String letters = line.untilBlank();
        int flags = 0;
        if ("-".equals(letters)) {
            return flags;
        }
        for (int i = 0; i < letters.length(); i++) {
            final int bit = FLAG_LETTERS.indexOf(letters.charAt(i));
            if (bit < 0) {
                throw line.errorAt(at + i, "expected flags of " + FLAG_LETTERS + ", or - for none");
            }
            flags |= 1 << bit;
        }
        return flags;
    }

    private static SegmentSpec.Number sequence(final ScriptLine line) {
        final boolean absolute = line.eat("=");
        return new SegmentSpec.Number(line.number("a sequence number"), absolute);
    }

    private static int field(final ScriptLine line, final String what) {
        final int at = line.position();
        final long value = line.number(what);
        if (value < 0 || value > MAX_WINDOW) {
            throw line.errorAt(at, what + " has 16 bits");
        }
        return (int) value;
    }

    /** Null for {@code <...>}; nothing at all is the same as {@code <>}. */
    static @Nullable List<OptionSpec> options(final ScriptLine line) {
        if (!line.eat("<")) {
            return List.of();
        }
        if (line.eat("...")) {
            line.expect(">");
            return null;
        }
        final List<OptionSpec> options = new ArrayList<>();
        while (!line.eat(">")) {
            if (!options.isEmpty()) {
                line.expect(",");
            }
            options.add(option(line));
        }
        return List.copyOf(options);
    }

    private static OptionSpec option(final ScriptLine line) {
        final int at = line.position();
        final String name = line.word();
        switch (name) {
            case "mss" -> {
                return new OptionSpec(OptionSpec.Kind.MSS, List.of(line.number("an MSS")));
            }
            case "sackOK" -> {
                return new OptionSpec(OptionSpec.Kind.SACK_OK, List.of());
            }
            case "nop" -> {
                return new OptionSpec(OptionSpec.Kind.NOP, List.of());
            }
            case "eol" -> {
                return new OptionSpec(OptionSpec.Kind.END, List.of());
            }
            case "wscale" -> {
                return new OptionSpec(OptionSpec.Kind.WINDOW_SCALE, List.of(line.number("a shift")));
            }
            case "TS" -> {
                line.expect("val");
                final long val = line.number("TSval");
                line.expect("ecr");
                return new OptionSpec(OptionSpec.Kind.TIMESTAMPS, List.of(val, line.number("TSecr")));
            }
            case "sack" -> {
                return sack(line);
            }
            case "kind" -> {
                return other(line);
            }
            default -> throw line.errorAt(at, "no option is called '" + name + "'");
        }
    }

    private static OptionSpec sack(final ScriptLine line) {
        final List<Long> edges = new ArrayList<>();
        while (line.digitIsNext()) {
            edges.add(line.number("a left edge"));
            line.expect(":");
            edges.add(line.number("a right edge"));
        }
        return new OptionSpec(OptionSpec.Kind.SACK, List.copyOf(edges));
    }

    /** {@code kind 254 f989}: an option by its number, its bytes in hex if it has any. */
    private static OptionSpec other(final ScriptLine line) {
        final List<Long> values = new ArrayList<>();
        values.add(line.number("a kind"));
        if (line.wordIsNext()) {
            final int at = line.position();
            final String hex = line.word();
            if (!hex.matches("([0-9a-f][0-9a-f])+")) {
                throw line.errorAt(at, "expected bytes in hex");
            }
            for (int i = 0; i < hex.length(); i += 2) {
                values.add(Long.parseLong(hex.substring(i, i + 2), 16));
            }
        }
        return new OptionSpec(OptionSpec.Kind.OTHER, List.copyOf(values));
    }

    /** The letters of control bits. */
    static String letters(final int flags) {
        final StringBuilder letters = new StringBuilder();
        // SYN, FIN, RST first, as everybody writes them.
        for (final char letter : "SFRPUEW.".toCharArray()) {
            if ((flags & 1 << FLAG_LETTERS.indexOf(letter)) != 0) {
                letters.append(letter);
            }
        }
        return letters.toString();
    }

    static boolean isSyn(final int flags) {
        return (flags & SYN) != 0;
    }

    static boolean hasAck(final int flags) {
        return (flags & ACK) != 0;
    }
}
