/** Capture files to packets, and packets to capture files. */
@NullMarked
package io.tcpreplayj.pcap;

import org.jspecify.annotations.NullMarked;
