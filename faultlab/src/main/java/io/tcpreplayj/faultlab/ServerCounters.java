package io.tcpreplayj.faultlab;

import io.tcpreplayj.testdata.Netns;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The kernel's own counters of a namespace (nstat(8)): what its TCP thought of its peers. */
public final class ServerCounters {
    /** What stays at zero for a client that cannot be told from a kernel's, on a line that loses nothing. */
    public static final List<String> COMPLAINTS = List.of(
            "TcpInCsumErrors",
            "TcpInErrs",
            "TcpRetransSegs",
            "TcpEstabResets",
            "TcpOutRsts",
            "TcpExtPAWSEstab",
            "TcpExtPAWSActive",
            "TcpExtPAWSTimewait",
            "TcpExtTCPACKSkippedPAWS",
            "TcpExtTCPACKSkippedSeq",
            "TcpExtTCPAbortOnData",
            "TcpExtTCPAbortOnTimeout",
            "TcpExtTCPAbortFailed",
            "TcpExtBeyondWindow",
            "TcpExtTCPSACKDiscard",
            "TcpExtTCPSACKReneging",
            "TcpExtListenDrops",
            "TcpExtTCPChallengeACK",
            "TcpExtTCPSYNChallenge",
            "TcpExtTCPSynRetrans",
            "TcpExtTCPDSACKRecv",
            "TcpExtTCPDSACKOfoSent",
            "TcpExtTCPDSACKOldSent");

    /** Linux 6.16; before that PAWSEstab counted it, which is asked for as well. */
    private static final String YOUNGEST = "TcpExtPAWSTimewait";

    private ServerCounters() {}

    /** All counters by name, as they stand. */
    public static Map<String, Long> read(final Netns netns) {
        final Map<String, Long> counters = new TreeMap<>();
        netns.exec("nstat", "-asz")
                .orThrow()
                .stdout()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> {
                    final String[] words = line.trim().split("\\s+");
                    counters.put(words[0], Long.parseLong(words[1]));
                });
        return counters;
    }

    /** Those of {@link #COMPLAINTS} that have grown since, with the growth. */
    public static Map<String, Long> complaintsSince(final Map<String, Long> before, final Netns netns) {
        final Map<String, Long> grown = new TreeMap<>();
        final Map<String, Long> now = read(netns);
        for (final String name : COMPLAINTS) {
            final long growth = growth(before, now, name);
            if (growth != 0) {
                grown.put(name, growth);
            }
        }
        return grown;
    }

    /** A counter that the kernel does not have would stay at zero whatever happens: that proves nothing. */
    public static long growth(final Map<String, Long> before, final Map<String, Long> now, final String name) {
        final Long from = before.get(name);
        final Long to = now.get(name);
        if (from == null || to == null) {
            if (name.equals(YOUNGEST)) {
                return 0;
            }
            throw new IllegalArgumentException("this kernel has no counter " + name);
        }
        return to - from;
    }
}
