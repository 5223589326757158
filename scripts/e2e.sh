#!/usr/bin/env bash
# The browser tests: Node.js test files in e2e/, on the built binary and a
# headless Chromium. Needs `make build` and scripts/install-test-deps.sh before.
# Arguments go to node --test, such as the name of one file.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
[ -d e2e/node_modules ] || { echo 'e2e/node_modules is missing; make test installs it'; exit 1; }

log=$(mktemp)
trap 'rm -f "$log"' EXIT
(cd e2e && node --test --test-reporter=spec --test-timeout=300000 "$@") | tee "$log"
# node calls a run without tests a success.
grep -qE '^[^ ]+ pass [1-9]' "$log" || { echo 'no browser test was executed: that counts as a failure'; exit 1; }
