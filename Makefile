# daozhang: every task a contributor needs. `make` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOFUMPT  := mvdan.cc/gofumpt@v0.12.0
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 4s
# The race detector watches the Go code. SQLite and its C library, translated
# from C, have locks of their own and no Go data; watched, they are eight times
# as slow.
RACE     := -race $(foreach p,sqlite/lib libc/... memory,-gcflags=modernc.org/$(p)=-race=false)

# In this order, whatever -j says: one builds what the next one embeds.
.NOTPARALLEL:

.PHONY: help
help: ## list these tasks
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## the whole product on this machine, with sample data
	go run . demo

.PHONY: build
build: ## one static binary, ./daozhang
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o daozhang .

.PHONY: test
test: ## everything: lint, all tests with -race on real services, console build, fuzzers, replay
	.ci/with-services $(MAKE) --no-print-directory test-with-services

.PHONY: test-with-services
test-with-services: lint web-check test-go fuzz replay

.PHONY: test-go
test-go: ## Go tests with -race (services as .ci/with-services exports them)
	go test $(RACE) -shuffle=on -timeout 20m ./...

.PHONY: lint
lint: ## gofumpt, go vet, golangci-lint
	@out=$$(go run $(GOFUMPT) -l .); if [ -n "$$out" ]; then echo "gofumpt would change:"; echo "$$out"; exit 1; fi
	go vet ./...
	go run $(GOLANGCI) run ./...

.PHONY: fmt
fmt: ## format the Go code
	go run $(GOFUMPT) -w .

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (default 4s)
	.ci/fuzz $(FUZZTIME)

.PHONY: replay
replay: ## the golden scenarios through the real runner and store
	go run . replay -expect testdata/scenarios/*.jsonl > /dev/null

.PHONY: eval
eval: ## scores of understanding, matching and knowledge search on the labelled sets
	@go test -count=1 -v -run '^Test(SentencesByFile|Unseen|Suite|Constructed|Labelled|NotWorse|Matching)' ./bot/understand ./bot/diagnose ./knowledge | awk ' \
	  /^ *[a-z_]+_test\.go:[0-9]+: .*%/ && !/_test\.go:[0-9]+: [a-z0-9]+: "/ { n++; sub(/^ *[a-z_]+_test\.go:[0-9]+: /, ""); print "  " $$0 } \
	  /^ *--- FAIL/ { print; bad++ } \
	  END { exit (n == 0 || bad > 0) }'

.PHONY: eval-peers
eval-peers: ## understanding beside two npm parsers, in one run (development only; needs Node 20)
	cd bench/peers && npm ci --silent --no-audit --no-fund
	@go test -count=1 -timeout 5m -tags peers -v -run '^TestPeers$$' ./bot/understand | grep -vE '^(=== |--- PASS|PASS|ok)|: not right: '

.PHONY: bench
bench: ## measured figures and ratios (docs/measurements.md)
	go run ./bench
	cd bench/peers && go run .

.PHONY: web
web: ## build the console into web/dist (needs Node 20.19+)
	cd web/app && npm ci --no-audit --no-fund && npm run build

.PHONY: web-check
web-check: ## rebuild the console and fail when the committed build differs
	@out=$$(mktemp -d); trap 'rm -rf "$$out"' EXIT; \
	(cd web/app && npm ci --no-audit --no-fund && npm run check -- --outDir "$$out" --emptyOutDir) && \
	diff -rq "$$out" web/dist || { echo "web/dist differs from its source, or its checks failed: run make web and commit"; exit 1; }

.PHONY: openapi
openapi: ## write deploy/openapi.json from the code
	go test ./handlers/console -run OpenAPI -update

.PHONY: clean
clean: ## remove what builds leave behind
	rm -rf daozhang .cache web/app/node_modules bench/peers/node_modules coverage.out
