package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class DirectoryTest {
    private static final int MORE_THAN_A_PIECE = 10_000;

    @Test
    void sort_idsWithoutHoles_movesWholeRows() {
        assertSorts(1, 1);
    }

    @Test
    void sort_idsWithHoles_movesWholeRows() {
        assertSorts(5, 3);
    }

    @Test
    void sort_idTwice_tellsIt() {
        assertThat(directory(List.of(1L, 4L, 3L, 4L)).sort()).isEqualTo(4);
        assertThat(directory(List.of(3L, 1L, 3L)).sort()).isEqualTo(3);
        assertThat(directory(List.of(90L, 7L, 1000L, 7L)).sort()).isEqualTo(7);
        assertThat(directory(List.of(2L, 2L)).sort()).isEqualTo(2);
    }

    @Test
    void takeAll_leavesTheOtherEmptyAndFreshForMore() {
        final Directory known = new Directory();
        final Directory pending = directory(List.of(2L, 1L));
        known.takeAll(pending);
        pending.add(3, 30, 0);
        known.takeAll(pending);
        assertThat(pending.size()).isZero();
        assertThat(List.of(known.id(0), known.id(1), known.id(2))).containsExactly(1L, 2L, 3L);
        assertThat(known.find(3)).isEqualTo(2);
        assertThat(known.find(4)).isNegative();
    }

    @Test
    void takeAll_rowsThatBelongBetween_areAllInTheirPlaces() {
        final Directory known = new Directory();
        final List<Long> ids = new ArrayList<>();
        for (long id = 1; id <= MORE_THAN_A_PIECE; id++) {
            ids.add(id);
        }
        Collections.shuffle(ids, new Random(11));
        for (int from = 0; from < ids.size(); from += 2_500) {
            known.takeAll(directory(ids.subList(from, from + 2_500)));
        }
        assertAscending(known, 1, 1);
    }

    private static void assertSorts(final long first, final long step) {
        final List<Long> ids = new ArrayList<>();
        for (int i = 0; i < MORE_THAN_A_PIECE; i++) {
            ids.add(first + i * step);
        }
        Collections.shuffle(ids, new Random(7));
        final Directory rows = directory(ids);
        assertThat(rows.sort()).isEqualTo(-1);
        assertAscending(rows, first, step);
    }

    private static void assertAscending(final Directory rows, final long first, final long step) {
        assertThat(rows.size()).isEqualTo(MORE_THAN_A_PIECE);
        for (int row = 0; row < MORE_THAN_A_PIECE; row++) {
            final long id = first + row * step;
            assertThat(rows.id(row)).isEqualTo(id);
            assertThat(rows.startNs(row)).isEqualTo(id * 10);
            assertThat(rows.captureId(row)).isEqualTo((int) id % 3);
            assertThat(rows.recordBlock(row)).isEqualTo(id * 100);
            assertThat(rows.recordPosition(row)).isEqualTo((int) id + 1);
            assertThat(rows.recordBytes(row)).isEqualTo((int) id + 2);
            assertThat(rows.payloadBlock(row)).isEqualTo(id * 1000);
            assertThat(rows.payloadPosition(row)).isEqualTo((int) id + 3);
            assertThat(rows.payloadBytes(row)).isEqualTo((int) id + 4);
            assertThat(rows.find(id)).isEqualTo(row);
        }
    }

    private static Directory directory(final List<Long> ids) {
        final Directory rows = new Directory();
        for (final long id : ids) {
            final int row = rows.add(id, id * 10, (int) id % 3);
            rows.record(row, id * 100, (int) id + 1, (int) id + 2);
            rows.payload(row, id * 1000, (int) id + 3, (int) id + 4);
        }
        return rows;
    }
}
