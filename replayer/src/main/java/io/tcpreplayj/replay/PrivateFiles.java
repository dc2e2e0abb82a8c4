package io.tcpreplayj.replay;

import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Results name hosts and secrets of production: whoever made them is the only one to read them. */
final class PrivateFiles {
    /** Mode 0600, at creation, whatever the umask. */
    static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private PrivateFiles() {}
}
