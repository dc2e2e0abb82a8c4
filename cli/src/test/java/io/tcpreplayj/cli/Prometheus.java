package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads Prometheus' text exposition format as strictly as Prometheus does. */
final class Prometheus {
    private static final Pattern HELP = Pattern.compile("# HELP ([a-z_]+) \\S.*");
    private static final Pattern TYPE = Pattern.compile("# TYPE ([a-z_]+) (counter|gauge)");
    private static final Pattern SAMPLE = Pattern.compile("([a-z_]+)(\\{[a-z_]+=\"[^\"\\\\\\n]*\"\\})? (-?[0-9.]+)");

    private Prometheus() {}

    /** Values by name, with labels; each has a type before it, and counters are named as such. */
    static Map<String, Double> parse(final String text) {
        assertThat(text).endsWith("\n");
        final Map<String, Double> values = new HashMap<>();
        final Set<String> helped = new HashSet<>();
        final Map<String, String> types = new HashMap<>();
        for (final String line : text.split("\n")) {
            final Matcher help = HELP.matcher(line);
            final Matcher type = TYPE.matcher(line);
            final Matcher sample = SAMPLE.matcher(line);
            if (help.matches()) {
                assertThat(helped.add(help.group(1))).as(line).isTrue();
            } else if (type.matches()) {
                assertThat(types.put(type.group(1), type.group(2))).as(line).isNull();
                assertThat(type.group(1).endsWith("_total"))
                        .as(line)
                        .isEqualTo(type.group(2).equals("counter"));
            } else {
                assertThat(sample.matches()).as(line).isTrue();
                assertThat(types).as(line).containsKey(sample.group(1));
                final String labels = sample.group(2) == null ? "" : sample.group(2);
                assertThat(values.put(sample.group(1) + labels, Double.valueOf(sample.group(3))))
                        .as(line)
                        .isNull();
            }
        }
        assertThat(helped).isEqualTo(types.keySet());
        return values;
    }
}
