package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpOptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** TF-15: which blocks of an ACK say something about what is in flight: positions 100 to 200. */
final class SackBlocksTest {
    private final SendSequence send = new SendSequence();
    private final SackBlocks blocks = new SackBlocks();
    private final TcpOptions options = new TcpOptions();

    @BeforeEach
    void begin() {
        send.init(Scene.ISS);
        send.sentUpTo(200);
        send.ackedUpTo(100);
    }

    private void read(final long... edges) {
        final PacketView segment = SackOption.ack(edges);
        options.parse(segment.buffer(), segment.optionsOffset(), segment.optionsLength());
        blocks.read(segment, options, send);
    }

    @Test
    void tf15_blockHoldsWhatLiesWithinIt_itsEdgesIncluded() {
        read(120, 140);
        assertThat(blocks.isEmpty()).isFalse();
        assertThat(blocks.dsack()).isFalse();
        assertThat(blocks.hold(120, 140)).isTrue();
        assertThat(blocks.hold(125, 130)).isTrue();
        assertThat(blocks.hold(119, 140)).isFalse();
        assertThat(blocks.hold(120, 141)).isFalse();
    }

    @Test
    void tf15_threeBlocks_eachCounts_andNothingAcrossTwo() {
        read(180, 200, 140, 160, 100, 120);
        assertThat(blocks.hold(180, 200)).as("up to SND.NXT").isTrue();
        assertThat(blocks.hold(140, 160)).isTrue();
        assertThat(blocks.hold(100, 120)).as("from SND.UNA").isTrue();
        assertThat(blocks.hold(110, 150)).isFalse();
        assertThat(blocks.hold(120, 140)).isFalse();
    }

    @Test
    void tf15_blockOfNothing_orOfWhatWasNeverSent_isPassedOver() {
        read(130, 130, 140, 130, 190, 201);
        assertThat(blocks.isEmpty()).isTrue();
        assertThat(blocks.dsack()).isFalse();
        assertThat(blocks.hold(130, 130)).isFalse();
    }

    @Test
    void tf15_blocksOfOneAck_areForgottenWithTheNext() {
        read(90, 100, 120, 140);
        assertThat(blocks.dsack()).isTrue();
        read(150, 160);
        assertThat(blocks.dsack()).isFalse();
        assertThat(blocks.hold(120, 140)).isFalse();
        assertThat(blocks.hold(150, 160)).isTrue();
    }

    /** RFC 2883 4: the first block, and only that. */
    @Test
    void tf15_firstBlockBelowTheAck_isADuplicate_aLaterOneIsOldNews() {
        read(90, 100);
        assertThat(blocks.dsack()).isTrue();
        assertThat(blocks.isEmpty()).isTrue();
        read(150, 160, 90, 100);
        assertThat(blocks.dsack()).isFalse();
        assertThat(blocks.hold(90, 100)).isFalse();
        read(90, 101);
        assertThat(blocks.dsack()).as("reaches beyond the ACK").isFalse();
        assertThat(blocks.isEmpty()).isTrue();
    }

    @Test
    void tf15_firstBlockWithinTheSecond_isADuplicate() {
        read(120, 140, 120, 140);
        assertThat(blocks.dsack()).as("all of it").isTrue();
        assertThat(blocks.hold(120, 140)).isTrue();
        read(125, 130, 120, 140);
        assertThat(blocks.dsack()).isTrue();
        read(119, 130, 120, 140);
        assertThat(blocks.dsack()).as("begins before").isFalse();
        read(130, 141, 120, 140);
        assertThat(blocks.dsack()).as("ends behind").isFalse();
    }
}
