package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Initial sequence numbers and timestamps that keep growing from run to run, so that a target which still holds an old
 * connection in TIME-WAIT accepts a new SYN on its tuple (RFC 6528, RFC 6191 2): the ISN is a 4 µs clock plus a hash of the
 * endpoints, the timestamp is the time since boot in milliseconds.
 */
final class InitialSequence {
    private final long secret;
    private final long bootNs;

    /** To be made when the replay clock is 0. */
    InitialSequence() {
        this.secret = bootSecret();
        this.bootNs = sinceBootNs();
    }

    /** The ISN of a connection that opens at {@code nowNs}. */
    int iss(final Endpoint local, final Endpoint target, final long nowNs) {
        final long clock = (nowNs + bootNs) / 4_000;
        long hash = secret;
        hash = mix(hash ^ local.address().high());
        hash = mix(hash ^ local.address().low());
        hash = mix(hash ^ target.address().high());
        hash = mix(hash ^ target.address().low());
        hash = mix(hash ^ ((long) local.port() << 16 | target.port()));
        return (int) (clock + hash);
    }

    /** What turns the replay clock in ms into TSval: the same for all sessions of the run. */
    int tsOffset() {
        return (int) (bootNs / 1_000_000);
    }

    /** The finaliser of SplitMix64. */
    private static long mix(final long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    private static long bootSecret() {
        try {
            // proc(5): random at each boot, the same for every process until the next one.
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).hashCode() * 0x9e3779b97f4a7c15L;
        } catch (final IOException e) {
            return ThreadLocalRandom.current().nextLong();
        }
    }

    private static long sinceBootNs() {
        try {
            // proc(5): seconds since boot, suspend included (CLOCK_BOOTTIME), in hundredths.
            final String uptime = Files.readString(Path.of("/proc/uptime"));
            return (long) (Double.parseDouble(uptime.substring(0, uptime.indexOf(' '))) * 1e9);
        } catch (final IOException e) {
            return System.currentTimeMillis() * 1_000_000L;
        }
    }
}
