#!/usr/bin/env bash
# Every fuzz function of the repository, one after the other, each for the time in FUZZ
# (go's -fuzztime: 1m, 10s, 5000x). go test -list finds them, so a new one is run without
# being named here. What fails is written to the package's testdata/fuzz, from where every
# later run of its tests tries it again. It goes on after a failure, and fails at the end.
set -uo pipefail
cd "$(dirname "$0")/.."
# grep is only what saves building the packages that have none.
packages=$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u) || exit 1
failed=
for package in $packages; do
  names=$(go test -list '^Fuzz' "$package") || { failed="$failed $package"; continue; }
  for name in $(grep '^Fuzz' <<<"$names"); do
    echo "== $package $name"
    go test "$package" -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZ:-1m}" -timeout 0 || failed="$failed $package:$name"
  done
done
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
