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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Simulates as many seeds as there is time for. One that fails is printed with its story and the command that repeats it;
 * it belongs into the list of those that run every time.
 */
class SimulatorTest {
    private static final String KEPT = "seeds.txt";
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");
    private static final int SEEDS = Integer.getInteger("tcpreplayj.sim.seeds", SOAK ? 1_000_000 : 100_000);
    private static final long SECONDS = Long.getLong("tcpreplayj.sim.seconds", SOAK ? 100_000 : 40);
    private static final Long SEED = Long.getLong("tcpreplayj.sim.seed");
    private static final String KINDS = System.getProperty("tcpreplayj.sim.faults", "");
    private static final long FIRST_SEED = Long.getLong("tcpreplayj.sim.first", 0);

    @Test
    void whateverHappensEveryByteArrivesAndEverySessionEnds() {
        if (SEED != null) {
            final Simulation simulation = new Simulation(SEED, KINDS);
            System.out.println(simulation.story());
            simulation.run();
            return;
        }
        final long endNs = System.nanoTime() + SECONDS * 1_000_000_000L;
        int seeds = 0;
        while (seeds < SEEDS && System.nanoTime() < endNs) {
            new Simulation(FIRST_SEED + seeds, KINDS).run();
            seeds++;
        }
        System.out.println("simulated " + seeds + " seeds");
        assertThat(seeds).isPositive();
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
                return world.faults().struck();
            } catch (final AssertionError | RuntimeException e) {
                throw new AssertionError(
                        story() + "\n" + e.getMessage() + "\nleast: " + least() + "\nrepeat: " + command(), e);
            }
        }

        long hash() {
            return hash;
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
