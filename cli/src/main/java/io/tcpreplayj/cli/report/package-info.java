/** What people and machines read. */
@NullMarked
package io.tcpreplayj.cli.report;

import org.jspecify.annotations.NullMarked;
