#!/usr/bin/env bash
# Everything that judges the code without running it. Reports all findings, then
# fails. Build the tools before (make tools).
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
bad=0

check() { # name, command…: no output expected on success
  local name=$1
  shift
  if ! "$@"; then
    printf '%s: see above\n' "$name"
    bad=1
  fi
}

formatted() {
  local files
  files=$(find . \( -name node_modules -o -name .cache -o -name testdata \) -prune -o -name '*.go' -print0 | xargs -0 gofmt -l)
  [ -z "$files" ] || { printf '%s\n' "$files"; return 1; }
}

tidy() { go mod tidy -diff && go -C tools mod tidy -diff; }

check 'gofmt (run: gofmt -w .)' formatted
check 'go vet' go vet ./...
check 'go vet of the planted bugs' go vet -tags mutant ./internal/mutants
check 'staticcheck' staticcheck ./...
check 'go mod tidy' tidy
check 'tools' go -C tools vet ./testreport
exit "$bad"
