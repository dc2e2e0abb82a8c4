package io.tcpreplayj.cli.flags;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The pages of {@code help filter} and {@code help redact}: texts beside this class, which tests compare with the code. */
public final class HelpTopic {
    /** What the user types behind help. */
    public static final String FILTER = "filter";

    public static final String REDACT = "redact";

    private HelpTopic() {}

    /** The language of {@code --where}. */
    public static String filter() {
        return page(FILTER);
    }

    /** What is secret, and what becomes of it. */
    public static String redact() {
        return page(REDACT);
    }

    private static String page(final String topic) {
        try (InputStream in = HelpTopic.class.getResourceAsStream(topic + ".txt")) {
            if (in == null) {
                throw new IllegalStateException(topic + ".txt is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
