package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flag;
import io.tcpreplayj.flow.FlowField;
import io.tcpreplayj.flow.FlowFields;
import io.tcpreplayj.replay.UserException;
import java.util.ArrayList;
import java.util.List;

/** Fields of flows as values of {@code --fields} and {@code --sort}. */
final class FieldNames {
    private FieldNames() {}

    /** "id,client,app". */
    static List<FlowField> all(final Flag flag, final String text) {
        final List<FlowField> fields = new ArrayList<>();
        for (final String name : text.split(",", -1)) {
            fields.add(one(flag, name));
        }
        return fields;
    }

    /** @throws UserException when there is no such field; names the nearest */
    static FlowField one(final Flag flag, final String name) {
        final FlowField field = FlowFields.find(name);
        if (field == null) {
            final String nearest = name.isEmpty() ? null : FlowFields.nearest(name);
            throw new UserException(
                    flag + ": no field \"" + name + '"',
                    nearest == null ? "tcpreplay-j help filter lists them" : "did you mean " + nearest + "?");
        }
        return field;
    }
}
