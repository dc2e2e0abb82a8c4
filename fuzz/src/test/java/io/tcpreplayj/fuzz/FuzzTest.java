package io.tcpreplayj.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever strangers write: an answer, in bounded time and memory. {@code make fuzz} runs the same for longer. */
final class FuzzTest {
    private static final long RUNS = Long.getLong("tcpreplayj.fuzz", 10_000);
    private static final long SEED = Long.getLong("tcpreplayj.fuzz.seed", 1);
    private static final String ONLY = System.getProperty("tcpreplayj.fuzz.only", "");

    /** Without Jazzer: what was found once, and every seed. */
    @ParameterizedTest
    @EnumSource
    void keptInputs_areAnswered(final Target target) throws Exception {
        for (final byte[] seed : target.seeds()) {
            assertThatCode(() -> target.run(seed)).doesNotThrowAnyException();
        }
        for (final Path input : target.regressionInputs()) {
            assertThatCode(() -> target.run(Files.readAllBytes(input)))
                    .as(input.toString())
                    .doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @EnumSource
    @Execution(ExecutionMode.CONCURRENT)
    void mutants_areAnswered(final Target target) throws Exception {
        if (!ONLY.isEmpty() && !ONLY.equals(target.label())) {
            return;
        }
        final FuzzRun.Result result = new FuzzRun(target, RUNS, SEED).run();
        System.out.println(result.line());
        assertThat(result.crash()).as(result.line()).isEmpty();
        assertThat(result.executions()).isGreaterThanOrEqualTo(RUNS);
    }
}
