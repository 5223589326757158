# The entry for people and CI. `make help` lists the targets.

.DEFAULT_GOAL := help
.PHONY: help demo build test test-fast test-race test-phones test-mutants test-long fuzz e2e promise reliability lint bench generate tools clean

# Version and revision come from the version control information that Go puts
# into the binary; outside a usable checkout there is none.
VCS := $(shell git rev-parse --verify HEAD >/dev/null 2>&1 && echo -buildvcs=true || echo -buildvcs=false)

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## build, and start the demo: portal, simulated Snom service and phones, nothing to configure (other ports: DEMO_FLAGS='--admin-listen …')
	bin/zerotouch demo $(DEMO_FLAGS)

build: ## build bin/zerotouch, one static binary
	CGO_ENABLED=0 go build -trimpath $(VCS) -ldflags='-s -w' -o bin/zerotouch ./cmd/zerotouch

test: ## install what the tests need, then run all of them (up to an hour on a slow machine)
	scripts/test.sh

test-fast: ## only go test ./... (under two minutes once built)
	go test ./...

test-race: ## go test under the race detector, long tests shortened
	scripts/race.sh ./...

test-phones: ## the tests of what serves phones, with the store of serve --only phones (a few minutes)
	ZEROTOUCH_TEST_ONLY_PHONES=1 go test -count=1 -timeout 20m ./internal/provision

test-mutants: ## plant the failures of well-known systems into our code, and see that the tests catch each (about a minute)
	go test -tags mutant -count=1 -timeout 20m -v ./internal/mutants

test-long: tools ## what takes hours: every pair of a kill and a fault in its recovery, every MAC of a maker, and random machines (for how long: LONG=2h)
	ZEROTOUCH_TEST_LONG=$(or $(LONG),2h) go test -json -count=1 -timeout 72h -run 'TestPairs|TestMachine|TestScanOfAMaker' ./internal/orchestrator ./internal/campaign ./internal/provision | bin/tools/testreport

fuzz: ## every fuzz function for a minute each (another time: FUZZ=10m)
	FUZZ=$(or $(FUZZ),1m) scripts/fuzz.sh

e2e: build ## the built program killed and started again, and its portal in a browser
	scripts/install-test-deps.sh
	ZEROTOUCH_TEST_FULL=1 go test -count=1 -timeout 45m ./e2e
	scripts/e2e.sh

promise: ## the tests of one promise of docs/reliability.md: make promise P=S12
	scripts/promise.sh $(P)

reliability: ## run what counts something, in full, and write the figures of docs/reliability.md
	scripts/reliability.sh

lint: tools ## gofmt, vet, staticcheck, go mod tidy
	scripts/lint.sh

bench: ## all benchmarks
	go test -run '^$$' -bench . -benchtime 100x ./bench
	go test -run '^$$' -bench . -benchmem ./internal/...

generate: ## SQL to Go with sqlc (built on first use, takes minutes)
	go -C tools build -o ../bin/tools/sqlc github.com/sqlc-dev/sqlc/cmd/sqlc
	PATH="$(CURDIR)/bin/tools:$$PATH" go generate ./...

tools: # the checkers, pinned in tools/go.mod
	@go -C tools build -o ../bin/tools/ ./testreport honnef.co/go/tools/cmd/staticcheck golang.org/x/vuln/cmd/govulncheck

clean: ## remove what was built or fetched here; data is left alone
	rm -rf bin .cache e2e/node_modules e2e/node/node_modules e2e/artifacts
