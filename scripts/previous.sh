#!/usr/bin/env bash
# Builds the program before this one, for the test of a rolling upgrade, and prints
# where it is: that of the commit before the newest migration came. Prints nothing
# where the checkout does not reach back that far.
set -euo pipefail
cd "$(dirname "$0")/.."

newest=$(git log -1 --diff-filter=A --format=%H -- internal/sqlstore/migrations 2>/dev/null) || exit 0
[ -n "$newest" ] && before=$(git rev-parse --verify --quiet "$newest^{commit}^") || exit 0
program=$PWD/.cache/previous/$before
if [ ! -x "$program" ]; then
  sources=$(mktemp -d)
  trap 'rm -rf "$sources"' EXIT
  git archive "$before" | tar -x -C "$sources"
  mkdir -p "$(dirname "$program")"
  (cd "$sources" && CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$program" ./cmd/zerotouch) >&2
fi
echo "$program"
