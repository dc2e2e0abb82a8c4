package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Verb;

/** Verb to command; apart from {@link Main}, so that help and errors load no command and none of its libraries. */
final class CommandTable {
    private CommandTable() {}

    static Command of(final Verb verb) {
        return switch (verb.name()) {
            case "index" -> new IndexCommand();
            case "flows" -> new FlowsCommand();
            case "show" -> new ShowCommand();
            case "export" -> new ExportCommand();
            case "verify" -> new VerifyCommand();
            case "replay" -> new ReplayCommand(ReplayEngine.REAL);
            case "live" -> new LiveCommand();
            case "intercept" -> new InterceptCommand();
            case "doctor" -> new DoctorCommand();
            case "keys" -> new KeysCommand();
            case "cleanup" -> new CleanupCommand();
            default -> throw new IllegalStateException("no command for " + verb.name());
        };
    }
}
