package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.packet.PacketView;

/** Takes one segment of the target; the view is borrowed. */
@FunctionalInterface
public interface ResponseHandler {
    void onResponse(PacketView segment);
}
