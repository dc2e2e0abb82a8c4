package io.tcpreplayj.replay.pkt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every script of testdata/sessions against the engine: both families, numbers at each edge of their space. */
class SessionScriptsTest {
    @Test
    void thereAreThreeHundred() {
        assertThat(SessionScripts.files()).hasSizeGreaterThanOrEqualTo(300);
    }

    @TestFactory
    Stream<DynamicTest> scripts() {
        return SessionScripts.files().stream()
                .map(file -> DynamicTest.dynamicTest(SessionScripts.name(file), file.toUri(), () -> play(file)));
    }

    private static void play(final Path file) {
        final Script script = SessionScripts.read(file);
        final List<Variant> variants = Variant.all().stream()
                .filter(variant -> script.settings().isFor(variant.v6()))
                .toList();
        assertThat(variants).isNotEmpty();
        variants.forEach(variant -> EngineRun.play(script, variant));
    }
}
