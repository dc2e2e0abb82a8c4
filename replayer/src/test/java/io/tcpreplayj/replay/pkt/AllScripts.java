package io.tcpreplayj.replay.pkt;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * All scripts as one test, each in two of its variants: what {@code make mutate} plays, for it plays them some thousand times,
 * and JUnit takes longer to begin a test than a script takes. Its name keeps it out of the suite, where
 * {@link SessionScriptsTest} names each script.
 */
class AllScripts {
    private static final List<Variant> VARIANTS = Variant.all();
    private static final List<Script> SCRIPTS =
            SessionScripts.files().stream().map(SessionScripts::read).toList();

    @Test
    void play() {
        for (int i = 0; i < SCRIPTS.size(); i++) {
            // Neighbours in VARIANTS are the same numbers over IPv4 and IPv6.
            play(SCRIPTS.get(i), VARIANTS.get(2 * i % VARIANTS.size()));
            play(SCRIPTS.get(i), VARIANTS.get((2 * i + 7) % VARIANTS.size()));
        }
    }

    private static void play(final Script script, final Variant variant) {
        if (script.settings().isFor(variant.v6())) {
            EngineRun.play(script, variant);
        }
    }
}
