package io.tcpreplayj.intercept.feed;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Who may speak with whom: a PKCS #12 file with a private key and its certificate, the same file on every host of a test.
 * A peer is let in when it proves that it has the key of a certificate in this file (mutual TLS 1.3, RFC 8446 4.4.2);
 * names and authorities play no part.
 */
public final class FeedKeys {
    /** PKCS #12 wants one; what protects the key is the mode of the file. */
    static final char[] PASSWORD = "tcpreplay-j".toCharArray();

    private static final Set<PosixFilePermission> OF_OTHERS = Set.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private final SSLContext context;
    private final List<X509Certificate> pinned;

    private FeedKeys(final SSLContext context, final List<X509Certificate> pinned) {
        this.context = context;
        this.pinned = pinned;
    }

    /**
     * Opens a file that {@code tcpreplay-j keys} made.
     *
     * @throws IOException when it cannot be read, is no such file, or may be read by others
     */
    public static FeedKeys open(final Path file) throws IOException {
        if (!Collections.disjoint(Files.getPosixFilePermissions(file), OF_OTHERS)) {
            throw new IOException(file + " can be read by others: chmod 600 it");
        }
        try (InputStream in = Files.newInputStream(file)) {
            final KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD);
            final List<X509Certificate> pinned = certificates(store);
            if (pinned.isEmpty()) {
                throw new IOException(file + " has no certificate");
            }
            final KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            own.init(store, PASSWORD);
            final SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(own.getKeyManagers(), new TrustManager[] {new Pinned(pinned)}, null);
            return new FeedKeys(context, pinned);
        } catch (final GeneralSecurityException e) {
            throw new IOException(file + " is no key file: " + e.getMessage(), e);
        }
    }

    private static List<X509Certificate> certificates(final KeyStore store) throws GeneralSecurityException {
        final List<X509Certificate> found = new ArrayList<>();
        for (final String alias : Collections.list(store.aliases())) {
            final Certificate certificate = store.getCertificate(alias);
            if (certificate instanceof X509Certificate x509) {
                found.add(x509);
            }
        }
        return List.copyOf(found);
    }

    SSLContext context() {
        return context;
    }

    /** SHA-256 of each certificate, in hex: what two people read to each other over the telephone. */
    public List<String> fingerprints() {
        final List<String> all = new ArrayList<>();
        for (final X509Certificate certificate : pinned) {
            try {
                final byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
                all.add(HexFormat.of().formatHex(digest));
            } catch (final GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
        return all;
    }

    /** Lets in who has the key of exactly one of these certificates, while it is valid. */
    private static final class Pinned implements X509TrustManager {
        private final List<X509Certificate> pinned;

        Pinned(final List<X509Certificate> pinned) {
            this.pinned = pinned;
        }

        @Override
        public void checkClientTrusted(final X509Certificate[] chain, final String authType)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(final X509Certificate[] chain, final String authType)
                throws CertificateException {
            check(chain);
        }

        private void check(final X509Certificate[] chain) throws CertificateException {
            if (chain.length == 0 || !pinned.contains(chain[0])) {
                throw new CertificateException("the other end has another key file");
            }
            chain[0].checkValidity();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
