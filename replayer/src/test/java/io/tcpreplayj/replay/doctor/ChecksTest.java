package io.tcpreplayj.replay.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.linux.Capabilities;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.doctor.Finding.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What no namespace can be given: other kernels, full tables, missing programs; over files of a made-up host. */
final class ChecksTest {
    private static final Endpoint TARGET = new Endpoint(IpAddress.parse("10.1.2.3"), 8080);
    private static final Link ETH0 = new Link("eth0", 2, 1500, 1, false, true, true, 0);
    private static final Routes.Route ROUTE =
            new Routes.Route(Routes.Kind.UNICAST, ETH0, IpAddress.parse("10.1.2.1"), TARGET.address(), 1500);
    private static final Routes.Route LOCAL =
            new Routes.Route(Routes.Kind.LOCAL, ETH0, TARGET.address(), TARGET.address(), 1500);

    @TempDir
    private Path root;

    private final Map<String, String> programs = new HashMap<>();
    private Capabilities capabilities = Capabilities.of("ffffffffffffffff");

    @Test
    void kernels_areJudgedByWhatTheyCanHold() throws IOException {
        file("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
        assertThat(look(new KernelCheck(), "packet").level()).isEqualTo(Level.OK);
        file("proc/sys/kernel/osrelease", "5.15.0-91-generic\n");
        assertThat(look(new KernelCheck(), "packet"))
                .matches(f -> f.level() == Level.WARN && f.found().contains("egress"));
        file("proc/sys/kernel/osrelease", "5.10.0-28-amd64\n");
        assertThat(look(new KernelCheck(), "packet").level()).isEqualTo(Level.FAIL);
        assertThat(look(new KernelCheck(), "tun").level()).isEqualTo(Level.WARN);
        assertThat(intercepted(new KernelCheck(), Patient.Place.REPLAYER, false))
                .isEqualTo(Level.WARN);
        assertThat(intercepted(new KernelCheck(), Patient.Place.TARGET, false)).isEqualTo(Level.WARN);
        assertThat(intercepted(new KernelCheck(), Patient.Place.TARGET, true)).isEqualTo(Level.FAIL);
        assertThat(KernelCheck.version("5.9")).isLessThan(KernelCheck.version("5.12"));
        assertThat(KernelCheck.version("what")).isZero();
    }

    @Test
    void connectionTable_isFullNearlyFullOrNot() throws IOException {
        assertThat(look(new ConntrackCheck(), "packet").found()).isEqualTo("not in use");
        file("proc/sys/net/netfilter/nf_conntrack_max", "1000\n");
        file("proc/sys/net/netfilter/nf_conntrack_count", "899\n");
        assertThat(look(new ConntrackCheck(), "packet").level()).isEqualTo(Level.OK);
        file("proc/sys/net/netfilter/nf_conntrack_count", "900\n");
        assertThat(look(new ConntrackCheck(), "packet").level()).isEqualTo(Level.WARN);
        file("proc/sys/net/netfilter/nf_conntrack_count", "1000\n");
        final Finding full = look(new ConntrackCheck(), "packet");
        assertThat(full.level()).isEqualTo(Level.FAIL);
        assertThat(full.cure()).isEqualTo("sysctl -w net.netfilter.nf_conntrack_max=2000");
        file("proc/sys/net/netfilter/nf_conntrack_max", "0\n");
        assertThat(look(new ConntrackCheck(), "packet"))
                .isEqualTo(Finding.ok("conntrack", "1000 entries used, without a limit"));
    }

    @Test
    void missingPrograms_matterWhereTheyAreNeeded() {
        assertThat(look(new NftCheck(), "packet").level()).isEqualTo(Level.FAIL);
        assertThat(look(new NftCheck(), "socket").level()).isEqualTo(Level.WARN);
        assertThat(intercepted(new NftCheck(), Patient.Place.REPLAYER, false)).isEqualTo(Level.WARN);
        assertThat(intercepted(new NftCheck(), Patient.Place.INTERCEPT, true)).isEqualTo(Level.FAIL);
        programs.put("nft --version", "nftables v1.0.6\n");
        assertThat(look(new NftCheck(), "packet").found()).isEqualTo("nftables v1.0.6");
        assertThat(look(new LibpcapCheck(), "packet").level()).isEqualTo(Level.WARN);
        programs.put("ldconfig -p", "\tlibpcap.so.0.8 (libc6,x86-64) => /lib/libpcap.so.0.8\n");
        assertThat(look(new LibpcapCheck(), "packet").level()).isEqualTo(Level.OK);
        assertThat(look(new OffloadCheck(), "packet").level()).isEqualTo(Level.OK);
        programs.put("ethtool -k eth0", "large-receive-offload: on\n");
        assertThat(look(new OffloadCheck(), "packet").cure()).isEqualTo("ethtool -K eth0 lro off");
    }

    @Test
    void tunDeviceAndClock_areSeenInFiles() throws IOException {
        assertThat(look(new TunCheck(), "tun").cure()).isEqualTo("modprobe tun");
        file("dev/net/tun", "");
        assertThat(look(new TunCheck(), "tun").level()).isEqualTo(Level.OK);
        final String clock = "sys/devices/system/clocksource/clocksource0/current_clocksource";
        file(clock, "tsc\n");
        assertThat(look(new ClockCheck(), "tun").level()).isEqualTo(Level.OK);
        file(clock, "hpet\n");
        assertThat(look(new ClockCheck(), "tun").level()).isEqualTo(Level.WARN);
    }

    @Test
    void portsOfClients_mayAllBeTheKernels() throws IOException {
        file("proc/sys/net/ipv4/ip_local_port_range", "1024\t65535\n");
        assertThat(look(new PortRangeCheck(), "packet").level()).isEqualTo(Level.FAIL);
        file("proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
        assertThat(look(new PortRangeCheck(), "packet").found()).isEqualTo("1024-32767, 31744 connections at a time");
        assertThat(new PortRangeCheck().look(patient("socket", ROUTE), host())).isNull();
        final Patient.Swallowing original = new Patient.Swallowing(null, List.of(), false);
        assertThat(new PortRangeCheck()
                        .look(new Patient(TARGET, "packet", ROUTE, original, Patient.Place.REPLAYER), host()))
                .isNull();
    }

    @Test
    void serverThatListensElsewhere_isToldFromNone() throws IOException {
        final String head = "  sl  local_address rem_address   st tx_queue rx_queue\n";
        final Patient here = patient("tun", LOCAL);
        assertThat(new ListenCheck().look(here, host()))
                .extracting(Finding::level)
                .isEqualTo(Level.FAIL);
        file("proc/net/tcp", head + "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000\n");
        assertThat(new ListenCheck().look(here, host()))
                .extracting(Finding::found)
                .asString()
                .contains("at another address");
        file("proc/net/tcp", head + "   0: 0302010A:1F90 00000000:0000 0A 00000000:00000000\n");
        assertThat(new ListenCheck().look(here, host()))
                .extracting(Finding::level)
                .isEqualTo(Level.OK);
        file("proc/net/tcp6", head + "   0: 0000000000000000FFFF00000302010A:1F90 0:0000 0A 00000000:00000000\n");
        file("proc/net/tcp", head);
        assertThat(new ListenCheck().look(here, host()))
                .extracting(Finding::level)
                .isEqualTo(Level.OK);
        file("proc/net/tcp6", head);
        file("proc/net/tcp", head + "   0: 00000000:1F90 00000000:0000 01 00000000:00000000\n");
        assertThat(new ListenCheck().look(here, host()))
                .extracting(Finding::level)
                .isEqualTo(Level.FAIL);
    }

    @Test
    void firewall_withoutPrivilege_isNotCalledOpen() {
        capabilities = Capabilities.of("0000000000000000");
        assertThat(look(new FirewallCheck(), "socket").level()).isEqualTo(Level.WARN);
        assertThat(look(new CapabilityCheck(), "socket").found()).contains("CAP_NET_RAW CAP_NET_ADMIN");
    }

    @Test
    void forwarding_mattersOnTheInterceptOnly() throws IOException {
        file("proc/sys/net/ipv4/ip_forward", "1\n");
        assertThat(new ForwardCheck().look(patient("packet", ROUTE), host())).isNull();
        final Patient assistant =
                new Patient(TARGET, "packet", ROUTE, swallowing("10.1.2.9:36524", true), Patient.Place.INTERCEPT);
        assertThat(new ForwardCheck().look(assistant, host()))
                .extracting(Finding::level)
                .isEqualTo(Level.WARN);
    }

    @Test
    void interceptOnTheTarget_mustListen_andNoRouteMustLeadToIt() throws IOException {
        final Patient target =
                new Patient(TARGET, "auto", LOCAL, swallowing("10.1.2.3:36524", true), Patient.Place.TARGET);
        final Finding missing = new WayBackCheck().look(target, host());
        assertThat(missing)
                .isEqualTo(Finding.fail(
                        "clients",
                        "no intercept listens at 10.1.2.3:36524: answers to 198.18.0.0/24 would leave this host",
                        "here: tcpreplay-j intercept --target 10.1.2.3:8080 --clients 198.18.0.0/24 --keys FILE"));
        file("proc/net/tcp6", "   0: 00000000000000000000000000000000:8EAC 0:0000 0A 00000000:00000000\n");
        assertThat(new WayBackCheck().look(target, host()))
                .isEqualTo(
                        Finding.ok("clients", "answers to 198.18.0.0/24 end here, in the intercept at 10.1.2.3:36524"));
    }

    @Test
    @Timeout(20)
    void programThatHangs_isKilled_alsoWhenAChildOfItHoldsItsOutput() {
        final Host hasty = new ThisHost(root, 200);
        assertThat(hasty.run("sleep", "60")).isEmpty();
        assertThat(hasty.run("sh", "-c", "sleep 60; echo late")).isEmpty();
        assertThat(new ThisHost(root).run("echo", "here")).contains("here\n");
    }

    private Finding look(final Check check, final String transport) {
        final Finding finding = check.look(patient(transport, ROUTE), host());
        assertThat(finding).isNotNull();
        assertThat(finding.check()).isEqualTo(check.name());
        return finding;
    }

    private static Patient patient(final String transport, final Routes.@Nullable Route route) {
        return new Patient(TARGET, transport, route, null, Patient.Place.REPLAYER);
    }

    private Level intercepted(final Check check, final Patient.Place place, final boolean here) {
        final Finding finding =
                check.look(new Patient(TARGET, "packet", ROUTE, swallowing("10.1.2.9:36524", here), place), host());
        assertThat(finding).isNotNull();
        return finding.level();
    }

    private static Patient.Swallowing swallowing(final String intercept, final boolean here) {
        final int colon = intercept.lastIndexOf(':');
        final Endpoint at = new Endpoint(
                IpAddress.parse(intercept.substring(0, colon)), Integer.parseInt(intercept.substring(colon + 1)));
        return new Patient.Swallowing(Cidr.parse("198.18.0.0/24"), List.of(at), here);
    }

    private void file(final String path, final String text) throws IOException {
        final Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private Host host() {
        final Host files = new ThisHost(root);
        return new Host() {
            @Override
            public Optional<String> read(final String path) {
                return files.read(path);
            }

            @Override
            public boolean exists(final String path) {
                return files.exists(path);
            }

            @Override
            public Optional<String> run(final String... command) {
                return Optional.ofNullable(programs.get(String.join(" ", command)));
            }

            @Override
            public Capabilities capabilities() {
                return capabilities;
            }

            @Override
            public Routes.Route route(final IpAddress to) {
                return ROUTE;
            }

            @Override
            public Routes.Route route(final IpAddress to, final IpAddress from) {
                return route(to);
            }

            @Override
            public boolean resolves(final Routes.Route route) throws LinuxException {
                return true;
            }

            @Override
            public boolean answers(final IpAddress address) {
                return true;
            }
        };
    }
}
