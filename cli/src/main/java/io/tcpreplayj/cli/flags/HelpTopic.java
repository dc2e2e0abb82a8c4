package io.tcpreplayj.cli.flags;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The page of {@code help filter}: a text beside this class, which a test compares with the fields that there are. */
public final class HelpTopic {
    /** What the user types behind help. */
    public static final String FILTER = "filter";

    private HelpTopic() {}

    /** The language of {@code --where}. */
    public static String filter() {
        try (InputStream in = HelpTopic.class.getResourceAsStream("filter.txt")) {
            if (in == null) {
                throw new IllegalStateException("filter.txt is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
