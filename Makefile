# "make" lists the targets. All tools come through the go command.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO ?= go
GOFMT := $(shell $(GO) env GOROOT)/bin/gofmt
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

# The race detector needs cgo, which is off where there is no C compiler.
RACE := $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race)

# The packages that start goroutines, or whose tests serve requests.
CONCURRENT := ./analyzer/internal/cli ./analyzer/internal/filter ./analyzer/internal/github ./analyzer/internal/match \
	./analyzer/internal/npm ./analyzer/internal/probe ./analyzer/internal/runlog

MANDIR ?= dist/man

# What is generated, and has to be committed as generated.
GENERATED := patterns/catalog.bin patterns/schema.json $(wildcard patterns/reference/*.md)

FUZZTIME ?= 30s
RG ?= rg
BENCHCOUNT ?= 10
BENCHFILE ?= dist/bench.txt

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build ./pubmortem
	CGO_ENABLED=0 $(GO) build -trimpath -o pubmortem ./cmd/pubmortem

.PHONY: test
test: ## Run all tests
	$(GO) test ./...

.PHONY: race
race: ## Run the tests of what uses goroutines with the race detector, where it can run
	$(GO) test $(RACE) $(CONCURRENT)

.PHONY: memory
memory: ## Check on logs of 2 GB that memory stays flat
	MEMORY_TESTS=1 $(GO) test -count=1 -run 'MemoryStaysFlat$$' -v ./analyzer/command ./analyzer/internal/cli

.PHONY: browser
browser: ## Check that the diagnosis builds for browsers
	GOOS=js GOARCH=wasm $(GO) build ./analyzer/...

.PHONY: man
man: ## Write the manual pages to MANDIR
	$(if $(SOURCE_DATE_EPOCH),SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH)) $(GO) run ./analyzer/internal/genman $(MANDIR)

.PHONY: vet
vet: ## Check formatting and run go vet
	@unformatted=$$($(GOFMT) -l cmd analyzer patterns); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run gofmt -w:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...

.PHONY: lint
lint: vet actionlint ## Run vet, actionlint and staticcheck
	$(GO) run $(STATICCHECK) ./...

.PHONY: actionlint
actionlint: ## Check the workflows and their examples
	$(GO) run $(ACTIONLINT) .github/workflows/*.yml .github/examples/*.yml

.PHONY: golden
golden: ## Write the golden files anew; read the difference before you commit it
	GOLDIE_UPDATE=1 $(GO) test ./analyzer/internal/render/... ./cmd/...

.PHONY: generate
generate: ## Pack the catalog's YAML, write its schema and reference pages
	$(GO) generate ./...

.PHONY: docs
docs: generate picture ## Write the generated documents anew

.PHONY: picture
picture: ## Draw the README's report anew, light and dark
	UPDATE_README=1 $(GO) test ./analyzer -count=1 -run TestREADMEPicture

.PHONY: generated
generated: ## Check that what is generated is up to date
	@before=$$(cat $(GENERATED) | cksum); \
	$(MAKE) --no-print-directory generate; \
	if [ "$$before" != "$$(cat $(GENERATED) | cksum)" ]; then \
		echo "out of date, and now written anew: $(GENERATED)"; exit 1; \
	fi

.PHONY: tidy
tidy: ## Check that go.mod and go.sum are tidy
	$(GO) mod tidy -diff

.PHONY: check
check: generated tidy lint browser test race memory ## All that has to hold before a commit

.PHONY: cover
cover: ## Write dist/cover.html and print the coverage of each package
	@mkdir -p dist
	$(GO) test -coverpkg=./analyzer/...,./patterns,./cmd/... -coverprofile=dist/cover.out ./...
	$(GO) tool cover -html=dist/cover.out -o dist/cover.html

.PHONY: bench
bench: ## Run the benchmarks and keep the results in BENCHFILE for benchstat
	@mkdir -p "$$(dirname $(BENCHFILE))"
	$(GO) test -run '^$$' -bench . -benchmem -count $(BENCHCOUNT) ./... | tee $(BENCHFILE)

.PHONY: bench-compare
bench-compare: ## Measure beside ripgrep and GNU grep; RG=path names another rg
	$(GO) run ./analyzer/internal/benchcompare -rg $(RG)

# By default the go command spends up to a minute to shorten each new input.
.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME
	@$(GO) list ./... | while read -r pkg; do \
		targets=$$($(GO) test -list '^Fuzz' "$$pkg" | grep '^Fuzz' || true); \
		for target in $$targets; do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$pkg"; \
		done; \
	done

.PHONY: clean
clean: ## Remove what the other targets leave behind
	rm -rf pubmortem dist

# make symptom ID=my-symptom LINE=run.log:58
.PHONY: symptom
symptom: ## Scaffold a symptom: make symptom ID=my-symptom LINE=run.log:58
	$(GO) run ./cmd/pubmortem catalog new symptom --no-user-catalog --id "$(ID)" --from-log "$(LINE)" \
		--into "patterns/symptoms/$(ID).yaml"
