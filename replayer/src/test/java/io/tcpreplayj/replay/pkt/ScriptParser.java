package io.tcpreplayj.replay.pkt;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Reads a whole script. The notation is described in testdata/sessions/README.md. */
final class ScriptParser {
    private static final Pattern ROWS = Pattern.compile("TF-\\d\\d(, TF-\\d\\d)*");
    private static final String COMMENT = "//";

    private final String name;
    private final List<String> comments = new ArrayList<>();
    private final Settings settings = new Settings();
    private final List<CapturedStep> captured = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();

    private ScriptParser(final String name) {
        this.name = name;
    }

    /**
     * Reads a script.
     *
     * @throws ScriptException with the place of the first error
     */
    static Script parse(final String name, final String text) {
        final ScriptParser parser = new ScriptParser(name);
        final String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            parser.take(new ScriptLine(name, i + 1, lines[i]));
        }
        return parser.script(new ScriptLine(name, 1, lines[0]));
    }

    private Script script(final ScriptLine first) {
        if (comments.size() < 3 || !ROWS.matcher(comments.get(0)).matches()) {
            throw first.error("a script begins with three comments: its TF rows, its reference, what it shows");
        }
        final List<String> rows = List.of(comments.get(0).split(", "));
        final String prefix = rows.get(0).toLowerCase(Locale.ROOT).replace("-", "") + "-";
        if (!name.startsWith(prefix)) {
            throw first.error("the file's name begins with " + prefix);
        }
        if (events.isEmpty()) {
            throw first.error("nothing happens in this script");
        }
        return new Script(name, rows, comments.get(1), settings, List.copyOf(captured), List.copyOf(events));
    }

    private void take(final ScriptLine line) {
        if (line.atEnd()) {
            return;
        }
        if (line.eat(COMMENT)) {
            if (captured.isEmpty() && events.isEmpty()) {
                comments.add(line.text().substring(COMMENT.length()).strip());
            }
            return;
        }
        if (line.eat("--")) {
            settings.parse(line);
        } else {
            final CapturedStep step = CapturedStep.parse(line);
            if (step == null) {
                events.add(event(line));
            } else if (events.isEmpty()) {
                captured.add(step);
            } else {
                throw line.errorAt(0, "what was captured stands before what happens now");
            }
        }
        if (!line.eat(COMMENT)) {
            line.expectEnd();
        }
    }

    private static Event event(final ScriptLine line) {
        final Timing timing = Timing.parse(line);
        if (line.eat("<")) {
            if (line.eatWord("icmp")) {
                return new Event.Icmp(line, exact(line, timing), IcmpSpec.parse(line));
            }
            return new Event.Arrive(line, exact(line, timing), SegmentParser.parse(line, true));
        }
        if (line.eat(">")) {
            return new Event.Expect(line, timing, SegmentParser.parse(line, false));
        }
        if (line.eat("%{")) {
            return new Event.Check(line, exact(line, timing), Condition.parse(line));
        }
        final int at = line.position();
        final String word = line.wordIsNext() ? line.word() : "";
        return switch (word) {
            case "abort" -> new Event.Act(line, exact(line, timing), Event.Action.ABORT);
            case "full" -> new Event.Act(line, exact(line, timing), Event.Action.DEVICE_FULL);
            case "free" -> new Event.Act(line, exact(line, timing), Event.Action.DEVICE_FREE);
            default -> throw line.errorAt(at, "expected '<', '>', '%{', 'abort', 'full' or 'free'");
        };
    }

    private static Timing exact(final ScriptLine line, final Timing timing) {
        if (!timing.exact()) {
            throw line.error("only an expected segment has a range of times");
        }
        return timing;
    }
}
