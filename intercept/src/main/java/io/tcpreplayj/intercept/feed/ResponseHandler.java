package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.packet.IcmpError;
import io.tcpreplayj.packet.PacketView;

/** Takes the target's segments one by one; the view is borrowed. */
@FunctionalInterface
public interface ResponseHandler {
    void onResponse(PacketView segment);

    /** The network says that a packet of ours did not arrive; {@code error} is borrowed. */
    default void onIcmpError(final IcmpError error) {}
}
