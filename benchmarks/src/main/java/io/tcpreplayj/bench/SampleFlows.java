package io.tcpreplayj.bench;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.script.FlowScript;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Flows as the assembler makes them of made-up connections. */
final class SampleFlows {
    private SampleFlows() {}

    /** So many flows of so many exchanges each, closed by the client, ids from 1. */
    static List<FlowScript> of(final int flows, final int exchanges, final int answerBytes) {
        final List<FlowScript> made = new ArrayList<>(flows);
        final Assembly assembly = new Assembly((flow, clientBytes) -> made.add(copy(flow, clientBytes)));
        final Traffic traffic = new Traffic(assembly, false);
        for (int i = 0; i < flows; i++) {
            connection(traffic.connection(i), exchanges, answerBytes).close();
        }
        assembly.assembler.finish();
        return made;
    }

    /** One flow of so many exchanges that nobody closed. */
    static FlowScript open(final int exchanges, final int answerBytes) {
        final List<FlowScript> made = new ArrayList<>(1);
        final Assembly assembly = new Assembly((flow, clientBytes) -> made.add(copy(flow, clientBytes)));
        connection(new Traffic(assembly, false).connection(1), exchanges, answerBytes);
        assembly.assembler.finish();
        return made.get(0);
    }

    private static Traffic.Connection connection(
            final Traffic.Connection connection, final int exchanges, final int answerBytes) {
        final ByteBuffer request = Traffic.request();
        final ByteBuffer answer = Traffic.answer(answerBytes);
        connection.open();
        for (int i = 0; i < exchanges; i++) {
            connection.exchange(request, answer);
        }
        return connection.acknowledge();
    }

    private static FlowScript copy(final FlowRecord flow, final ByteBuffer clientBytes) {
        if (!flow.replayable()) {
            throw new IllegalStateException("made-up flow " + flow.id() + " is skipped: " + flow.skipReason());
        }
        final byte[] bytes = new byte[clientBytes.remaining()];
        clientBytes.get(clientBytes.position(), bytes);
        return new FlowScript(flow, ByteBuffer.wrap(bytes));
    }
}
