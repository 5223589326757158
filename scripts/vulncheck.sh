#!/usr/bin/env bash
# govulncheck against a snapshot of the Go vulnerability data, without a network.
# The snapshot is a .tar.gz of the data's own layout: the file that
# ZEROTOUCH_VULNDB names, or shared/vulndb.tar.gz beside the repository.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

archive=${ZEROTOUCH_VULNDB:-../shared/vulndb.tar.gz}
if [ ! -f "$archive" ]; then
  if [ -n "${ZEROTOUCH_VULNDB:-}" ]; then
    printf 'ZEROTOUCH_VULNDB names %s, which is no file\n' "$archive"
    exit 1
  fi
  echo 'SKIPPED: no vulnerability data here; name a snapshot in ZEROTOUCH_VULNDB to run this step'
  exit 0
fi
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
tar -xzf "$archive" -C "$data"
index=$(find "$data" -maxdepth 3 -path '*/index/db.json' | head -n 1)
[ -n "$index" ] || { printf '%s holds no index/db.json\n' "$archive"; exit 1; }
govulncheck -db "file://$(dirname "$(dirname "$index")")" ./...
