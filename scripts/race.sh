#!/usr/bin/env bash
# go test under the race detector, with the arguments of `go test`. SQLite is C that was
# translated to Go, with memory and locks of its own: watching each of its accesses finds
# nothing of ours and makes the tests take four times as long.
set -euo pipefail
CGO_ENABLED=1 exec go test -race -gcflags='modernc.org/...=-race=false' -short "$@"
