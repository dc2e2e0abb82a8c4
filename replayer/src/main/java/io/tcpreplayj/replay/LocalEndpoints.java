package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where the replayed clients live: gives each session an address and a port of its own. Injective by construction, so two
 * sessions of a run never share a tuple, whatever the number of copies.
 */
public interface LocalEndpoints {
    /**
     * The next free endpoint for a session of {@code capturedClient}.
     *
     * @throws UserException when the pool is used up; the message names the number needed
     */
    Endpoint next(IpAddress capturedClient);

    /** The same, as like the captured endpoint as can be. */
    default Endpoint next(final Endpoint capturedClient) {
        return next(capturedClient.address());
    }

    /**
     * One more for a session of {@code capturedClient} that lost its connection, or null when all are in use: its own will
     * do then, since the target has nothing left of that connection, and the next ISN and timestamp are higher (RFC 6191 2).
     */
    default @Nullable Endpoint another(final IpAddress capturedClient) {
        return null;
    }

    /**
     * One for a session of a run that has no plan, and may have any number of them: they come round again, those that were
     * used longest ago first, and two captured clients may get to share an address. Null when all are {@code taken}.
     */
    default @Nullable Endpoint again(final IpAddress capturedClient, final Predicate<Endpoint> taken) {
        return null;
    }

    /** Whether a session of {@code capturedClient} may be had at all: answers to it come to us, and to nobody else. */
    default boolean serves(final IpAddress capturedClient) {
        return true;
    }

    /** Whether captured clients live at the very addresses: an endpoint of ours may be one of theirs, too. */
    default boolean areShared() {
        return false;
    }

    /** Whether nobody but our clients lives at the address. */
    default boolean isOurs(final IpAddress address) {
        return false;
    }
}
