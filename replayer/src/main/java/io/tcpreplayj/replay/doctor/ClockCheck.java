package io.tcpreplayj.replay.doctor;

import org.jspecify.annotations.Nullable;

/** The clock that paces a replay: some cost more to read than a packet to send. */
final class ClockCheck implements Check {
    @Override
    public String name() {
        return "clock";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        final String source = host.read("sys/devices/system/clocksource/clocksource0/current_clocksource")
                .orElse("");
        return source.matches("hpet|acpi_pm|jiffies|refined-jiffies|pit")
                ? Finding.warn(
                        name(),
                        source + " is slow to read: paces and latencies suffer",
                        "echo tsc >/sys/devices/system/clocksource/clocksource0/current_clocksource")
                : Finding.ok(name(), source.isEmpty() ? "not known" : source);
    }
}
