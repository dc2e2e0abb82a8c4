package io.tcpreplayj.cli.export;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.replay.UserException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What an export is written as. */
public enum PacketFormat {
    /** One link type; what every tool reads. */
    PCAP,
    /** Any link types. */
    PCAPNG;

    /**
     * By {@code --format}, or by how the file's name ends: .pcap and .cap mean pcap, everything else pcapng.
     *
     * @throws UserException when there is no such format
     */
    public static PacketFormat of(final @Nullable String named, final String file) {
        if (named == null) {
            return file.endsWith(".pcap") || file.endsWith(".cap") ? PCAP : PCAPNG;
        }
        for (final PacketFormat format : values()) {
            if (format.toString().equals(named)) {
                return format;
            }
        }
        throw new UserException(Flags.FORMAT + ": \"" + named + "\" is not known", "give pcap or pcapng");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
