package io.tcpreplayj.flow;

import org.jspecify.annotations.Nullable;

/**
 * What all conversations of an assembler use, one at a time.
 *
 * @param secrets null where nothing is secret
 */
record UdpTools(
        FlowAssembler.AssemblerOptions options,
        StreamDigests digests,
        @Nullable DatagramSecrets secrets) {
    static UdpTools of(final FlowAssembler.AssemblerOptions options) {
        return new UdpTools(
                options, new StreamDigests(), options.rules() == null ? null : new DatagramSecrets(options.rules()));
    }
}
