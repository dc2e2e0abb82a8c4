#!/bin/sh
# find-jdk.sh MAJOR: prints the home of an installed JDK of exactly that version (JAVA_HOME, PATH, /usr/lib/jvm).
set -eu
want=$1

matches() {
    [ -x "$1/bin/javac" ] && [ -r "$1/release" ] && grep -q "^JAVA_VERSION=\"${want}[.\"]" "$1/release"
}

on_path=$(readlink -f "$(command -v java || echo /none)")
for home in "${JAVA_HOME:-/none}" "$(dirname "$(dirname "$on_path")")" /usr/lib/jvm/* "$HOME"/.sdkman/candidates/java/*; do
    if matches "$home"; then
        printf '%s\n' "$home"
        exit 0
    fi
done
echo "no JDK $want found (looked at JAVA_HOME, PATH, /usr/lib/jvm, ~/.sdkman)" >&2
exit 1
