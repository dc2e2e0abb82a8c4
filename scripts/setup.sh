#!/bin/sh
# Installs what the build, the tests and the demo need and this machine lacks. Says so where it cannot.
set -eu

missing=
need() { # PACKAGE COMMAND: the package when the command is not there
    command -v "$2" >/dev/null 2>&1 || [ -x "/usr/sbin/$2" ] || missing="$missing $1"
}

need openjdk-17-jdk-headless javac
need maven mvn
need nftables nft
need iptables iptables
need iproute2 ip
need tcpdump tcpdump
need tshark tshark
need nginx-light nginx
need dnsmasq-base dnsmasq
need wrk wrk
need apache2-utils ab
need ethtool ethtool
need faketime faketime
need shellcheck shellcheck
need mandoc mandoc
need curl curl
need openssl openssl
need zstd zstd
need xfsprogs xfs_io
need e2fsprogs mkfs.ext4
need python3 python3
need systemd systemd-analyze
need redis-server redis-server
need redis-tools redis-benchmark
need postgresql-client psql
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
ldconfig -p 2>/dev/null | grep -q 'libpcap\.so' || [ -e /usr/lib/libpcap.so.0.8 ] ||
    ls /usr/lib/*/libpcap.so.0.8 >/dev/null 2>&1 || missing="$missing libpcap0.8"

if [ -n "$missing" ]; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "setup: installing$missing"
        export DEBIAN_FRONTEND=noninteractive
        apt-get -qq update
        # Policy 101 keeps a freshly installed nginx from starting as a service of the host: tests start their own.
        policy=/usr/sbin/policy-rc.d
        if [ ! -e "$policy" ]; then
            printf '#!/bin/sh\nexit 101\n' >"$policy"
            chmod 755 "$policy"
            trap 'rm -f "$policy"' EXIT
        fi
        # shellcheck disable=SC2086 # a list of words by design
        apt-get -qq install -y --no-install-recommends $missing >/dev/null
    else
        echo "setup: missing here:$missing" >&2
        echo "setup: not root, or no apt-get: install them; tests that need them are skipped and say so" >&2
    fi
fi

# A clone only: a source archive has no hooks to set.
if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]; then
    [ "$(git config core.hooksPath || true)" = .githooks ] || git config core.hooksPath .githooks
fi
