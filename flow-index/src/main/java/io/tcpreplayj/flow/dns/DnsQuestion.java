package io.tcpreplayj.flow.dns;

/**
 * What an answer and its query have in common (RFC 5452 9.1, but for the addresses).
 *
 * @param id of the message
 * @param type QTYPE
 * @param qclass QCLASS
 * @param name in lower case, as {@link DnsMessage#nameText} writes it
 */
public record DnsQuestion(int id, int type, int qclass, String name) {}
