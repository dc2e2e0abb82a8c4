package io.tcpreplayj.cli;

/** Says that the disk does not keep up: once, until it has caught up. */
final class DiskWatch {
    private final Console console;
    private final String consequence;
    private final String cure;
    private boolean isBehind;

    /** @param consequence of what waits for the disk, where it fills its room */
    DiskWatch(final Console console, final String consequence, final String cure) {
        this.console = console;
        this.consequence = consequence;
        this.cure = cure;
    }

    /**
     * @param backlog how much waits, of what there is room for: 0 to 1
     * @param before done before it says something
     */
    void look(final double backlog, final Runnable before) {
        if (isBehind) {
            isBehind = backlog > 0;
        } else if (backlog > FlowShedder.FULL_ENOUGH) {
            isBehind = true;
            before.run();
            Failures.say(
                    console,
                    "the disk does not keep up: flows that are over wait for it, and " + consequence,
                    "see the disk with: iostat -x 1; " + cure);
        }
    }
}
