package io.tcpreplayj.replay.pkt;

import java.util.List;

/**
 * A script as it was read.
 *
 * @param name its file's name without the suffix
 * @param rows the requirements it shows, as in TF-05
 * @param reference RFC sections
 * @param settings what it sets
 * @param captured what the captured client and server did
 * @param events what happens now
 */
record Script(
        String name,
        List<String> rows,
        String reference,
        Settings settings,
        List<CapturedStep> captured,
        List<Event> events) {}
