package io.tcpreplayj.replay.protocol;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.script.Script;
import org.jspecify.annotations.Nullable;

/** Which framing a flow's answers have. */
public final class Framings {
    private Framings() {}

    /** A framing for one session of the flow, or null where only bytes can be counted. */
    public static @Nullable ResponseFraming of(final Script script) {
        return script.flow().app() == FlowRecord.App.HTTP ? new HttpResponseFraming(script) : null;
    }
}
