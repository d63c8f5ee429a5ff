# "make" lists the targets. All tools come through the go command.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO ?= go
GOFMT := $(shell $(GO) env GOROOT)/bin/gofmt
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
ACT := github.com/nektos/act@v0.2.89
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

# The race detector needs cgo, which is off where there is no C compiler.
RACE := $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race)

# The packages that start goroutines, or whose tests serve requests.
CONCURRENT := ./analyzer/internal/cli ./analyzer/internal/filter ./analyzer/internal/github ./analyzer/internal/inorder ./analyzer/internal/match \
	./analyzer/internal/npm ./analyzer/internal/probe ./analyzer/internal/runlog

MANDIR ?= dist/man
PAGE ?= dist/page

# What a release is made of. The flags are those of .goreleaser.yaml: the same
# source and version give the same bytes here and there.
VERSION ?= 0.0.0-snapshot
TARGETS ?= darwin/amd64 darwin/arm64 linux/amd64 linux/arm64 windows/amd64 windows/arm64
RELEASE_GO := go1.26.8
GORELEASER ?= $(GO) run github.com/goreleaser/goreleaser/v2@v2.16.0
PROGRAMS ?= dist/programs
RELEASE_FLAGS := -trimpath -buildvcs=false -ldflags='-s -w -X github.com/pubmortem/pubmortem/analyzer/internal/cli.release=$(VERSION)'

# What is generated, and has to be committed as generated.
GENERATED := $(wildcard patterns/*.bin) patterns/schema.json $(wildcard patterns/reference/*.md)

OPENAPI_VERSION ?= 23.0.2
DUCKDB_VERSION ?= 1.5.6-r.1

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

# Without the tables for debuggers, the many test programs link in two thirds of the time.
.PHONY: test
test: ## Run all tests
	$(GO) test -ldflags=-w ./...

.PHONY: race
race: ## Run the tests of what uses goroutines with the race detector, where it can run
	$(GO) test $(RACE) $(CONCURRENT)

.PHONY: memory
memory: ## Check on logs of 2 GB that memory stays flat
	MEMORY_TESTS=1 $(GO) test -count=1 -run 'MemoryStaysFlat$$' -v ./analyzer/command ./analyzer/internal/cli

.PHONY: install-tests
install-tests: ## Try the ways in that build whole programs: npx, the action with build: true
	INSTALL_TESTS=1 $(GO) test -count=1 -run '^(TestNpx|TestActionBuildsWhenAsked)$$' ./analyzer/internal/gennpm ./analyzer/internal/cli

.PHONY: act
act: ## Run the action and the examples with nektos/act, which is built
	GOBIN=$(CURDIR)/dist/tools $(GO) install $(ACT)
	ACT=$(CURDIR)/dist/tools/act $(GO) test -count=1 -v -run '^TestAct[A-Z]' ./analyzer/internal/cli

.PHONY: recipes
recipes: ## Try the recipes for many runs, with DuckDB from npm where npm is installed
	@if command -v npm >/dev/null; then npm install --silent --no-audit --no-fund --no-save --prefix dist/recipes @duckdb/node-api@$(DUCKDB_VERSION); fi
	$(GO) test -count=1 -run 'TestScripts/recipes$$' ./cmd/pubmortem

.PHONY: browser
browser: ## Check that the diagnosis builds for browsers
	GOOS=js GOARCH=wasm $(GO) build ./analyzer/...

# Without inlining, the page's program is a tenth smaller to load.
.PHONY: page
page: ## Put the web page together in PAGE
	@mkdir -p $(PAGE)
	GOOS=js GOARCH=wasm $(GO) build -trimpath -buildvcs=false -gcflags=all=-l -ldflags='-s -w -X main.version=v$(VERSION)' \
		-o $(PAGE)/pubmortem.wasm ./analyzer/internal/page/wasm
	$(GO) run ./analyzer/internal/genpage -version v$(VERSION) -wasm $(PAGE)/pubmortem.wasm \
		-glue "$$($(GO) env GOROOT)/lib/wasm/wasm_exec.js" $(PAGE)
	@rm $(PAGE)/pubmortem.wasm

.PHONY: page-tests
page-tests: ## Look at the web page in Chromium and Firefox, with axe-core from npm, and at other pages and Markdown; takes minutes
	PAGE_TESTS=1 $(GO) test -count=1 ./analyzer/internal/page
	PAGE_TESTS=1 $(GO) test -count=1 -run 'InABrowser$$' ./analyzer ./analyzer/internal/many

.PHONY: page-picture
page-picture: ## Take the README's picture of the page anew, light and dark
	PAGE_TESTS=1 UPDATE_README=1 $(GO) test -count=1 -run '^TestREADMEPicture$$' ./analyzer/internal/page

.PHONY: programs
programs: ## Build the programs of release VERSION for TARGETS into dist/programs
	@rm -rf dist/programs && mkdir -p dist/programs
	@for target in $(TARGETS); do \
		os=$${target%/*} arch=$${target#*/}; \
		name=gh-pubmortem_$(VERSION)_$$os-$$arch; \
		if [ "$$os" = windows ]; then name=$$name.exe; fi; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build $(RELEASE_FLAGS) -o "dist/programs/$$name" ./cmd/pubmortem; \
	done

.PHONY: pin
pin: ## Pin the programs of release VERSION in action.sha256, before it is tagged
	@GOTOOLCHAIN=$(RELEASE_GO) $(MAKE) --no-print-directory programs
	@cd dist/programs && sha256sum $$(LC_ALL=C ls) > ../../action.sha256

.PHONY: npm npm-pack
npm: programs npm-pack ## Build the programs of release VERSION and pack the npm packages into dist/npm
npm-pack: # the same with the programs that are in PROGRAMS
	@rm -rf dist/npm
	@$(GO) run ./analyzer/internal/gennpm -version $(VERSION) -programs $(PROGRAMS) dist/npm
	@cd dist/npm && npm pack --silent --ignore-scripts $$(printf './%s ' */)

.PHONY: snapshot
snapshot: ## Build all of a release with goreleaser and check it; takes minutes
	$(GORELEASER) release --snapshot --clean
	@$(MAKE) --no-print-directory rehearsal

.PHONY: collect
collect: ## Put what goreleaser has built for VERSION into dist/release, as it is published
	@rm -rf dist/release && mkdir -p dist/release/files dist/release/npm dist/release/page
	@cp .goreleaser-extra/page/pubmortem.html dist/release/files/
	@cp .goreleaser-extra/page/index.html .goreleaser-extra/page/sw.js dist/release/page/
	@cp dist/*.tar.gz dist/*.zip dist/*_checksums.txt dist/*.cdx.json dist/release/files/
	@cp dist/homebrew/Casks/pubmortem.rb $(wildcard dist/CHANGELOG.md) dist/release/
	@for target in $(TARGETS); do \
		os=$${target%/*} arch=$${target#*/} exe=; \
		if [ "$$os" = windows ]; then exe=.exe; fi; \
		cp dist/pubmortem_"$$os"_"$$arch"_*/pubmortem$$exe "dist/release/files/gh-pubmortem_$(VERSION)_$$os-$$arch$$exe"; \
	done
	@cd dist/release/files && sha256sum --check --strict --quiet *_checksums.txt
	@if [ "$(VERSION)" != 0.0.0-snapshot ]; then \
		grep ' gh-pubmortem_' dist/release/files/*_checksums.txt | LC_ALL=C sort -k 2 | diff action.sha256 - || \
			{ echo "these are not the programs that action.sha256 pins; see make pin"; exit 1; }; \
	fi
	@$(MAKE) --no-print-directory npm-pack PROGRAMS=dist/release/files
	@mv dist/npm/*.tgz dist/release/npm/

.PHONY: rehearsal
rehearsal: collect ## Check what "make snapshot" has built
	@.ci/rehearsal dist/release $(VERSION)

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
	ACTIONLINT=$(ACTIONLINT) $(GO) test -count=1 -run '^TestProposals$$' ./analyzer

.PHONY: golden
golden: ## Write the golden files anew; read the difference before you commit it
	GOLDIE_UPDATE=1 $(GO) test ./analyzer/internal/render/... ./cmd/...

.PHONY: generate
generate: ## Pack the catalog's YAML, write its schema and reference pages
	$(GO) generate ./...

.PHONY: openapi
openapi: ## Trim GitHub's description of its API, from npm, to what the tests' GitHub answers
	npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix dist/openapi @octokit/openapi@$(OPENAPI_VERSION)
	OPENAPI=$(CURDIR)/dist/openapi/node_modules/@octokit/openapi/generated/api.github.com.json \
		$(GO) test -count=1 -run '^TestTrimDescription$$' ./analyzer/internal/github/fakegithub

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
check: generated tidy lint browser test race install-tests recipes memory ## All that has to hold before a commit

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
