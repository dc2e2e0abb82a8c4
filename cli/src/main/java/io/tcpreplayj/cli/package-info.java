/** The commands and their exit codes. */
@NullMarked
package io.tcpreplayj.cli;

import org.jspecify.annotations.NullMarked;
