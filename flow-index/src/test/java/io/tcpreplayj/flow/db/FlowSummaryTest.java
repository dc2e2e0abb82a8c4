package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.flow.FlowFields;
import io.tcpreplayj.flow.FlowSummary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A flow's summary is read on a way of its own, and must be the same as the flow. */
final class FlowSummaryTest {
    @TempDir
    private Path folder;

    private static String text(final FlowSummary flow) {
        final List<String> values = new ArrayList<>();
        FlowFields.ALL.forEach(field -> values.add(field + "=" + field.text(flow)));
        return values.toString();
    }

    private Path written(final List<FlowAndBytes> flows) throws IOException {
        final Path file = folder.resolve("flows.tfdb");
        try (FlowDbWriter writer = FlowDbWriter.open(file)) {
            flows.forEach(flow -> flow.writeTo(writer));
            writer.commit(SampleFlows.capture(0, flows.size()));
        }
        return file;
    }

    @Test
    void summaries_haveTheValuesOfTheFlows() throws IOException {
        final List<FlowAndBytes> flows = new ArrayList<>();
        for (int id = 1; id <= 1_000; id++) {
            flows.add(SampleFlows.odd(id, 0, id));
        }
        // Larger than a block: their records lie in several.
        flows.add(SampleFlows.http(1_001, 0, 5_000));
        flows.add(SampleFlows.http(1_002, 0, 1));
        try (FlowDb db = FlowDb.open(written(flows))) {
            final List<String> whole = new ArrayList<>();
            db.forEach(flow -> whole.add(text(flow)));
            final List<String> summaries = new ArrayList<>();
            db.forEachSummary(flow -> summaries.add(text(flow)));
            assertThat(whole).hasSize(1_002);
            assertThat(summaries).isEqualTo(whole);
        }
    }

    @Test
    void summaries_endWhenTheVisitorHasEnough() throws IOException {
        final List<FlowAndBytes> flows = new ArrayList<>();
        for (int id = 1; id <= 10; id++) {
            flows.add(SampleFlows.http(id, 0, 1));
        }
        try (FlowDb db = FlowDb.open(written(flows))) {
            final List<Long> seen = new ArrayList<>();
            db.forEachSummary(flow -> {
                seen.add(flow.id());
                return seen.size() < 3;
            });
            assertThat(seen).containsExactly(1L, 2L, 3L);
        }
    }

    /** Behind a CRC that holds: a record of a capture that is not there. */
    @Test
    void summaryOfNonsense_isRefused() throws IOException {
        final Path file = folder.resolve("flows.tfdb");
        try (FlowDbWriter writer = FlowDbWriter.open(file)) {
            writer.onFlow(SampleFlows.http(1, 7, 0).flow(), ByteBuffer.allocate(0));
            writer.commit(SampleFlows.capture(0, 1));
        }
        try (FlowDb db = FlowDb.open(file)) {
            assertThatThrownBy(() -> db.forEachSummary(flow -> true))
                    .isInstanceOf(CorruptFlowDbException.class)
                    .hasMessageContaining("capture id 7 of 1");
        }
    }
}
