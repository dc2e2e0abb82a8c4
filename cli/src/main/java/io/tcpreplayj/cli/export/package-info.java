/** Flows back to packets: those of their captures, or as good as the database can rebuild them. */
@NullMarked
package io.tcpreplayj.cli.export;

import org.jspecify.annotations.NullMarked;
