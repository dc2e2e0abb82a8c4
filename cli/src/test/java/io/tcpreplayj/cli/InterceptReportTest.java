package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.intercept.feed.FeedServer;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class InterceptReportTest {
    private static final FeedServer.Counters COUNTERS = new FeedServer.Counters(1, 2, 3, 4, 5, 6);

    @Test
    void json_isAsItAlwaysWas_andEachFieldIsInTheReadme() throws IOException {
        final String json = InterceptReport.json(COUNTERS);
        assertThat(json).isEqualTo("{\"routed\":1,\"unclaimed\":2,\"dropped\":3,\"notTaken\":4,\"turnedAway\":6}");
        final String readme = ProjectTree.read(ProjectTree.root().resolve("README.md"));
        assertThat(JSON.std.mapFrom(json).keySet())
                .allSatisfy(field -> assertThat(readme).contains("`" + field + "`"));
    }

    @Test
    void words_saySoWhereNobodyCounts() {
        final String all = "1 packets handed on, 2 of nobody's, 3 lost by the ring, 4 not taken by their replayers,"
                + " 6 connections turned away";
        assertThat(InterceptReport.words(COUNTERS, false)).isEqualTo(all);
        assertThat(InterceptReport.words(COUNTERS, true))
                .isEqualTo(all + "; what the expression left out was swallowed uncounted");
    }
}
