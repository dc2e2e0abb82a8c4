/** One table of verbs and flags; the parser, the help and the checks of values that come from it. */
@NullMarked
package io.tcpreplayj.cli.flags;

import org.jspecify.annotations.NullMarked;
