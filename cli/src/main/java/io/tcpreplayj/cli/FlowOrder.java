package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.flow.FlowField;
import io.tcpreplayj.flow.FlowSummary;
import io.tcpreplayj.flow.db.FlowDb;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** {@code --sort}: flows by fields, the first one decides; equal ones in order of ids. */
final class FlowOrder {
    private final Comparator<FlowSummary> order;

    private FlowOrder(final Comparator<FlowSummary> order) {
        this.order = order;
    }

    /** From {@code --sort FIELD[,-FIELD]}, a minus for the greatest first; null when it was not given. */
    static @Nullable FlowOrder of(final LowArgs args) {
        final String text = args.value(Flags.SORT);
        if (text == null) {
            return null;
        }
        Comparator<FlowSummary> order = null;
        for (final String key : text.split(",", -1)) {
            final boolean descending = key.startsWith("-");
            final FlowField field = FieldNames.one(Flags.SORT, descending ? key.substring(1) : key);
            final Comparator<FlowSummary> by = descending ? field.order().reversed() : field.order();
            order = order == null ? by : order.thenComparing(by);
        }
        return order == null ? null : new FlowOrder(order.thenComparingLong(FlowSummary::id));
    }

    /**
     * The selected flows in this order. All of them are in memory at once (some 400 bytes each), with {@code --max-flows}
     * only so many.
     */
    List<FlowSummary> sorted(final FlowDb db, final Selection selection) throws IOException {
        final PriorityQueue<FlowSummary> lastFirst = new PriorityQueue<>(order.reversed());
        db.forEachSummary(flow -> {
            if (selection.matches(flow)) {
                lastFirst.add(flow);
                if (lastFirst.size() > selection.maxFlows()) {
                    lastFirst.remove();
                }
            }
            return true;
        });
        final List<FlowSummary> flows = new ArrayList<>(lastFirst);
        flows.sort(order);
        return flows;
    }
}
