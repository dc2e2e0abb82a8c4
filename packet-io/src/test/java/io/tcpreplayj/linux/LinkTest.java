package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LinkTest {
    private static Link link(final String name, final int index) {
        return new Link(name, index, 1500, 0, false, true, true, 0);
    }

    @Test
    void interfaceThatIsThere_isThere_alsoUnderAnotherName() throws LinuxException {
        final int index = Link.byName("lo").index();
        assertThat(link("lo", index).isThere()).isTrue();
        assertThat(link("lo", index).hasItsName()).isTrue();
        assertThat(link("none0", index).isThere()).isTrue();
        assertThat(link("none0", index).hasItsName()).isFalse();
    }

    @Test
    void interfaceThatIsGone_isNotThere_alsoWhereAnotherOneHasItsName() {
        assertThat(link("none0", Integer.MAX_VALUE).isThere()).isFalse();
        assertThat(link("none0", Integer.MAX_VALUE).hasItsName()).isFalse();
        assertThat(link("lo", Integer.MAX_VALUE).hasItsName()).isFalse();
    }

    /** EINVAL and ERANGE, for want of a way to have it say EMFILE or ENOBUFS. */
    @Test
    void kernelThatDoesNotSay_takesNoInterfaceAway() {
        assertThat(link("lo", 0).isThere()).isTrue();
        assertThat(link("x".repeat(20), 1).hasItsName()).isTrue();
    }
}
