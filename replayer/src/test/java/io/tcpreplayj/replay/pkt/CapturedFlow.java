package io.tcpreplayj.replay.pkt;

import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Scripts;

/** Makes what the capture would have been of a script's captured steps: no answer comes before a round trip. */
final class CapturedFlow {
    private CapturedFlow() {}

    static FlowScript of(final Script script) {
        final long rttNs = script.settings().capturedRttNs();
        final Scripts flow = Scripts.flow().synAckDelay(rttNs);
        long clientBytes = 0;
        boolean answering = true;
        for (final CapturedStep step : script.captured()) {
            if (step instanceof CapturedStep.Syn syn) {
                flow.syn(new Numbers(0, 0, 0, 0).encode(syn.options()), syn.window());
            } else if (step instanceof CapturedStep.ClientData data) {
                final String bytes = Stream.textOfClient(clientBytes, data.length());
                clientBytes += data.length();
                flow.segment(bytes, data.push(), data.urgent(), data.seen());
                answering = false;
            } else if (step instanceof CapturedStep.ServerData data) {
                if (!answering) {
                    flow.after(rttNs);
                    answering = true;
                }
                flow.answer(data.length());
            } else if (step instanceof CapturedStep.Pause pause) {
                flow.after(pause.ns());
            } else if (step instanceof CapturedStep.Close close) {
                switch (close.kind()) {
                    case CLIENT_FIN -> flow.fin();
                    case CLIENT_RST -> flow.rst();
                    case SERVER_FIN -> flow.serverFin();
                }
            }
        }
        return flow.build();
    }
}
