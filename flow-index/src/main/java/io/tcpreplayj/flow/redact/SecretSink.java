package io.tcpreplayj.flow.redact;

/** Is told where a {@link SecretScanner} found bytes of a secret. */
public interface SecretSink {
    /**
     * These bytes are secret.
     *
     * @param from position of the first, at most {@link SecretScanner#REACH} before the bytes that are being scanned
     * @param to position behind the last
     * @param substitute what stands in for them
     */
    void onSecret(long from, long to, Substitute substitute);
}
