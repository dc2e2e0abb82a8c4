package io.tcpreplayj.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestTemplate;

/** The house's rules that a compiler does not hold: which room may know which, and who may touch the outside. */
final class ArchitectureTest {
    private static final String ROOT = "io.tcpreplayj";

    /** Each room with all rooms it may know; those for tests and {@code bench} are known by nobody's main code. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            Map.entry("packet", Set.of()),
            Map.entry("linux", Set.of("packet")),
            Map.entry("pcap", Set.of("packet", "linux")),
            Map.entry("flow", Set.of("packet", "linux", "pcap")),
            Map.entry("intercept", Set.of("packet", "linux")),
            Map.entry("replay", Set.of("packet", "linux", "pcap", "flow", "intercept")),
            Map.entry("cli", Set.of("packet", "linux", "pcap", "flow", "intercept", "replay")),
            Map.entry("testdata", Set.of()),
            Map.entry("faultlab", Set.of("packet", "linux", "testdata")));

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    private static final JavaClasses TESTS = importTests();

    private static JavaClasses importTests() {
        final List<Path> trees = ProjectTree.modules().stream()
                .map(module -> module.resolve("target/test-classes"))
                .filter(Files::isDirectory)
                .toList();
        return new ClassFileImporter().importPaths(trees);
    }

    @Test
    void shouldKnowOnlyTheRoomsBelow() {
        ARROWS.forEach((room, below) -> {
            final String[] allowed = Stream.concat(Stream.of(room), below.stream())
                    .map(name -> ROOT + "." + name + "..")
                    .toArray(String[]::new);
            check(noClasses()
                    .that()
                    .resideInAPackage(ROOT + "." + room + "..")
                    .should()
                    .dependOnClassesThat(resideInAPackage(ROOT + "..").and(not(resideInAnyPackage(allowed))))
                    .because("nothing points up: " + room + " knows only " + new TreeSet<>(below)));
        });
    }

    @Test
    void shouldHaveAnArrowForEveryRoom() {
        final Set<String> rooms = MAIN.stream()
                .map(JavaClass::getPackageName)
                .map(name -> name.substring(ROOT.length() + 1).split("\\.")[0])
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(ARROWS.keySet()).containsAll(rooms);
    }

    @Test
    void shouldKnowJnaOnlyInLinuxAndOracles() {
        check(onlyIn("com.sun.jna..", ROOT + ".linux", ROOT + ".faultlab"));
    }

    @Test
    void shouldKnowPcap4jOnlyInLiveAndOracles() {
        check(onlyIn("org.pcap4j..", ROOT + ".pcap.live", ROOT + ".testdata"));
    }

    @Test
    void shouldKnowKryoOnlyInTheFlowDatabase() {
        check(onlyIn("com.esotericsoftware..", ROOT + ".flow.db"));
    }

    @Test
    void shouldKnowCommonsCliOnlyInFlags() {
        check(onlyIn("org.apache.commons.cli..", ROOT + ".cli.flags"));
    }

    private static ArchRule onlyIn(final String library, final String... rooms) {
        return noClasses()
                .that()
                .resideInAPackage(ROOT + "..")
                .and()
                .resideOutsideOfPackages(rooms)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .because(library + " has one door: " + String.join(", ", rooms));
    }

    /**
     * The kernel sends what is written to a connected socket to the address that it was connected to, and nowhere else
     * (connect(2)): where no replay can name another address, no rule need stop one. The rehearsal answers itself.
     */
    @Test
    void shouldSendByConnectedSocketsOnly() {
        final DescribedPredicate<JavaClass> senders = resideInAPackage(ROOT + ".replay..")
                .and(not(belongToAnyOf(io.tcpreplayj.replay.udp.UdpRehearsal.class)));
        check(noClasses()
                .that(senders)
                .should()
                .callMethod(
                        java.nio.channels.DatagramChannel.class,
                        "send",
                        java.nio.ByteBuffer.class,
                        java.net.SocketAddress.class));
        check(noClasses().that(senders).should().dependOnClassesThat(belongToAnyOf(java.net.DatagramSocket.class)));
    }

    /** These rooms are tested in virtual time and over plain memory, so they must not be able to reach anything else. */
    @Test
    void shouldKeepEnginesFreeOfInputOutputAndClocks() {
        final DescribedPredicate<JavaClass> engines =
                resideInAnyPackage(ROOT + ".replay.tcp..", ROOT + ".replay.script..", ROOT + ".packet..");
        // Files, dates, threads, and chance that no seed decides.
        final DescribedPredicate<JavaClass> outside = resideInAnyPackage(
                        "java.io..", "java.nio.file..", "java.time..", "java.util.concurrent..", "java.security..")
                .or(belongToAnyOf(
                        Thread.class,
                        ProcessHandle.class,
                        Runtime.class,
                        java.util.Random.class,
                        java.util.SplittableRandom.class,
                        java.util.Timer.class,
                        java.util.UUID.class));
        final DescribedPredicate<JavaClass> ipAddress = new DescribedPredicate<>("IpAddress") {
            @Override
            public boolean test(final JavaClass type) {
                return type.getName().startsWith(ROOT + ".packet.IpAddress");
            }
        };
        check(noClasses()
                .that(engines.and(not(ipAddress)))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("java.net", "java.nio.channels..").or(outside)));
        check(noClasses()
                .that(ipAddress)
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.net", "java.nio.channels..")
                        .and(not(belongToAnyOf(
                                java.net.InetAddress.class,
                                java.net.Inet4Address.class,
                                java.net.Inet6Address.class,
                                java.net.UnknownHostException.class)))
                        .or(outside)));
        check(noClasses().that(engines).should().callMethod(System.class, "nanoTime"));
        check(noClasses().that(engines).should().callMethod(System.class, "currentTimeMillis"));
        check(noClasses().that(engines).should().callMethod(Math.class, "random"));
    }

    /**
     * R16: whoever sets the machine's clock, or slews it, moves nothing of a replay: no timer and no pace is taken from it. {@link
     * System#nanoTime} is CLOCK_MONOTONIC, as is what {@link io.tcpreplayj.linux.Clock#sleepUntil} waits on.
     */
    @Test
    void shouldTimeReplaysByTheMonotonicClockOnly_soThatNoStepOfTheMachinesClockMatters() {
        final Set<String> readers = MAIN.stream()
                .filter(resideInAnyPackage(ROOT + ".replay..", ROOT + ".intercept.."))
                .filter(type -> type.getAccessesFromSelf().stream().anyMatch(ArchitectureTest::readsTheMachinesClock))
                .map(type -> type.getName().substring(ROOT.length() + 1).replaceFirst("\\$.*", ""))
                .collect(Collectors.toSet());
        assertThat(readers)
                .containsExactlyInAnyOrder(
                        // When a run began and ended, in its report and its last words.
                        "replay.ReplayRun",
                        "replay.UdpRun",
                        // How late packets come, by their capture's clock: a figure.
                        "replay.MeasuredFeed",
                        // Where there is no /proc.
                        "replay.InitialSequence");
    }

    /** By a call or a method reference, of the JDK's or of our own. */
    private static boolean readsTheMachinesClock(final JavaAccess<?> access) {
        final String owner = access.getTargetOwner().getName();
        final String name = access.getName();
        return name.equals("currentTimeMillis")
                || name.equals("realtimeNs")
                || name.equals("wallNs")
                || owner.equals(ROOT + ".linux.WallClock")
                || (owner.startsWith("java.time.") && (name.equals("now") || name.startsWith("system")))
                || (owner.equals("java.util.Date") && name.equals("<init>"));
    }

    @Test
    void shouldLeaveExitAndStdoutToTheCommands() {
        final DescribedPredicate<JavaClass> others = not(resideInAnyPackage(ROOT + ".cli..", ROOT + ".bench.."));
        check(noClasses().that(others).should().callMethod(System.class, "exit", int.class));
        check(noClasses().that(others).should().callMethod(Runtime.class, "exit", int.class));
        check(noClasses().that(others).should().callMethod(Runtime.class, "halt", int.class));
        check(noClasses().that(others).should().accessField(System.class, "out"));
    }

    /** Surefire runs {@code *Test} and {@code *IT}; a test class of any other name would be passed over in silence. */
    @Test
    void shouldNameTestsSoThatTheRunnerFindsThem() {
        assertThat(TESTS).as("test classes of all modules").isNotEmpty();
        methods()
                .that(new DescribedPredicate<JavaMethod>("are tests") {
                    @Override
                    public boolean test(final JavaMethod method) {
                        // ParameterizedTest and RepeatedTest are test templates themselves.
                        return method.isAnnotatedWith(Test.class)
                                || method.isAnnotatedWith(TestFactory.class)
                                || method.isMetaAnnotatedWith(TestTemplate.class);
                    }
                })
                .should(beInAClassTheRunnerFinds())
                .check(TESTS);
    }

    private static ArchCondition<JavaMethod> beInAClassTheRunnerFinds() {
        return new ArchCondition<>("be in a class whose outermost name ends in Test or IT") {
            @Override
            public void check(final JavaMethod method, final ConditionEvents events) {
                final String outermost = method.getOwner().getName().replaceAll("\\$.*", "");
                // AllScripts is for make mutate alone: SessionScriptsTest plays the same scripts, each by its name.
                final boolean found = outermost.endsWith("Test")
                        || outermost.endsWith("IT")
                        || outermost.equals("io.tcpreplayj.replay.pkt.AllScripts");
                events.add(new SimpleConditionEvent(method, found, method.getFullName()));
            }
        };
    }

    @Test
    void shouldNotSplitAPackageAcrossModules() throws IOException {
        final Map<String, Set<String>> modulesOf = new TreeMap<>();
        for (final Path module : ProjectTree.modules()) {
            for (final String name : ProjectTree.packages(module)) {
                modulesOf.computeIfAbsent(name, key -> new TreeSet<>()).add(String.valueOf(module.getFileName()));
            }
        }
        assertThat(modulesOf)
                .hasSizeGreaterThan(8)
                .allSatisfy((name, modules) -> assertThat(modules).as(name).hasSize(1));
    }

    private static void check(final ArchRule rule) {
        // A room that is still empty breaks no rule; that every room exists is shouldHaveAnArrowForEveryRoom's matter.
        rule.allowEmptyShould(true).check(MAIN);
    }
}
