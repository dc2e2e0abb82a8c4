package io.tcpreplayj.pcap.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.pcap.BpfProgram;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Programs for the kernel, whose frames are not those of files. */
final class KernelFilterTest {
    private static final int LDH_ABS = 0x28;
    private static final int LDB_ABS = 0x30;
    private static final int SKF_AD_PROTOCOL = -0x1000;

    private record Load(int code, int operand) {}

    private static List<Load> loads(final String expression, final int linktype) {
        final ByteBuffer program = KernelFilter.compile(expression, linktype);
        final List<Load> loads = new ArrayList<>();
        for (int at = 0; at < program.limit(); at += BpfProgram.INSTRUCTION_LENGTH) {
            if ((program.getShort(at) & 7) <= 1) {
                loads.add(new Load(program.getShort(at), program.getInt(at + 4)));
            }
        }
        return loads;
    }

    @Test
    void ofEthernet_offsetsAreThoseOfTheFrame() {
        assertThat(loads("tcp", Linktype.ETHERNET)).contains(new Load(LDH_ABS, 12), new Load(LDB_ABS, 14 + 9));
    }

    /** The kernel's frame begins with the IP header then; what the header in front would say it is asked for. */
    @Test
    void withoutLinkLayer_offsetsAreThoseOfThePacket() {
        assertThat(loads("tcp port 80", Linktype.LINUX_SLL2))
                .contains(new Load(LDH_ABS, SKF_AD_PROTOCOL), new Load(LDB_ABS, 9))
                .allSatisfy(load -> assertThat(load.operand()).isLessThan(60));
    }

    @Test
    void expressionThatIsNone_isRefusedWithLibpcapsWords() {
        assertThatThrownBy(() -> KernelFilter.compile("tcp porrt 80", Linktype.ETHERNET))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("porrt");
    }
}
