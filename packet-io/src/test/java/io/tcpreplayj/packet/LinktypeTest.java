package io.tcpreplayj.packet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LinktypeTest {
    @Test
    void knownTypesHaveTheirNameAndOthersTheirNumber() {
        assertThat(Linktype.name(Linktype.ETHERNET)).isEqualTo("ETHERNET");
        assertThat(Linktype.name(12)).isEqualTo("RAW");
        assertThat(Linktype.name(Linktype.LINUX_SLL2)).isEqualTo("LINUX_SLL2");
        assertThat(Linktype.name(65535)).isEqualTo("LINKTYPE 65535");
    }
}
