package io.tcpreplayj.intercept.guard;

import java.util.List;

/**
 * What a guard holds.
 *
 * @param nft lines for nft; the marker's table comes last, so that it is there only when all is
 * @param undo shell commands for what the end of nft does not take with it; empty for nothing
 */
public record Rules(List<String> nft, String undo) {}
