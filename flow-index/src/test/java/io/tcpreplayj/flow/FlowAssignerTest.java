package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.PacketViews;
import io.tcpreplayj.packet.TcpFlags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class FlowAssignerTest {
    private static final long START_NS = 1_700_000_000_000_000_000L;

    /** A segment of a capture. */
    private record Sent(PacketViews segment, long timeNs) {}

    private final List<FlowRecord> flows = new ArrayList<>();

    /** Few address pairs, few numbers, many SYNs: tuples are used again all the time. Several segments have one time. */
    private static List<Sent> traffic(final Random random, final int segments) {
        final Endpoint server = new Endpoint(IpAddress.parse("10.0.0.2"), 80);
        final int[] flags = {0, 0, 0, TcpFlags.SYN, TcpFlags.FIN, TcpFlags.RST};
        final List<Sent> sent = new ArrayList<>();
        for (int i = 0; i < segments; i++) {
            final Endpoint client = new Endpoint(IpAddress.parse("10.0.0.1"), 40_000 + random.nextInt(5));
            final boolean fromClient = random.nextBoolean();
            final PacketViews segment = PacketViews.from(fromClient ? client : server, fromClient ? server : client)
                    .flags(flags[random.nextInt(flags.length)])
                    .seq(1000 * random.nextInt(3) + random.nextInt(2));
            if (random.nextInt(3) > 0) {
                segment.ack(1000 * random.nextInt(3) + random.nextInt(2));
            }
            sent.add(new Sent(segment, START_NS + i / 2));
        }
        return sent;
    }

    private void assemble(final List<Sent> capture, final int captureId) {
        final FlowAssembler assembler = new FlowAssembler(
                captureId, flows.size() + 1L, FlowAssembler.AssemblerOptions.DEFAULT, (flow, bytes) -> flows.add(flow));
        capture.forEach(sent -> assembler.onSegment(sent.segment.view(), sent.timeNs));
        assembler.finish();
    }

    @Test
    void segmentsGoToTheFlowsThatTheAssemblerPutThemInto() {
        for (int seed = 0; seed < 20; seed++) {
            final Random random = new Random(seed);
            final List<Sent> first = traffic(random, 2_000);
            final List<Sent> second = traffic(random, 500);
            flows.clear();
            assemble(first, 0);
            assemble(second, 1);

            final FlowAssigner assigner = new FlowAssigner();
            final Map<Long, Long> wanted = new HashMap<>();
            for (final FlowRecord flow : flows) {
                if (flow.id() % 3 == 0) {
                    assigner.addWanted(flow, flow.captureId());
                    wanted.put(
                            flow.id(),
                            flow.clientStream().packets() + flow.serverStream().packets());
                }
            }
            flows.stream()
                    .filter(flow -> flow.id() % 3 != 0)
                    .forEach(flow -> assigner.addOther(flow, flow.captureId()));
            assertThat(assigner.missing()).hasSameSizeAs(wanted.keySet());

            final Map<Long, Long> seen = new HashMap<>();
            first.forEach(sent -> seen.merge(assigner.flowOf(sent.segment.view(), sent.timeNs, 0), 1L, Long::sum));
            second.forEach(sent -> seen.merge(assigner.flowOf(sent.segment.view(), sent.timeNs, 1), 1L, Long::sum));
            seen.remove(FlowAssigner.NONE);
            assertThat(seen).as("seed " + seed).isEqualTo(wanted);
            assertThat(wanted).hasSizeGreaterThan(20);
            assertThat(assigner.missing()).isEmpty();
            assertThat(assigner.incomplete()).isEmpty();
        }
    }

    @Test
    void flowsThatAreNotThere_areMissing_andHalvesIncomplete() {
        final List<Sent> capture = traffic(new Random(7), 1_000);
        assemble(capture, 0);
        final FlowAssigner assigner = new FlowAssigner();
        flows.forEach(flow -> assigner.addWanted(flow, 0));
        final List<Sent> half = capture.subList(0, 500);
        half.forEach(sent -> assigner.flowOf(sent.segment.view(), sent.timeNs, 0));
        final long begun = flows.stream()
                .filter(flow -> flow.startNs() <= half.get(499).timeNs)
                .count();
        assertThat(assigner.missing()).hasSize((int) (flows.size() - begun));
        assertThat(assigner.incomplete()).hasSizeBetween(1, 5);
    }

    @Test
    void manyTuplesAreFound() {
        final FlowAssigner assigner = new FlowAssigner();
        final List<Sent> sent = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            final Endpoint client = new Endpoint(IpAddress.v4(0x0a000000 + i), 40_000);
            sent.add(new Sent(
                    PacketViews.from(client, new Endpoint(IpAddress.parse("::1"), 80))
                            .flags(TcpFlags.SYN)
                            .seq(i),
                    START_NS + i));
        }
        assemble(sent, 0);
        flows.forEach(flow -> assigner.addWanted(flow, 0));
        for (int i = 0; i < sent.size(); i++) {
            assertThat(assigner.flowOf(sent.get(i).segment.view(), sent.get(i).timeNs, 0))
                    .isEqualTo(i + 1L);
        }
    }

    /** Each segment between them asks for the flow that it begins; to look at all of them each time would take minutes. */
    @Test
    void onePairWithManyFlows_costsNoMoreForEachSegmentThanOneWithFew() {
        final int count = 200_000;
        final Endpoint client = new Endpoint(IpAddress.parse("10.0.0.1"), 40_000);
        final Endpoint server = new Endpoint(IpAddress.parse("10.0.0.2"), 80);
        final List<Sent> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sent.add(new Sent(
                    PacketViews.from(client, server).flags(TcpFlags.SYN).seq(i), START_NS + i));
        }
        assemble(sent, 0);
        final FlowAssigner assigner = new FlowAssigner();
        flows.forEach(flow -> assigner.addWanted(flow, 0));
        final PacketViews between = PacketViews.from(client, server).seq(1);
        for (int i = 0; i < count; i++) {
            assertThat(assigner.flowOf(between.view(), START_NS - 1 - i, 0)).isEqualTo(FlowAssigner.NONE);
        }
        for (int i = 0; i < count; i++) {
            assertThat(assigner.flowOf(sent.get(i).segment.view(), sent.get(i).timeNs, 0))
                    .isEqualTo(i + 1L);
        }
    }
}
