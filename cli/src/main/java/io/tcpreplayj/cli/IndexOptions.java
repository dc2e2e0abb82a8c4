package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.flow.FlowAssembler.AssemblerOptions;
import io.tcpreplayj.flow.redact.SecretRules;
import io.tcpreplayj.replay.UserException;
import java.util.List;

/**
 * What a user asks of indexing.
 *
 * @param assembler what to keep of each flow
 * @param selection which packets to take
 * @param merge whether all captures are read as one
 * @param maxBytes the most of a capture that is read, decompressed
 */
record IndexOptions(AssemblerOptions assembler, PacketSelection selection, boolean merge, long maxBytes) {
    /** The file header of a pcap and a packet; less is a slip of the keyboard. */
    private static final long LEAST_BYTES = 1000;

    /** Everything of everything. */
    static IndexOptions all() {
        return new IndexOptions(AssemblerOptions.DEFAULT, PacketSelection.all(), false, Long.MAX_VALUE);
    }

    /** The same, also with what clients acknowledged if {@code wanted}. */
    IndexOptions withAcks(final boolean wanted) {
        return wanted ? new IndexOptions(assembler.withAcks(), selection, merge, maxBytes) : this;
    }

    /** @param expression which packets to take, besides what the flags say; or empty */
    static IndexOptions of(final LowArgs args, final String expression) {
        final String maxBytes = args.value(Flags.MAX_BYTES);
        return new IndexOptions(
                assembler(args),
                PacketSelection.of(args, expression),
                args.has(Flags.MERGE),
                maxBytes == null
                        ? Long.MAX_VALUE
                        : Units.count(Flags.MAX_BYTES, maxBytes, LEAST_BYTES, Long.MAX_VALUE - 1));
    }

    private static AssemblerOptions assembler(final LowArgs args) {
        final String digest = args.value(Flags.DIGEST);
        if (digest != null && !digest.equals("sha256")) {
            throw new UserException("--digest: \"" + digest + "\" is not known", "give sha256");
        }
        final String head = args.value(Flags.HEAD);
        final int headBytes =
                head == null ? AssemblerOptions.DEFAULT.headBytes() : (int) Units.count(Flags.HEAD, head, 0, 65536);
        final AssemblerOptions whole = new AssemblerOptions(digest != null, headBytes);
        return kept(args.has(Flags.ACKS) ? whole.withAcks() : whole, args);
    }

    private static AssemblerOptions kept(final AssemblerOptions whole, final LowArgs args) {
        final List<String> rules = args.all(Flags.REDACT_RULE);
        final boolean redact = args.has(Flags.REDACT) || !rules.isEmpty();
        if (args.has(Flags.HEADERS_ONLY)) {
            if (redact || args.has(Flags.DIGEST) || args.has(Flags.HEAD)) {
                throw new UserException(
                        "--headers-only keeps nothing of the payload: --redact, --digest and --head have no meaning",
                        "leave out one or the others");
            }
            return whole.withoutPayload();
        }
        if (!redact) {
            return whole;
        }
        try {
            return whole.redacting(SecretRules.builtIn().and(rules));
        } catch (final IllegalArgumentException e) {
            throw new UserException(Flags.REDACT_RULE + ": " + e.getMessage(), "see tcpreplay-j help redact");
        }
    }
}
