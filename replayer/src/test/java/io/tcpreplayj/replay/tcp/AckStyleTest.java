package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** TF-23: whose manner of acknowledging, in the words of the command line. */
class AckStyleTest {
    @Test
    void tf23_eachHasAWordOfItsOwn() {
        assertThat(Arrays.stream(AckStyle.values()).map(AckStyle::label))
                .containsExactly("rfc", "captured", "stretched");
    }
}
