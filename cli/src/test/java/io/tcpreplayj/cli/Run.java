package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.replay.UserException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The program run inside the test: what went in and what came out. */
final class Run {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Map<String, String> env = new HashMap<>();
    private byte[] in = new byte[0];
    private boolean outIsTerminal;
    private int exit = -1;

    Run env(final String name, final String value) {
        env.put(name, value);
        return this;
    }

    Run in(final byte[] bytes) {
        in = bytes.clone();
        return this;
    }

    /** Somebody watches standard output. */
    Run watched() {
        outIsTerminal = true;
        return this;
    }

    Run main(final Object... words) {
        exit = Main.run(List.of(words).stream().map(String::valueOf).toList(), console());
        return this;
    }

    Run replay(final ReplayEngine engine, final Object... words) throws IOException {
        final List<String> texts = List.of(words).stream().map(String::valueOf).toList();
        try {
            exit = new ReplayCommand(engine).run(ArgumentParser.parse(Flags.REPLAY, texts), console());
        } catch (final UserException e) {
            exit = Failures.user(e, texts, console());
        }
        return this;
    }

    private Console console() {
        return new Console(
                new ByteArrayInputStream(in),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                env,
                false,
                outIsTerminal);
    }

    int exit() {
        return exit;
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    byte[] outBytes() {
        return out.toByteArray();
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
