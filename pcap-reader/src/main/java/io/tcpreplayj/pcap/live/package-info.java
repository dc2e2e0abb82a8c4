/** What libpcap does for us, through pcap4j, which only this room knows. */
@NullMarked
package io.tcpreplayj.pcap.live;

import org.jspecify.annotations.NullMarked;
