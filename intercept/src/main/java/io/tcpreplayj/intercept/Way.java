package io.tcpreplayj.intercept;

import io.tcpreplayj.intercept.guard.Connections;
import io.tcpreplayj.intercept.guard.Marker;
import io.tcpreplayj.intercept.guard.Rules;

/** One way to keep answers on their target's host; all but its rules dies with this process. */
interface Way extends AutoCloseable {
    ResponseTap tap();

    /** What a guard must hold for it. */
    Rules rules(Connections connections, Marker marker);

    String mode();

    /** Whether what the rules rest on is still there. */
    default boolean holds() {
        return true;
    }

    @Override
    void close();
}
