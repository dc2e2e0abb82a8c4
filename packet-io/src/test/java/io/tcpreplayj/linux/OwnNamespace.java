package io.tcpreplayj.linux;

import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Each test runs in a network namespace of its own, which goes with it. */
final class OwnNamespace implements BeforeEachCallback, AfterEachCallback {
    private final String name;
    private final String[] programs;
    private Netns namespace;

    /** @param programs that the test needs, beside {@code ip} */
    OwnNamespace(final String name, final String... programs) {
        this.name = name;
        this.programs = programs;
    }

    @Override
    public void beforeEach(final ExtensionContext context) throws IOException {
        Privileges.needRootAnd("ip");
        Privileges.need(programs);
        namespace = Netns.create(name);
        NetworkNamespace.enter(namespace.name());
    }

    @Override
    public void afterEach(final ExtensionContext context) throws IOException {
        NetworkNamespace.leave();
        if (namespace != null) {
            namespace.close();
        }
    }

    Netns netns() {
        return namespace;
    }
}
