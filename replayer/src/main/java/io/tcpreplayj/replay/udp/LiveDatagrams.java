package io.tcpreplayj.replay.udp;

import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.replay.LiveDrop;
import java.nio.ByteBuffer;

/** What is captured of UDP conversations, as it gets to the thread that replays them. */
public interface LiveDatagrams {
    /** Takes it; what is in a buffer is borrowed. Parameters as those of {@link io.tcpreplayj.flow.UdpObserver}. */
    interface Reader {
        void onOpened(OpenFlow flow);

        void onClient(long flow, long timeNs, int gate, ByteBuffer from, int at, int length);

        /** @param head so many of its bytes are there */
        void onServer(long flow, long timeNs, int length, long digest, ByteBuffer from, int at, int head);

        void onLost(long flow, LiveDrop reason);

        void onEnded(long flow);
    }

    /** Hands over what came, {@code most} pieces at most, and returns how many those were. */
    int read(Reader to, int most);

    /** Nothing is on its way, nor will be. */
    boolean isDrained();

    /** Conversations that begin from now on are not passed on. */
    void refuse();
}
