package io.tcpreplayj.intercept;

import io.tcpreplayj.intercept.guard.Connections;
import io.tcpreplayj.intercept.guard.Marker;
import io.tcpreplayj.intercept.guard.Rules;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.NfQueue;
import io.tcpreplayj.packet.Endpoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * {@link Swallow#NFQUEUE}: a rule of iptables sends answers to a queue, which drops them; it works with kernels that have no
 * egress hook, or no queue for nft. A rule without its listener drops all the same. The guard takes the rules back; killed with
 * it, they stay, and are a black hole for replayed clients.
 */
final class NfQueueWay implements Way {
    private static final int FIRST_QUEUE = 0x4000;
    /** So many seconds for others to let go of the tables: less than the guard gives the set-up. */
    private static final String SET_UP_LOCK = " -w 3";
    /** The same at the end, each of several times: a rule that waits must not keep the others from their turn. */
    private static final String UNDO_LOCK = " -w 5";
    /** What iptables exits with where a rule is not there. */
    private static final int ABSENT = 1;
    /** The same where the tables stay locked. */
    private static final String LOCKED = "4";

    private final NfQueue queue;
    private final NfQueueTap tap;
    /** Asks whether each rule is there still. */
    private String check = "";
    /** The latest such look, which may take its time. */
    private @Nullable Process look;

    private NfQueueWay(final NfQueue queue) {
        this.queue = queue;
        this.tap = new NfQueueTap(queue);
    }

    static NfQueueWay open(final TargetHost.Request request) throws LinuxException, KernelRulesException {
        for (final Connections.Pair pair : request.connections().pairs()) {
            ClientRoute.to(pair);
        }
        return new NfQueueWay(NfQueue.open(
                FIRST_QUEUE + ThreadLocalRandom.current().nextInt(FIRST_QUEUE),
                request.snaplen(),
                request.queueLength()));
    }

    @Override
    public ResponseTap tap() {
        return tap;
    }

    @Override
    public Rules rules(final Connections connections, final Marker marker) {
        final List<String> setUp = new ArrayList<>();
        final List<String> undo = new ArrayList<>();
        final List<String> checks = new ArrayList<>();
        for (final Connections.Pair pair : connections.pairs()) {
            final Endpoint target = pair.target();
            final String iptables = target.address().isV4() ? "iptables" : "ip6tables";
            final String rule = " OUTPUT -p tcp -s " + target.address() + " --sport " + target.port() + " -d "
                    + pair.network() + " -m comment --comment " + marker.table() + " -j NFQUEUE --queue-num "
                    + queue.number();
            setUp.add(iptables + SET_UP_LOCK + " -I" + rule);
            checks.add(iptables + SET_UP_LOCK + " -C" + rule);
            undo.add(iptables + UNDO_LOCK + " -D" + rule + "; [ $? -ne " + LOCKED + " ] || left=y");
        }
        check = String.join(" && ", checks);
        return new Rules(
                new AnswerRules(connections, marker.table()).stop(""),
                String.join(" && ", setUp),
                // Seven times five seconds are all that the guard gives it.
                "for n in 1 2 3 4 5 6 7; do left=; " + String.join("; ", undo) + "; [ \"$left\" ] || break; done");
    }

    @Override
    public String mode() {
        return Swallow.NFQUEUE.word() + " " + queue.number();
    }

    /**
     * Anybody may delete a rule of iptables. Answers go nowhere then, for the guard's own table stops them, but to their sender
     * that is no success. Says what the look before this one has found, and waits for none.
     */
    @Override
    public boolean holds() {
        if (look != null && look.isAlive()) {
            return true;
        }
        final boolean gone = look != null && look.exitValue() == ABSENT;
        try {
            look = new ProcessBuilder("sh", "-c", "PATH=$PATH:/usr/sbin:/sbin; export PATH; " + check)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (final IOException e) {
            // Nothing was seen: the next look may be luckier.
            look = null;
        }
        return !gone;
    }

    @Override
    public void close() {
        queue.close();
    }
}
