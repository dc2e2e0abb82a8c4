package io.tcpreplayj.replay.doctor;

import org.jspecify.annotations.Nullable;

/** The library that compiles filter expressions. */
final class LibpcapCheck implements Check {
    @Override
    public String name() {
        return "libpcap";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        final String libraries = host.run("ldconfig", "-p").orElse("");
        return libraries.contains("libpcap.so")
                ? Finding.ok(name(), "installed")
                : Finding.warn(name(), "not found: index takes no tcpdump expressions", "apt-get install libpcap0.8");
    }
}
