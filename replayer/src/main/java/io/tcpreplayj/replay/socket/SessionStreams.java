package io.tcpreplayj.replay.socket;

import io.tcpreplayj.replay.protocol.ResponseFraming;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import org.jspecify.annotations.Nullable;

/** Who sees the server's bytes of one session: the framing first, then the judge. */
record SessionStreams(
        @Nullable ResponseFraming framing, @Nullable ResponseBytes judge) {}
