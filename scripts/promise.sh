#!/usr/bin/env bash
# Runs, in full, the tests that show one promise of docs/reliability.md:
#   scripts/promise.sh S12
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

promise=${1:?name a promise of docs/reliability.md, such as S12}
tests=$(sed -n "s/^| $promise | .* | \(.*\) |\$/\1/p" docs/reliability.md | tr -cs 'A-Za-z0-9_' '\n' | grep -E '^(Test|Fuzz)' || true)
if [ -z "$tests" ]; then
  echo "docs/reliability.md has no promise $promise"
  exit 1
fi
packages=$(for name in $tests; do grep -rl --include='*_test.go' --exclude-dir=node_modules "^func $name(" .; done | xargs -n 1 dirname | sort -u)
# shellcheck disable=SC2086 # one word each
ZEROTOUCH_TEST_FULL=1 go test -count=1 -timeout 30m -v -run "^($(paste -sd '|' - <<<"$tests"))\$" $packages |
  grep -E '^(--- |ok|FAIL|PASS|panic)|_test\.go:'
