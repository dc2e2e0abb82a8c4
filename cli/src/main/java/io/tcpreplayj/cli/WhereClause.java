package io.tcpreplayj.cli;

import io.tcpreplayj.flow.FilterException;
import io.tcpreplayj.flow.FlowFilter;
import io.tcpreplayj.replay.UserException;

/** {@code --where}, with a caret under what it does not understand. */
final class WhereClause {
    private WhereClause() {}

    static FlowFilter parse(final String text) {
        try {
            return FlowFilter.parse(text);
        } catch (final FilterException e) {
            final UserException failure = new UserException(
                    "--where: " + e.getMessage() + "\n  " + text.replaceAll("\\s", " ") + "\n  "
                            + " ".repeat(e.column()) + "^",
                    "as: clientBytes > 1000 && app == http, or: tcp dst port 80; tcpreplay-j help filter tells all of it");
            failure.initCause(e);
            throw failure;
        }
    }
}
