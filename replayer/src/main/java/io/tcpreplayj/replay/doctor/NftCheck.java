package io.tcpreplayj.replay.doctor;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The program that holds our rules. */
final class NftCheck implements Check {
    @Override
    public String name() {
        return "nft";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        final Optional<String> version = host.run("nft", "--version");
        if (version.isPresent()) {
            return Finding.ok(name(), version.get().strip());
        }
        final String found = "no nft program";
        final String cure = "apt-get install nftables";
        return patient.needsRules() ? Finding.fail(name(), found, cure) : Finding.warn(name(), found, cure);
    }
}
