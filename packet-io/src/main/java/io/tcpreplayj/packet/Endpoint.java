package io.tcpreplayj.packet;

/**
 * One end of a connection.
 *
 * @param address IPv4 or IPv6
 * @param port 0 to 65535
 */
public record Endpoint(IpAddress address, int port) {
    @Override
    public String toString() {
        return address.isV4() ? address + ":" + port : "[" + address + "]:" + port;
    }
}
