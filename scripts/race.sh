#!/usr/bin/env bash
# go test under the race detector, with the arguments of `go test`. SQLite is C that was
# translated to Go, with memory and locks of its own: watching each of its accesses finds
# nothing of ours and makes the tests take several times as long. No other package is left
# out: a generic function that one of them shares with ours may be linked from there, and
# what it orders would go unseen.
set -euo pipefail
CGO_ENABLED=1 exec go test -race -gcflags='modernc.org/sqlite/lib=-race=false' -short "$@"
