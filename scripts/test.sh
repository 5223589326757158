#!/usr/bin/env bash
# All tests of the project, as `make test` and CI run them. Every step runs, so
# one run tells everything; the end repeats what each step gave, and any failure
# makes the whole fail.
set -uo pipefail
cd "$(dirname "$0")/.."

results=()
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

step() { # name, command…
  local name=$1 began=$SECONDS verdict=ok
  shift
  printf '\n== %s\n' "$name"
  if ! "$@" 2>&1 | tee "$log"; then
    verdict=FAILED
    failed=1
  elif grep -q '^SKIPPED' "$log"; then
    verdict=skipped
  fi
  results+=("$(printf '%-8s %-42s %4d s   %s' "$verdict" "$name" $((SECONDS - began)) "$(counts)")")
}

# counts is what the test runners say about how much they ran, if they ran.
counts() {
  grep -hE '^[0-9]+ tests passed, [0-9]+ failed' "$log" | tail -n 1
  sed -nE 's/^[^ ]+ (pass|fail|skipped) ([0-9]+)$/\1 \2,/p' "$log" | paste -sd ' ' -
}

# gotest runs `go test` with these arguments; testreport fails when nothing ran.
# Everything that breaks an operation at each of its points is in one package, hence the time.
# The first step has vetted all of it.
gotest() { go test -json -vet=off -timeout 75m "$@" | bin/tools/testreport; }

tools() { go -C tools test -json ./testreport | bin/tools/testreport; }
# The packages that take longest begin first: nothing then waits for one of them alone.
race() { scripts/race.sh -json -vet=off -timeout 75m ./internal/orchestrator ./cmd/zerotouch ./... | bin/tools/testreport; }
# Phones alone: what serves them, with the rights and the key of serve --only phones.
phones() { ZEROTOUCH_TEST_ONLY_PHONES=1 gotest -short -count=1 ./internal/provision; }
planted() { gotest -tags mutant -count=1 -v ./internal/mutants; }
full() {
  local previous
  previous=$(scripts/previous.sh) || return 1
  # shellcheck disable=SC2046 # a word for each package
  ZEROTOUCH_TEST_PREVIOUS=$previous ZEROTOUCH_TEST_FULL=1 gotest -count=1 ./internal/orchestrator ./e2e $(shortened)
}

# shortened lists the packages of which a short run leaves something out, of rapid's random
# cases too: of all others each test has been run under the race detector. What is said in
# no test file may shorten any package.
shortened() {
  local files
  files=$(grep -rlE '\<testing\.Short\(\)|ZEROTOUCH_TEST_(FULL|LONG|PREVIOUS|SEED)|"pgregory\.net/rapid"|^\[!?short\]' --include='*.go' --include='*.txtar' .)
  if [ -z "$files" ] || grep -qv '_test\.go$' <<<"$files"; then
    echo ./...
  else
    xargs -n 1 dirname <<<"$files" | sort -u
  fi
}

printf '== what the tests need\n'
scripts/install-test-deps.sh || { echo 'FAILED: what the tests need is not there'; exit 1; }
. scripts/env.sh
# Everything but the race detector's step is compiled as `make build` compiles the program:
# once, then, and not once more for each way of compiling it.
export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -trimpath"

step 'lint: gofmt, vet, staticcheck, tidy' scripts/lint.sh
step 'known vulnerabilities' scripts/vulncheck.sh
step 'tests of the test tools' tools
step 'build' make --no-print-directory build
step 'go test -race -short' race
step 'phones alone' phones
step 'planted bugs' planted
step 'browser tests' scripts/e2e.sh
step 'go test in full, where short was less' full

printf '\n== results\n'
printf '%s\n' "${results[@]}"
if [ "$failed" != 0 ]; then
  echo 'FAILED'
else
  echo 'PASSED'
fi
exit "$failed"
