package io.tcpreplayj.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Command lines that run the program in a process of its own, on the class path of the tests. */
final class Jvm {
    private Jvm() {}

    /** @param options of the JVM */
    static List<String> running(final String... options) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-Dkryo.unsafe=false", "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.tcpreplayj.cli.Main"));
        return command;
    }
}
