package io.tcpreplayj.flow.db;

import java.nio.file.Path;
import java.util.List;

/**
 * What was found in a flow database by looking at every byte of it.
 *
 * @param file the database
 * @param fileBytes its length
 * @param contents what is there and sound
 * @param unused bytes that no commit leads to, which is no damage
 * @param damage in the order in which it was found; empty when the database is whole
 * @param lostFlows ids of flows that are in the directory and cannot be read
 */
public record Verification(
        Path file, long fileBytes, Contents contents, Unused unused, List<Damage> damage, List<Long> lostFlows) {

    /**
     * What is there and sound.
     *
     * @param clientBytes of all its flows
     */
    public record Contents(int commits, int captures, int flows, long clientBytes, int blocks) {}

    /**
     * What writers left that died.
     *
     * @param tailBytes behind the last commit: or a writer is at work
     * @param deadBytes between commits
     */
    public record Unused(long tailBytes, long deadBytes) {}

    /**
     * One thing that is wrong.
     *
     * @param offset in the file
     * @param what without the file's name
     */
    public record Damage(long offset, String what) {}

    /** Whether every flow of every commit is there and sound. */
    public boolean clean() {
        return damage.isEmpty();
    }
}
