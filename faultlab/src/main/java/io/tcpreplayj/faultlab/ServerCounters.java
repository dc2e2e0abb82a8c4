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

    /** Those of {@link #COMPLAINTS} that this kernel has and that have grown since, with the growth. */
    public static Map<String, Long> complaintsSince(final Map<String, Long> before, final Netns netns) {
        final Map<String, Long> grown = new TreeMap<>();
        final Map<String, Long> now = read(netns);
        for (final String name : COMPLAINTS) {
            final long growth = now.getOrDefault(name, 0L) - before.getOrDefault(name, 0L);
            if (growth != 0) {
                grown.put(name, growth);
            }
        }
        return grown;
    }
}
