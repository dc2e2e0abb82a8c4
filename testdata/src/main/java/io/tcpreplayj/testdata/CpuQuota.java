package io.tcpreplayj.testdata;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** So much processor time for a process and no more, by a control group of its own (cgroups(7)), of whichever version there is. */
public final class CpuQuota implements AutoCloseable {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    private final Path parent;
    private final Path group;
    private final long pid;

    private CpuQuota(final Path parent, final long pid) {
        this.parent = parent;
        this.pid = pid;
        group = parent.resolve("tcpreplayj-" + pid);
    }

    /** Skips the test where no such group can be made. */
    public static void need() {
        final Path parent = parent();
        if (parent == null || !Files.isWritable(parent.resolve("cgroup.procs"))) {
            Privileges.missing("control groups that ration processor time (cgroups(7))");
        }
    }

    /** Where groups with the controller "cpu" can be made; null for nowhere. */
    private static @Nullable Path parent() {
        try {
            final Path handedDown = ROOT.resolve("cgroup.subtree_control");
            if (Files.exists(handedDown)) {
                return (" " + Files.readString(handedDown).strip() + " ").contains(" cpu ") ? ROOT : null;
            }
        } catch (final IOException e) {
            return null;
        }
        final Path first = ROOT.resolve("cpu");
        return Files.exists(first.resolve("cpu.cfs_quota_us")) ? first : null;
    }

    /** All threads of the process together get {@code quotaUs} in each {@code periodUs} from now on. */
    public static CpuQuota of(final long pid, final int quotaUs, final int periodUs) throws IOException {
        final Path parent = parent();
        if (parent == null) {
            throw new IOException("no control groups");
        }
        final CpuQuota quota = new CpuQuota(parent, pid);
        Files.createDirectory(quota.group);
        if (parent.equals(ROOT)) {
            Files.writeString(quota.group.resolve("cpu.max"), quotaUs + " " + periodUs);
        } else {
            Files.writeString(quota.group.resolve("cpu.cfs_period_us"), Integer.toString(periodUs));
            Files.writeString(quota.group.resolve("cpu.cfs_quota_us"), Integer.toString(quotaUs));
        }
        Files.writeString(quota.group.resolve("cgroup.procs"), Long.toString(pid));
        return quota;
    }

    /** In how many periods it wanted more than it got. */
    public long throttled() throws IOException {
        return Files.readAllLines(group.resolve("cpu.stat")).stream()
                .filter(line -> line.startsWith("nr_throttled "))
                .mapToLong(line -> Long.parseLong(line.split(" ")[1]))
                .sum();
    }

    /** It gets what it wants again. */
    @Override
    public void close() throws IOException {
        if (ProcessHandle.of(pid).isPresent()) {
            Files.writeString(parent.resolve("cgroup.procs"), Long.toString(pid));
        }
        Files.delete(group);
    }
}
