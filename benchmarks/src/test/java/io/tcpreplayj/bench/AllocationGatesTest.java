package io.tcpreplayj.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import org.junit.jupiter.api.Test;

final class AllocationGatesTest {
    private static final String RESULTS = """
            [{"benchmark": "a.B.quick", "secondaryMetrics": {
                "gc.alloc.rate": {"rawData": [[900.5]]}, "gc.alloc.rate.norm": {"rawData": [[0.7, 0.3], [0.049, 2]]}}},
             {"benchmark": "a.B.greedy", "secondaryMetrics": {"·gc.alloc.rate.norm": {"rawData": [[24]]}}}]
            """;

    @Test
    void shouldPassWhatStaysBelowItsGate() throws IOException {
        final AllocationGates judged = AllocationGates.check(RESULTS, "# the hot one\n\na\\.B\\.quick$  0.05\n");
        assertThat(judged.passed()).isTrue();
        assertThat(judged.verdicts()).containsExactly("ok    a.B.quick 0.0490 B/op, gate 0.05");
    }

    @Test
    void shouldFailWhatReachesItsGate() throws IOException {
        assertThat(AllocationGates.check(RESULTS, "quick 0.049").passed()).isFalse();
        final AllocationGates judged = AllocationGates.check(RESULTS, "a.B 0.05");
        assertThat(judged.passed()).isFalse();
        assertThat(judged.verdicts())
                .containsExactly("FAIL  a.B.greedy 24.0000 B/op, gate 0.05", "ok    a.B.quick 0.0490 B/op, gate 0.05");
    }

    @Test
    void shouldFailAGateThatGuardsNothing() throws IOException {
        final AllocationGates judged = AllocationGates.check(RESULTS, "a.B.renamed 0.05");
        assertThat(judged.passed()).isFalse();
        assertThat(judged.verdicts()).hasSize(1).first().asString().contains("no benchmark", "a.B.renamed");
    }

    @Test
    void shouldRefuseOtherJson() {
        assertThatIllegalArgumentException().isThrownBy(() -> AllocationGates.check("[{\"benchmark\": \"x\"}]", "x 1"));
    }
}
