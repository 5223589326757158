#!/usr/bin/env bash
# Runs every test that counts something for docs/reliability.md, in full, and writes
# the document's figures anew from what they report.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

if [ -n "$(git status --porcelain)" ]; then
  echo 'There are changes that are not committed: the figures would name a commit that they were not made from.'
  exit 1
fi
mkdir -p .cache
export ZEROTOUCH_TEST_REPORT=$PWD/.cache/reliability.jsonl
memory=$(awk '/^MemTotal:/ {printf "%.0f GB", $2 / 1048576}' /proc/meminfo 2>/dev/null || echo 'unknown memory')
printf '{"commit":"%s","at":"%s","machine":"%s processors with %s (%s)"}\n' \
  "$(git rev-parse HEAD)" "$(date -u +%F)" "$(getconf _NPROCESSORS_ONLN)" "$memory" "$(go env GOOS)/$(go env GOARCH)" >"$ZEROTOUCH_TEST_REPORT"

ZEROTOUCH_TEST_FULL=1 go test -count=1 -timeout 60m -run '^(TestEnumerate|TestReconcile_Crash|TestRebuild_Crash|TestKilledAtEveryCommit|TestPairs|TestMachine|TestKillPoints)' \
  ./internal/orchestrator ./internal/campaign ./e2e
go test -tags mutant -count=1 -timeout 20m ./internal/mutants
go test -count=1 -run '^TestReliabilityFigures$' ./internal -update
go test -count=1 -run '^TestReliability' ./internal
