package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.management.ThreadMXBean;
import io.tcpreplayj.flow.FlowRecord.App;
import io.tcpreplayj.flow.FlowRecord.Close;
import io.tcpreplayj.flow.FlowRecord.Handshake;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Tunnel;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FlowFilterTest {
    private static final FlowRecord HTTP = new FlowRecord(
            7,
            2,
            new Endpoint(IpAddress.parse("10.1.2.3"), 40_000),
            new Endpoint(IpAddress.parse("192.0.2.80"), 80),
            Tunnel.of(Tunnel.Kind.VXLAN, 1, 42),
            1_700_000_000_000_000_000L,
            1_700_000_002_500_000_000L,
            new StreamSummary(10, 1, 1_500, 3, 4, 1_400, 0, 0xabL, "c1"),
            new StreamSummary(12, 2, 2_000_000, 5, 6, 2_000_000, 0, -1, null),
            Handshake.FULL,
            Close.RST,
            false,
            App.HTTP,
            9,
            SkipReason.NO_CLIENT_BYTES,
            new Opening(new byte[0], 0, -1, -1),
            new ClientEvents(new byte[0], new byte[0], new int[0], new int[0], new long[0], new long[0], new long[0]),
            new Exchanges(
                    new int[1],
                    new int[1],
                    new int[1],
                    new long[1],
                    new long[1],
                    new long[1],
                    new long[1],
                    new byte[1][0]));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id == 7",
                "id==7&&capture==2",
                "clientBytes > 1.4k && clientBytes < 1.6k",
                "serverBytes == 2M",
                "serverBytes <= 2G and serverBytes >= 2000000",
                "durationNs == 2.5s",
                "startNs == 2023-11-14T22:13:20Z",
                "startNs > 2023-11-14T22:13:19.999Z and endNs < 2023-11-14T23:13:23+01:00",
                "durationNs > 2400ms && durationNs != 2400ms",
                "client == 10.1.2.3",
                "client in 10.0.0.0/8",
                "client == 10.0.0.0/8",
                "client == 10.1.2.3:40000",
                "client.address == 10.1.2.3",
                "client.address in 10.1.2.2/31",
                "client.port == 40k",
                "client ~ 10.1.",
                "!(server in 10.0.0.0/8)",
                "server != 10.1.2.3",
                "not server in 2001:db8::/32",
                "server in 0.0.0.0/0",
                "server.port==80||server.port==443",
                "tunnel ~ vxlan",
                "tunnel == \"vxlan 42\"",
                "app == http",
                "app == HTTP and close == \"rst\"",
                "app ~ tt",
                "app != 'tls'",
                "truncated",
                "!replayable",
                "replayable == false",
                "midstream != true",
                "reason == no-client-bytes",
                "reason ~ client",
                "protocol == tcp",
                "serverDigest != 00000000",
                "clientDigest == 000000ab",
                "id == 1 && id == 2 || id == 7",
                "id == 7 or id == 1 and id == 2",
                "id == 7 && (id == 1 || requests == 9)",
                "! ! truncated",
                "duplicatePackets == 3 && exchanges == 1",
                "id > -1",
                "server.port in 80",
                "server.port in 443,80",
                "server.port in (443, 8000-8099, 79-81)",
                "!(server.port in 81-65535)",
                "durationNs in 2s-3s",
                "client in 10.0.0.0/8,192.168.0.0/16",
                "client in (192.168.0.0/16, 10.1.2.3:40000)",
                "client.address in 10.1.2.0-10.1.2.255",
                "!(client in 10.1.2.4-10.1.2.255)",
                "app in http,tls",
                "app in (tls, 'HTTP')",
                "tcp",
                "ip",
                "!ip6",
                "host 10.1.2.3",
                "host 192.0.2.80",
                "src host 10.1.2.3 and dst host 192.0.2.80",
                "src 10.1.2.3 and not dst 10.1.2.3",
                "net 10.0.0.0/8",
                "net 10",
                "src net 10.1.2 && dst net 192.0.2.0/24",
                "port 80",
                "port 40000",
                "dst port 80 and src port 40000 and !src port 80",
                "tcp port 80",
                "tcp dst port 80",
                "ip host 10.1.2.3",
                "not ip6 host 10.1.2.3",
                "portrange 79-81",
                "dst portrange 80-80",
                "port 443 or 80",
                "tcp and (port 443 or 8080 or 80)",
                "host 10.1.2.3 and not 10.1.2.4",
                "tcp port 80 and clientBytes > 1000 and app == http",
                "!host ::1",
            })
    void matches(final String filter) {
        assertThat(FlowFilter.parse(filter).test(HTTP)).isTrue();
        assertThat(FlowFilter.parse("!(" + filter + ")").test(HTTP)).isFalse();
        assertThat(FlowFilter.parse(filter)).hasToString(filter);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "clientBytse > 3;0;did you mean \"clientBytes\"?",
                "id == 1 && prot == 80;11;no field \"prot\"",
                "server.prot == 80;0;did you mean \"server.port\"?",
                "zzzzzz == 1;0;no field \"zzzzzz\"",
                "id = 7;3;written \"==\"",
                "id;2;expected an operator",
                "id ==;5;expected a value",
                "id == x;6;is a number",
                "id == 7q;6;unknown unit",
                "id == 7ms;6;no time",
                "id == 1.5;6;no integer",
                "id == 9999999999G;6;no integer",
                "id ~ 7;3;does not go with id",
                "app < 3;4;does not go with app",
                "client in 10.0.0.0/33;10;0 to 32",
                "client in 10.0.0;10;address",
                "client == example.org;10;address",
                "client < 10.0.0.1;7;does not go with client",
                "midstream == yes;13;true or false",
                "app == \"http;7;quote",
                "(id == 7;8;no \")\"",
                "id == 7);7;no \"(\"",
                "id == 7 id == 8;8;expected \"&&\"",
                "``;0;expected a field",
                "&& id == 7;0;expected a field",
                "id == 7 &&;10;expected a field",
                "server.port in;14;expected a value",
                "server.port in 80,;18;expected a value",
                "server.port in (80;18;no \")\"",
                "server.port in 90-80;15;lower number first",
                "server.port in a-b;15;is a number",
                "client in 10.0.0.9-10.0.0.1;10;lower address first",
                "client in 10.0.0.9-::1;10;lower address first",
                "replayable in true;11;does not go with replayable",
                "host;4;expected an address",
                "host example.org;5;expected an address",
                "port;4;expected a port",
                "port http;5;from 0 to 65535",
                "port 65536;5;from 0 to 65535",
                "port == 80;5;the field is server.port",
                "portrange 90-80;10;lower port first",
                "net 10.0.0.0/40;4;0 to 32",
                "net 300;4;address",
                "src;3;expected an address",
                "80;0;host, net or port goes before it",
                "icmp host 1.2.3.4;0;every flow is a TCP connection or a UDP conversation",
                "tcp port 80 443;12;expected \"&&\"",
            })
    void mistakesAreNamedWithTheirColumn(final String filter, final int column, final String message) {
        final FilterException mistake = catchThrowableOfType(FilterException.class, () -> FlowFilter.parse(filter));
        assertThat(mistake).as(filter).isNotNull().hasMessageContaining(message);
        assertThat(mistake.column()).as(filter).isEqualTo(column);
    }

    @Test
    void absentValues_areEqualToNothing() {
        assertThat(FlowFilter.parse("serverDigest == ''").test(HTTP)).isFalse();
        assertThat(FlowFilter.parse("serverDigest ~ ''").test(HTTP)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "capture ~ shop",
                "capture ~ SHOP.PCAP",
                "capture == shop.pcap.2",
                "capture == 'shop.pcap.2'",
                "capture in 0, 'shop.pcap.2'",
                "capture in 1-2",
                "capture != 2024",
                "capture != '2'",
                "not capture ~ '/'",
            })
    void capturesHaveNames(final String filter) {
        final FlowFilter named = FlowFilter.parse(filter).in(List.of("2024", "b.pcap", "shop.pcap.2"));
        assertThat(named.test(HTTP)).isTrue();
        assertThat(named).hasToString(filter);
    }

    @Test
    void capturesWithoutNames_areNoneOfAnyName() {
        assertThat(FlowFilter.parse("capture ~ shop").test(HTTP)).isFalse();
        assertThat(FlowFilter.parse("capture ~ ''").in(List.of("a", "b")).test(HTTP))
                .isFalse();
    }

    @Test
    void manyParts_takeNoStack() {
        final String many = "id == 8 || ".repeat(50_000) + "id == 7";
        assertThat(FlowFilter.parse(many).test(HTTP)).isTrue();
        assertThat(FlowFilter.parse("id in " + "8,".repeat(50_000) + "7").test(HTTP))
                .isTrue();
    }

    @Test
    void deepNestingIsRefused() {
        assertThatThrownBy(() -> FlowFilter.parse("(".repeat(100_000))).isInstanceOf(FilterException.class);
        assertThatThrownBy(() -> FlowFilter.parse("!".repeat(100_000))).isInstanceOf(FilterException.class);
    }

    @Test
    void jsonFieldsAreThoseOfTheCommandLineManual() {
        assertThat(FlowFields.ALL.stream().filter(FlowField::inJson).map(FlowField::name))
                .containsExactlyElementsOf(List.of(
                        "id",
                        "capture",
                        "protocol",
                        "client",
                        "server",
                        "tunnel",
                        "startNs",
                        "endNs",
                        "clientPackets",
                        "serverPackets",
                        "duplicatePackets",
                        "clientBytes",
                        "serverBytes",
                        "clientDigest",
                        "serverDigest",
                        "clientSha256",
                        "serverSha256",
                        "clientGapBytes",
                        "serverGapBytes",
                        "clientUnseenBytes",
                        "serverUnseenBytes",
                        "handshake",
                        "close",
                        "midstream",
                        "truncated",
                        "requests",
                        "exchanges",
                        "app",
                        "replayable",
                        "reason"));
    }

    @Test
    void everyFieldHasAValue_asText() {
        final List<String> values = FlowFields.ALL.stream()
                .map(field -> field + "=" + field.text(HTTP))
                .toList();
        assertThat(values)
                .containsExactly(
                        "id=7",
                        "capture=2",
                        "protocol=tcp",
                        "client=10.1.2.3:40000",
                        "server=192.0.2.80:80",
                        "tunnel=vxlan 42",
                        "startNs=1700000000000000000",
                        "endNs=1700000002500000000",
                        "clientPackets=10",
                        "serverPackets=12",
                        "duplicatePackets=3",
                        "clientBytes=1500",
                        "serverBytes=2000000",
                        "clientDigest=000000ab",
                        "serverDigest=null",
                        "clientSha256=c1",
                        "serverSha256=null",
                        "clientGapBytes=3",
                        "serverGapBytes=5",
                        "clientUnseenBytes=4",
                        "serverUnseenBytes=6",
                        "handshake=full",
                        "close=rst",
                        "midstream=false",
                        "truncated=true",
                        "requests=9",
                        "exchanges=1",
                        "app=http",
                        "replayable=false",
                        "reason=no-client-bytes",
                        "client.address=10.1.2.3",
                        "client.port=40000",
                        "server.address=192.0.2.80",
                        "server.port=80",
                        "durationNs=2500000000");
    }

    @Test
    void wordFarTooLongForAField_isComparedWithNone() {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final String name = "client".repeat(10_000);
        final long before = threads.getCurrentThreadAllocatedBytes();
        assertThat(catchThrowableOfType(FilterException.class, () -> FlowFilter.parse(name + " == 1")))
                .hasMessageNotContaining("did you mean");
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(8 << 20);
    }
}
