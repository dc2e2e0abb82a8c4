package io.tcpreplayj.replay.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Simulates as many seeds as there is time for. One that fails is printed with its story and the command that repeats it;
 * it belongs into the list of those that run every time.
 */
@Execution(ExecutionMode.CONCURRENT)
class SimulatorTest {
    private static final String KEPT = "seeds.txt";
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");
    private static final int SEEDS = Integer.getInteger("tcpreplayj.sim.seeds", SOAK ? 1_000_000 : 100_000);
    /** Other modules' tests want the processors, too: with a thread for each, a third of the seeds had their turn. */
    private static final int THREADS = 2 * Runtime.getRuntime().availableProcessors();

    private static final long SECONDS = Long.getLong("tcpreplayj.sim.seconds", SOAK ? 100_000 : 180);

    private static final Long SEED = Long.getLong("tcpreplayj.sim.seed");
    private static final String KINDS = System.getProperty("tcpreplayj.sim.faults", "");
    private static final long FIRST_SEED = Long.getLong("tcpreplayj.sim.first", 0);

    @Test
    void whateverHappensEveryByteArrivesAndEverySessionEnds() throws InterruptedException {
        if (SEED != null) {
            final Simulation simulation = new Simulation(SEED, KINDS);
            System.out.println(simulation.story());
            simulation.run();
            return;
        }
        final long endNs = System.nanoTime() + SECONDS * 1_000_000_000L;
        final AtomicInteger begun = new AtomicInteger();
        final AtomicInteger done = new AtomicInteger();
        final AtomicReference<AssertionError> failure = new AtomicReference<>();
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            final Thread thread = new Thread(() -> simulate(begun, done, endNs, failure), "simulator-" + i);
            thread.start();
            threads.add(thread);
        }
        for (final Thread thread : threads) {
            thread.join();
        }
        System.out.println("simulated " + done + " seeds");
        if (failure.get() != null) {
            throw failure.get();
        }
        assertThat(done.get() == SEEDS || (!SOAK && System.nanoTime() >= endNs))
                .as("%d of %d seeds in %d s", done.get(), SEEDS, SECONDS)
                .isTrue();
    }

    /** One seed after the other, each by one thread, until one fails. */
    private static void simulate(
            final AtomicInteger begun,
            final AtomicInteger done,
            final long endNs,
            final AtomicReference<AssertionError> failure) {
        for (int seed = begun.getAndIncrement();
                seed < SEEDS && failure.get() == null && System.nanoTime() < endNs;
                seed = begun.getAndIncrement()) {
            try {
                new Simulation(FIRST_SEED + seed, KINDS).run();
                done.incrementAndGet();
            } catch (final AssertionError e) {
                failure.compareAndSet(null, e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachKindOfFaultHappens(final FaultKind kind) {
        boolean happened = false;
        for (long seed = 0; seed < 200 && !happened; seed++) {
            // Some need a hole to happen in.
            happened =
                    new Simulation(seed, kind + "," + FaultKind.REORDER).run().contains(kind);
        }
        assertThat(happened).as(kind.description()).isTrue();
    }

    /** TF-28, TF-41: by the rules that ask for it. */
    @Test
    void lostConnectionsAreFollowedByOthers_whichEndWell() {
        int completed = 0;
        for (long seed = 0; seed < 100; seed++) {
            for (final FaultKind kind :
                    new FaultKind[] {FaultKind.TARGET_ABORT, FaultKind.TARGET_RESTART, FaultKind.EARLY_SHUTDOWN}) {
                final Simulation simulation = new Simulation(seed, kind + "," + FaultKind.LOSS);
                simulation.run();
                completed += simulation.reconnected();
            }
        }
        assertThat(completed).isGreaterThan(50);
    }

    @Test
    void whatFailedOnceIsTriedAgain() throws IOException {
        for (final String line : keptSeeds()) {
            final String[] words = line.split("\\s+", -1);
            new Simulation(Long.parseLong(words[0]), words.length > 1 ? words[1] : "").run();
        }
    }

    @Test
    void oneSeedIsOneStory() {
        for (long seed = 0; seed < 100; seed++) {
            final Simulation first = new Simulation(seed, "");
            final Simulation second = new Simulation(seed, "");
            first.run();
            second.run();
            assertThat(first.hash()).as("seed %d", seed).isEqualTo(second.hash());
        }
    }

    /** A line: seed, kinds of faults separated by commas, and behind a hash what had been wrong. */
    private static List<String> keptSeeds() throws IOException {
        final List<String> lines = new ArrayList<>();
        try (var in = SimulatorTest.class.getResourceAsStream(KEPT)) {
            assertThat(in).as(KEPT).isNotNull();
            final BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                final String row = line.replaceAll("#.*", "").strip();
                if (!row.isEmpty()) {
                    lines.add(row);
                }
            }
        }
        return lines;
    }

    /** One seed: what goes wrong in it is drawn from it too, unless it is given. */
    static final class Simulation {
        private final long seed;
        private final Set<FaultKind> kinds;
        private final boolean given;
        private long hash;
        private int reconnected;

        Simulation(final long seed, final String kindNames) {
            this.seed = seed;
            given = !kindNames.isEmpty();
            kinds = given ? parse(kindNames) : Faults.draw(new Seeded(seed).of("kinds"));
        }

        private static Set<FaultKind> parse(final String names) {
            final Set<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
            Arrays.stream(names.split(",", -1))
                    .filter(name -> !name.equals("none"))
                    .map(FaultKind::valueOf)
                    .forEach(kinds::add);
            return kinds;
        }

        Set<FaultKind> run() {
            final Trace trace = new Trace(false);
            try {
                final World world = new World(seed, kinds, trace);
                world.run();
                hash = trace.hash();
                reconnected = (int) world.connections().stream()
                        .filter(connection -> !connection.isFirst() && connection.completed())
                        .count();
                return world.faults().struck();
            } catch (final AssertionError | RuntimeException e) {
                throw new AssertionError(
                        story() + "\n" + e.getMessage() + "\nleast: " + least() + "\nrepeat: " + command(), e);
            }
        }

        long hash() {
            return hash;
        }

        /** Connections that took the place of others and ended as they should. */
        int reconnected() {
            return reconnected;
        }

        /** All packets, in the words of tcpdump. */
        String story() {
            final Trace trace = new Trace(true);
            String end = "all is well";
            try {
                new World(seed, kinds, trace).run();
            } catch (final AssertionError | RuntimeException e) {
                end = String.valueOf(e);
            }
            return "seed " + seed + " with " + kinds + "\n" + trace.text() + "\n" + end;
        }

        /** The fewest kinds with which it still fails. */
        private Set<FaultKind> least() {
            final Set<FaultKind> least = kinds.isEmpty() ? EnumSet.noneOf(FaultKind.class) : EnumSet.copyOf(kinds);
            for (final FaultKind kind : kinds) {
                least.remove(kind);
                if (!fails(least)) {
                    least.add(kind);
                }
            }
            return least;
        }

        private boolean fails(final Set<FaultKind> fewer) {
            try {
                new World(seed, fewer, new Trace(false)).run();
                return false;
            } catch (final AssertionError | RuntimeException e) {
                return true;
            }
        }

        private String command() {
            final String faults =
                    String.join(",", least().stream().map(Enum::name).toList());
            return "mvn -q test -pl replayer -am -Dtest=SimulatorTest -Dsurefire.failIfNoSpecifiedTests=false"
                    + " -Dtcpreplayj.sim.seed=" + seed + " -Dtcpreplayj.sim.faults="
                    + (faults.isEmpty() ? "none" : faults);
        }
    }
}
