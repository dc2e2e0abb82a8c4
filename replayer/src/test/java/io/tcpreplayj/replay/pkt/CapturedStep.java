package io.tcpreplayj.replay.pkt;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One thing that the capture shows, in its order. */
sealed interface CapturedStep {
    /** The client's SYN. */
    record Syn(int window, List<OptionSpec> options) implements CapturedStep {}

    /**
     * A segment with client bytes.
     *
     * @param push it had PSH
     * @param urgent its urgent pointer, 0 for none
     * @param seen bytes of the server that its ACK showed, or -1 for all so far
     */
    record ClientData(int length, boolean push, int urgent, long seen) implements CapturedStep {}

    /** Server bytes. */
    record ServerData(int length) implements CapturedStep {}

    /** Time passes. */
    record Pause(long ns) implements CapturedStep {}

    /** A FIN or RST. */
    record Close(Kind kind) implements CapturedStep {}

    /** Who ended what. */
    enum Kind {
        CLIENT_FIN,
        CLIENT_RST,
        SERVER_FIN
    }

    /** {@code client …}, {@code server …} or {@code pause …}; null when the line is none of them. */
    static @Nullable CapturedStep parse(final ScriptLine line) {
        if (line.eatWord("client")) {
            return client(line);
        }
        if (line.eatWord("server")) {
            return line.eatWord("fin")
                    ? new Close(Kind.SERVER_FIN)
                    : new ServerData((int) line.number("a length, or 'fin'"));
        }
        return line.eatWord("pause") ? new Pause(line.seconds()) : null;
    }

    private static CapturedStep client(final ScriptLine line) {
        if (line.eatWord("syn")) {
            final int window = line.eatWord("win") ? (int) line.number("a window") : 65535;
            final List<OptionSpec> options = SegmentParser.options(line);
            if (options == null) {
                throw line.error("a captured SYN has options of its own");
            }
            return new Syn(window, options);
        }
        if (line.eatWord("fin")) {
            return new Close(Kind.CLIENT_FIN);
        }
        if (line.eatWord("rst")) {
            return new Close(Kind.CLIENT_RST);
        }
        final int length = (int) line.number("a length, 'syn', 'fin' or 'rst'");
        final boolean push = !line.eatWord("more");
        final int urgent = line.eatWord("urgent") ? (int) line.number("an urgent pointer") : 0;
        final long seen = line.eatWord("seen") ? line.number("the server's bytes it had seen") : -1;
        return new ClientData(length, push, urgent, seen);
    }
}
