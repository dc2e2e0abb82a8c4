package io.tcpreplayj.cli;

import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Netns;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The real command line, many times over in one child JVM that lives in a network namespace: a JVM a command would make a
 * matrix of hundreds of replays take minutes of nothing but start-up.
 */
final class ResidentCli implements AutoCloseable {
    /** How a command ended and what it said. */
    record Result(int exit, String stdout, String stderr) {}

    private static final String DONE = "DONE ";

    private final Process child;
    private final Writer commands;
    private final BufferedReader replies;
    private final Path outFile;
    private final Path errFile;

    private ResidentCli(final Process child, final Path outFile, final Path errFile) {
        this.child = child;
        this.commands = child.outputWriter(StandardCharsets.UTF_8);
        this.replies = new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
        this.outFile = outFile;
        this.errFile = errFile;
    }

    /** Starts the child in {@code netns}; its scratch files go to {@code directory}. */
    static ResidentCli in(final Netns netns, final Path directory) throws IOException {
        return in(netns, directory, Conditions.USUAL);
    }

    static ResidentCli in(final Netns netns, final Path directory, final Conditions conditions) throws IOException {
        final Path outFile = directory.resolve(netns.name() + ".out");
        final Path errFile = directory.resolve(netns.name() + ".err");
        final List<String> line = new ArrayList<>(netns.prefix());
        line.addAll(conditions.before());
        line.addAll(Commands.java());
        line.addAll(line.indexOf("-cp"), conditions.jvmOptions());
        line.addAll(List.of(ResidentCli.class.getName(), outFile.toString(), errFile.toString()));
        line.add(conditions.beside().name());
        final Process child = new ProcessBuilder(line)
                .redirectError(directory.resolve(netns.name() + ".log").toFile())
                .start();
        return new ResidentCli(child, outFile, errFile);
    }

    /** The child, for signals. */
    long pid() {
        return child.pid();
    }

    /** Runs one command and waits for its end. */
    Result run(final String... words) throws IOException {
        commands.write(String.join("\t", words) + "\n");
        commands.flush();
        for (String line = replies.readLine(); line != null; line = replies.readLine()) {
            if (line.startsWith(DONE)) {
                return new Result(
                        Integer.parseInt(line.substring(DONE.length())),
                        Files.readString(outFile),
                        Files.readString(errFile));
            }
        }
        throw new IOException("the command line ended at: " + String.join(" ", words));
    }

    @Override
    public void close() throws IOException {
        commands.close();
        try {
            if (!child.waitFor(10, java.util.concurrent.TimeUnit.SECONDS)) {
                child.destroyForcibly();
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            child.destroyForcibly();
        }
    }

    /** The child: one command a line, words parted by tabs. */
    public static void main(final String[] files) throws IOException {
        Conditions.Beside.valueOf(files[2]).begin();
        final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            final ByteArrayOutputStream out = new ByteArrayOutputStream();
            final ByteArrayOutputStream err = new ByteArrayOutputStream();
            final int exit;
            try (PrintStream stdout = new PrintStream(out, false, StandardCharsets.UTF_8);
                    PrintStream stderr = new PrintStream(err, true, StandardCharsets.UTF_8)) {
                final Console console =
                        new Console(new ByteArrayInputStream(new byte[0]), stdout, stderr, Map.of(), false);
                exit = Main.run(List.of(line.split("\t")), console);
            }
            Files.write(Path.of(files[0]), out.toByteArray());
            Files.write(Path.of(files[1]), err.toByteArray());
            System.out.println(DONE + exit);
        }
    }
}
