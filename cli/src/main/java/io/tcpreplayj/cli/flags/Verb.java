package io.tcpreplayj.cli.flags;

import java.util.List;

/**
 * One command of the program.
 *
 * @param name what the user types
 * @param operands what follows, as the usage line shows it
 * @param minOperands fewest operands
 * @param maxOperands most operands
 * @param summary one line
 * @param examples three, the commonest first
 * @param flags its options, in the order of the help
 */
public record Verb(
        String name,
        String operands,
        int minOperands,
        int maxOperands,
        String summary,
        List<Example> examples,
        List<Flag> flags) {

    /**
     * A command line and what it does.
     *
     * @param command without the program's name
     */
    public record Example(String command, String meaning) {}
}
