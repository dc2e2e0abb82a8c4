package io.tcpreplayj.cli;

import io.tcpreplayj.flow.db.FlowDbWriter;
import io.tcpreplayj.pcap.CaptureReader;
import io.tcpreplayj.pcap.MergedReader;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The captures that {@code --merge} reads as one. */
final class MergeSet {
    private final List<Member> members = new ArrayList<>();

    /** How a capture is opened. */
    @FunctionalInterface
    interface Opener {
        CaptureReader open(CaptureSource source) throws IOException;
    }

    private record Member(TimeOrder.Timed timed, CaptureTally tally) {}

    void add(final TimeOrder.Timed timed, final CaptureTally tally) {
        members.add(new Member(timed, tally));
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    /** Whether one of them, once read, cannot be read again. */
    boolean hasStream() {
        return members.stream().anyMatch(member -> member.timed().source().isStream());
    }

    /** The name under which that capture is a member already; empty when it is none. */
    String nameOf(final CaptureFingerprint fingerprint) {
        for (final Member member : members) {
            if (member.tally().is(fingerprint)) {
                return member.tally().name();
            }
        }
        return "";
    }

    /** What messages call all of them. */
    String name() {
        final String first = members.get(0).tally().name();
        return members.size() == 1 ? first : first + " and " + (members.size() - 1) + " more";
    }

    /** What is to be known of each, in the order of the reader's sources. */
    List<CaptureTally> tallies() {
        return members.stream().map(Member::tally).toList();
    }

    /** Opens them as one; afterwards the members are in the order of the reader's sources. */
    CaptureReader open(final Opener opener) {
        if (!FlowDbWriter.fitIntoOneCommit(
                tallies().stream().map(CaptureTally::name).toList())) {
            throw new UserException(
                    members.size() + " captures are more than one --merge takes", "merge them in several parts");
        }
        // Streams come first here: only by reading them can it be known when they begin.
        members.sort(Comparator.comparingLong(member -> member.timed().firstPacketNs()));
        return new MergedReader(members.stream()
                .map(member -> new MergedReader.Input(
                        member.timed().firstPacketNs(),
                        () -> opener.open(member.timed().source())))
                .toList());
    }
}
