package io.tcpreplayj.cli;

import io.tcpreplayj.faultlab.OracleServer;
import io.tcpreplayj.testdata.FlowPcap;
import java.util.List;
import java.util.Map;

/** What came of a row: the report of the replayer beside the notes of the server. */
record Replayed(
        AcceptanceLab.Row row,
        ResidentCli.Result result,
        Map<String, Object> report,
        List<Session> sessions,
        Map<String, OracleServer.Received> received) {

    /** One line for each flow that did not arrive whole, in order, answered and closed in order. */
    List<String> failures() {
        return sessions.stream()
                .map(session -> failure(session, "eof"))
                .filter(failure -> !failure.isEmpty())
                .toList();
    }

    /** What is wrong with a session, in words, or nothing; {@code end}: how the server should have seen it end. */
    String failure(final Session session, final String end) {
        // Flow ids count from 1 in the order of first packets, and so were the connections made.
        final FlowPcap.Sent wanted = row.recording().sent().get((int) session.flow() - 1);
        final OracleServer.Received got = received.get(session.normalisedClient());
        final String wrong = got == null
                ? "never accepted"
                : !got.sha256().equals(wanted.sha256()) || got.bytes() != wanted.bytes()
                        ? "other bytes than " + wanted
                        : !got.end().equals(end)
                                ? "not closed as it should be"
                                : unacknowledged(session, got) ? "answers unacknowledged" : "";
        return wrong.isEmpty() ? "" : wrong + ": " + session + ", " + got;
    }

    /**
     * An ACK of the last bytes that is lost when the run is over is not sent again, as the clients' TIME-WAIT ends with the
     * process: then the client must say that it had them all.
     */
    private static boolean unacknowledged(final Session session, final OracleServer.Received got) {
        return got.acked() < got.written() && session.serverReceived() < got.written();
    }

    /** The first few failures: a row may have thousands. */
    List<String> someFailures() {
        final List<String> failures = failures();
        return failures.subList(0, Math.min(3, failures.size()));
    }

    long number(final String part, final String field) {
        final Object value = ((Map<?, ?>) report.get(part)).get(field);
        return value == null ? -1 : ((Number) value).longValue();
    }

    Map<?, ?> map(final String part, final String field) {
        return (Map<?, ?>) ((Map<?, ?>) report.get(part)).get(field);
    }

    int flows() {
        return row.recording().sent().size();
    }

    long retransmittedBytes() {
        return number("bytes", "clientRetransmitted");
    }

    double seconds() {
        return (time("endedNs") - time("startedNs")) / 1e9;
    }

    /** {@code startedNs} or {@code endedNs}, since the epoch. */
    long time(final String field) {
        return ((Number) report.get(field)).longValue();
    }

    /** The row of the acceptance table, for the log. */
    void print(final String id) {
        final long whole = sessions.size() - failures().size();
        System.out.printf(
                "%s %s: %d of %d flows whole (%.3f %%), %d of %d client bytes sent again, server resent %d segments, %.1f s; %s; responses %s%n",
                id,
                row.name(),
                whole,
                sessions.size(),
                100.0 * whole / Math.max(1, sessions.size()),
                retransmittedBytes(),
                row.recording().sent().stream().mapToLong(FlowPcap.Sent::bytes).sum(),
                received.values().stream()
                        .mapToLong(OracleServer.Received::retransmits)
                        .sum(),
                seconds(),
                map("flows", "failed"),
                report.get("responses"));
    }
}
