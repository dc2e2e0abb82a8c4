package io.tcpreplayj.intercept.guard;

import java.util.List;

/**
 * What a guard holds.
 *
 * @param nft commands for nft, put in force all at once
 * @param setUp shell commands for what nft cannot hold; empty for nothing
 * @param undo shell commands that take back what {@code setUp} did, also half of it
 */
public record Rules(List<String> nft, String setUp, String undo) {}
