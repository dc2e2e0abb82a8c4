# The front door. `make` alone prints the targets from their ## comments.
MVN     ?= mvn -B
SOURCES := $(shell find . -name pom.xml -o -path '*/src/main/*' -type f 2>/dev/null | grep -v /target/)
JAR     := cli/target/tcpreplay-j.jar

.DEFAULT_GOAL := help
.PHONY: help setup build test test-cli test-others it check fuzz mutate coverage format golden bench bench-check bench-peers demo dist test-25 reproducible soak clean

help: ## prints this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## installs what is missing (apt, as root) and sets the git hooks
	@scripts/setup.sh

build: $(JAR) ## the jars and the launcher's class path, when a source is newer

$(JAR): $(SOURCES) | setup
	$(MVN) -q -Dmaven.test.skip=true package
	@touch $@
	@scripts/class-archive.sh

# A module needs the classes of others, not their tests: all is compiled first. Then the tests of cli, which mostly wait, run
# beside those of all others, which mostly compute and take as long together.
test: setup ## all tests; those that need root are skipped loudly without it (CI=true: they fail)
	$(MVN) -T 2 test-compile
	@$(MAKE) --no-print-directory -k -j 2 test-cli test-others

# Neither looks whether the other's classes are to be made anew.
COMPILED := -Dmaven.main.skip -Dmaven.resources.skip

test-cli:
	$(MVN) test -pl cli -am $(COMPILED) -DskipTests -Dcli.skipTests=false

test-others:
	$(MVN) --fail-at-end test -pl '!cli' $(COMPILED)

it: setup ## only the namespace tests (root)
	$(MVN) test -Dtest='*IT' -Dsurefire.failIfNoSpecifiedTests=false

check: setup ## all tests, format, checkstyle, Error Prone, shellcheck
	shellcheck tcpreplay-j .ci/run .githooks/pre-commit scripts/*.sh demo/*.sh testdata/*.sh
	$(MVN) verify

RUNS ?= 10000000
SEED ?= 0

fuzz: setup ## fuzzes all that reads bytes of strangers, or one target (ONLY=pcapng RUNS=10000000 SEED=0: random)
	$(MVN) -q -Dfast test -pl fuzz -am -Dtest=FuzzTest -Dsurefire.failIfNoSpecifiedTests=false \
	    -Dtcpreplayj.fuzz=$(RUNS) -Dtcpreplayj.fuzz.seed=$(SEED) -Dtcpreplayj.fuzz.only=$(ONLY)

mutate: setup ## breaks the TCP engine in every way PIT knows; at least 85 % must be noticed by its tests (ONLY=Captured* picks classes)
	$(MVN) -q -Dfast -Pmutate process-test-classes -pl replayer -am $(if $(ONLY),'-Dmutate.classes=$(ONLY)')
	@scripts/mutation.sh replayer/target/pit-reports/mutations.csv

coverage: setup ## branches of the TCP engine that its tests do not take
	$(MVN) -q -Dfast -Pcoverage test -pl replayer -am -Dtest='io.tcpreplayj.replay.**' -Dsurefire.failIfNoSpecifiedTests=false
	@scripts/coverage.sh replayer/target/site/jacoco/jacoco.csv io.tcpreplayj.replay.tcp

format: ## formats every Java file
	$(MVN) -q -Dfast spotless:apply

golden: setup ## rewrites the expected output of command-line tests; the diff is the review
	$(MVN) -q -Dfast test -pl cli -am -Dtest='Golden*Test' -Dsurefire.failIfNoSpecifiedTests=false -Dtcpreplayj.golden=write

bench: build ## JMH benchmarks to JSON (ONLY=regex)
	scripts/bench.sh run "$(ONLY)"

bench-check: build ## the benchmarks' exact gates: no allocation on the per-packet paths
	scripts/bench.sh check "$(ONLY)"

bench-peers: build ## side by side with wrk, tcpdump and, over a lossy bridge, clients of the kernel
	scripts/bench-peers.sh

demo: build ## records a client, replays it at 2x against a second server, counts its log: under a minute
	@demo/demo.sh

dist: build ## dist/tcpreplay-j-VERSION.tar.gz: launcher, jars, papers
	@scripts/dist.sh

test-25: setup ## the tests on a JDK 25, with the classes that JDK 17 compiled
	@jdk=$$(scripts/find-jdk.sh 25) && set -x && \
	$(MVN) test -Djvm="$$jdk/bin/java" -Djvm.native=--enable-native-access=ALL-UNNAMED

reproducible: setup ## builds twice in two places and compares the jars byte by byte
	@scripts/reproducible.sh

soak: setup ## the tests at full size (hours)
	$(MVN) test -Dtcpreplayj.soak=true -Dtcpreplayj.rounds=10 -Dtcpreplayj.fuzz=10000000 -Dtcpreplayj.processes.kills=200

clean: ## removes what was built
	$(MVN) -q -Dfast clean
	rm -rf dist
