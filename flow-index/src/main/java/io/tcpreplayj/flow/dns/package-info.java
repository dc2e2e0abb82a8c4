/** DNS messages as RFC 1035 has them: header and question, and which answer belongs to which query. */
@NullMarked
package io.tcpreplayj.flow.dns;

import org.jspecify.annotations.NullMarked;
