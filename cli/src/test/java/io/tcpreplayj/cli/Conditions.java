package io.tcpreplayj.cli;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Under which a {@link ResidentCli} lives.
 *
 * @param before words in front of the JVM's command line
 * @param beside what else the JVM is busy with
 */
record Conditions(List<String> before, List<String> jvmOptions, Beside beside) {
    static final Conditions USUAL = new Conditions(List.of(), List.of(), Beside.NOTHING);

    /** One processor, and somebody else who wants it all the time. */
    static final Conditions ONE_BUSY_CORE =
            new Conditions(List.of("taskset", "-c", "0"), List.of(), Beside.SOMEBODY_WHO_COMPUTES);

    /**
     * A small heap, half full, and somebody who fills the rest several times a second.
     *
     * @param megabytes that the clients send
     */
    static Conditions collecting(final int megabytes) {
        return new Conditions(List.of(), List.of("-Xmx" + (150 + 2 * megabytes) + "m"), Beside.SOMEBODY_WHO_ALLOCATES);
    }

    /** A thread of the same JVM. */
    enum Beside {
        NOTHING {
            @Override
            void work() {}
        },
        SOMEBODY_WHO_COMPUTES {
            @Override
            void work() {
                while (true) {
                    Thread.onSpinWait();
                }
            }
        },
        SOMEBODY_WHO_ALLOCATES {
            @Override
            void work() {
                final Deque<byte[]> kept = new ArrayDeque<>();
                while (true) {
                    kept.add(new byte[PIECE_BYTES]);
                    if (kept.size() > KEPT_PIECES) {
                        kept.remove();
                    }
                }
            }
        };

        private static final int PIECE_BYTES = 1024;
        private static final int KEPT_PIECES = 70_000;

        abstract void work();

        void begin() {
            final Thread thread = new Thread(this::work, "beside");
            thread.setDaemon(true);
            thread.start();
        }
    }
}
