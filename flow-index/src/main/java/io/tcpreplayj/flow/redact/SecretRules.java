package io.tcpreplayj.flow.redact;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What is secret: the values of headers, the values of fields (in forms, queries, JSON, multipart bodies), and numbers of
 * payment cards. Immutable.
 */
public final class SecretRules {
    /** Headers whose value is secret whatever their name says (RFC 9110 11.6.2, 11.7.2, RFC 6265 4). */
    public static final List<String> HEADERS = List.of("authorization", "proxy-authorization", "cookie", "set-cookie");

    /** Words in the name of a field, or of a header, whose value is secret. */
    public static final List<String> WORDS = List.of(
            "password",
            "passwd",
            "passphrase",
            "pass",
            "pwd",
            "secret",
            "token",
            "apikey",
            "api-key",
            "api_key",
            "sessionid",
            "session_id",
            "sessid",
            "cvv",
            "cvc");

    private static final String HEADER = "header:";
    private static final String FIELD = "field:";
    private static final String NAME = "[A-Za-z0-9_.-]{2,64}";
    private static final int MOST_RULES = 100;

    private static final SecretRules BUILT_IN = new SecretRules(HEADERS, WORDS);

    private final List<String> headers;
    private final List<String> words;
    private final NameFinder names;

    private SecretRules(final List<String> headers, final List<String> words) {
        this.headers = headers;
        this.words = words;
        names = new NameFinder(headers, words);
    }

    /** Those that every user wants. */
    public static SecretRules builtIn() {
        return BUILT_IN;
    }

    /**
     * These and others: {@code header:NAME}, {@code field:WORD}.
     *
     * @throws IllegalArgumentException when one is no rule; the message says what one is
     */
    public SecretRules and(final List<String> rules) {
        final List<String> allHeaders = new ArrayList<>(headers);
        final List<String> allWords = new ArrayList<>(words);
        for (final String rule : rules) {
            final String lower = rule.toLowerCase(Locale.ROOT);
            if (lower.startsWith(HEADER)) {
                allHeaders.add(name(rule, lower.substring(HEADER.length())));
            } else if (lower.startsWith(FIELD)) {
                allWords.add(name(rule, lower.substring(FIELD.length())));
            } else {
                throw new IllegalArgumentException("\"" + rule
                        + "\" is no rule: header:NAME and field:WORD are, as header:X-Tenant and field:pin");
            }
        }
        if (rules.size() > MOST_RULES) {
            throw new IllegalArgumentException(rules.size() + " rules are more than " + MOST_RULES);
        }
        return new SecretRules(List.copyOf(allHeaders), List.copyOf(allWords));
    }

    private static String name(final String rule, final String name) {
        if (!name.matches(NAME)) {
            throw new IllegalArgumentException(
                    "\"" + rule + "\": a name has 2 to 64 letters, digits, dashes, underscores and dots");
        }
        return name;
    }

    NameFinder names() {
        return names;
    }
}
