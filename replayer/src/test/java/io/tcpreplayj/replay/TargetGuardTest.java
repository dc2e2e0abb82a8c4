package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetGuardTest {
    private static final TargetGuard GUARD = new TargetGuard(List.of(), Set.of(IpAddress.parse("10.1.2.255")));

    @ParameterizedTest
    @CsvSource(textBlock = """
            127.0.0.1,        ok
            127.0.0.0,        ok
            127.255.255.254,  ok
            127.255.255.255,  broadcast
            126.255.255.255,  public
            128.0.0.0,        public
            10.0.0.0,         ok
            10.255.255.255,   ok
            9.255.255.255,    public
            11.0.0.0,         public
            10.1.2.255,       broadcast
            10.1.3.255,       ok
            172.15.255.255,   public
            172.16.0.0,       ok
            172.31.255.255,   ok
            172.32.0.0,       public
            192.167.255.255,  public
            192.168.0.0,      ok
            192.168.255.255,  ok
            192.169.0.0,      public
            169.253.255.255,  public
            169.254.0.1,      ok
            169.254.169.254,  ok
            169.255.0.0,      public
            198.17.255.255,   public
            198.18.0.0,       ok
            198.19.255.255,   ok
            198.20.0.0,       public
            100.64.0.0,       public
            100.127.255.255,  public
            8.8.8.8,          public
            1.1.1.1,          public
            192.0.2.1,        public
            198.51.100.7,     public
            203.0.113.200,    public
            0.0.0.0,          this network
            0.1.2.3,          this network
            1.0.0.0,          public
            223.255.255.255,  public
            224.0.0.0,        multicast
            224.0.0.251,      multicast
            239.255.255.255,  multicast
            240.0.0.0,        class E
            250.1.2.3,        class E
            255.255.255.254,  class E
            255.255.255.255,  broadcast
            ::,               unspecified
            ::1,              ok
            ::2,              public
            fe80::1,          ok
            febf:ffff::1,     ok
            fec0::1,          public
            fc00::1,          ok
            fd77::2,          ok
            fdff:ffff::1,     ok
            fbff::1,          public
            fe00::1,          public
            ff02::1,          multicast
            ff0e::fb,         multicast
            2001:2::1,        ok
            2001:2:0:ffff::1, ok
            2001:2:1::1,      public
            2001:db8::1,      public
            2001:4860::8888,  public
            2002:a00:1::1,    public
            64:ff9b::a00:1,   public
            """)
    void address_isJudged(final String address, final String verdict) {
        final IpAddress target = IpAddress.parse(address);
        if (verdict.equals("ok")) {
            assertThatCode(() -> GUARD.check(target)).doesNotThrowAnyException();
        } else {
            assertThatThrownBy(() -> GUARD.check(target))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining(address)
                    .hasMessageContaining(verdict);
        }
    }

    @Test
    void publicAddress_allowedByItsNetworkOnly() {
        final TargetGuard guard = new TargetGuard(List.of(Cidr.parse("203.0.113.0/24")), Set.of());
        assertThatCode(() -> guard.check(IpAddress.parse("203.0.113.9"))).doesNotThrowAnyException();
        assertThatThrownBy(() -> guard.check(IpAddress.parse("203.0.114.9")))
                .asInstanceOf(InstanceOfAssertFactories.type(UserException.class))
                .extracting(UserException::hint, InstanceOfAssertFactories.STRING)
                .as("all that it takes, so that no second refusal follows")
                .contains("--allow-public 203.0.114.9/32", "tcpreplay-j intercept on it", "--intercept");
    }

    @Test
    void everythingAllowed_stillRefusesWhatIsNoHost() {
        final TargetGuard guard = new TargetGuard(List.of(Cidr.parse("0.0.0.0/0"), Cidr.parse("::/0")), Set.of());
        for (final String address : List.of("0.0.0.0", "255.255.255.255", "224.0.0.1", "240.0.0.1", "::", "ff02::1")) {
            assertThatThrownBy(() -> guard.check(IpAddress.parse(address))).isInstanceOf(UserException.class);
        }
        assertThatCode(() -> guard.check(IpAddress.parse("8.8.8.8"))).doesNotThrowAnyException();
    }

    @Test
    void mappedLiterals_areRecognised() {
        assertThat(TargetGuard.isMappedLiteral("::ffff:10.0.0.1")).isTrue();
        assertThat(TargetGuard.isMappedLiteral("::ffff:a00:1")).isTrue();
        assertThat(TargetGuard.isMappedLiteral("10.0.0.1")).isFalse();
        assertThat(TargetGuard.isMappedLiteral("fd00::1")).isFalse();
    }

    @Test
    void capturedServer_isRefusedUnlessLoopback() {
        final Set<IpAddress> captured = Set.of(IpAddress.parse("10.77.0.2"), IpAddress.parse("127.0.0.1"));
        assertThatThrownBy(() -> TargetGuard.checkNotCaptured(IpAddress.parse("10.77.0.2"), captured))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("captured server");
        assertThatCode(() -> TargetGuard.checkNotCaptured(IpAddress.parse("10.77.0.3"), captured))
                .doesNotThrowAnyException();
        assertThatCode(() -> TargetGuard.checkNotCaptured(IpAddress.parse("127.0.0.1"), captured))
                .doesNotThrowAnyException();
    }

    @Test
    void clients_wholeNetworkIsLookedAt() {
        final TargetGuard guard = new TargetGuard(List.of(Cidr.parse("203.0.113.0/24")), Set.of());
        for (final String network :
                List.of("198.18.4.0/22", "10.0.0.0/8", "fd00::/64", "2001:2::/48", "203.0.113.64/26")) {
            guard.checkClients(Cidr.parse(network));
        }
        for (final String network :
                List.of("198.18.0.0/14", "8.8.8.0/24", "0.0.0.0/0", "10.0.0.0/7", "2001::/16", "::/0")) {
            assertThatThrownBy(() -> guard.checkClients(Cidr.parse(network)))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("public addresses");
        }
    }

    @Test
    void publicTarget_wantsAnInterceptThatAttests_andAPrivateOneNone() {
        final IpAddress stranger = IpAddress.parse("203.0.113.9");
        assertThatThrownBy(() -> TargetGuard.checkVouched(stranger, null))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("nobody there says that it may be tested");
        final Interception asked = new Interception(List.of(), null, Cidr.parse("198.18.4.0/24"), false);
        assertThat(TargetGuard.checkVouched(stranger, asked)).matches(Interception::attested);
        assertThat(TargetGuard.checkVouched(IpAddress.parse("10.1.2.3"), asked)).isSameAs(asked);
        assertThat(TargetGuard.checkVouched(IpAddress.parse("fd00::3"), null)).isNull();
        assertThatThrownBy(() -> TargetGuard.checkVouchedForUdp(stranger))
                .hasMessageContaining("no intercept can vouch");
    }
}
