# What can be made; README.md says what for. Everything installs what it needs, and works in this folder only.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CARGO ?= cargo
PAGE := dashboards/web
# Arguments for the program: make run ARGS="--speed 600"
ARGS ?=
# How often `make soak` kills the server, and how long one phase of `make bench` lasts, seconds.
KILLS ?= 300
SECONDS_EACH ?= 20

.PHONY: help run serve test lint page-test rust-test browser-test soak bench audit clean

help: ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/make \1|\2/' | column -t -s '|'

run: build ## Build, then replay the flood of November 2025 as a drill: http://127.0.0.1:8080
	exec target/release/quantrac demo $(ARGS)

serve: build ## Build, then run for real on config/binh-dinh and ./var
	exec target/release/quantrac serve $(ARGS)

.PHONY: build
build: page ## The program with its page inside: target/release/quantrac
	@echo "building the program (some minutes the first time) …"
	$(CARGO) build --release --locked --bin quantrac

# The page is built again when one of its sources is newer.
.PHONY: page
page: $(PAGE)/dist/index.html ## The page alone
$(PAGE)/dist/index.html: $(PAGE)/node_modules/.package-lock.json $(shell find $(PAGE)/src $(PAGE)/public $(PAGE)/index.html $(PAGE)/vite.config.ts -type f)
	@echo "building the page …"
	cd $(PAGE) && npx --no-install vite build --logLevel warn
	@touch $@
$(PAGE)/node_modules/.package-lock.json: $(PAGE)/package-lock.json | packages
	@echo "installing the page's libraries …"
	cd $(PAGE) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: packages packages-test
packages:
	@.ci/install build
packages-test:
	@.ci/install test

# The real InfluxDB that the tests run against: three minutes with Go, once.
INFLUXD := target/influxd/bin/influxd
.PHONY: influxd
influxd: $(INFLUXD) ## InfluxDB 2.9.1 for the tests, built by Go where missing
$(INFLUXD): tests/influxd/go.mod tests/influxd/go.sum tests/influxd/build
	@echo "building InfluxDB for the tests (some minutes, once) …"
	tests/influxd/build $(dir $@)
	@touch $@

test: packages-test page lint page-test rust-test browser-test ## Everything, as CI does

lint: page ## Formatting and lints
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked --quiet -- -D warnings
	cd $(PAGE) && npx --no-install svelte-check --tsconfig ./tsconfig.json --fail-on-warnings

page-test: page ## Pure parts of the page
	cd $(PAGE) && npm test --silent

rust-test: packages-test influxd page ## Everything in Rust: pure, real servers, kills, power cuts, floods
	$(CARGO) build --workspace --all-targets --locked
	$(CARGO) test --workspace --locked

browser-test: packages-test page ## The page in Chromium against the real program
	$(CARGO) build --workspace --all-targets --locked
	cd $(PAGE) && npm run --silent browser

soak: packages-test page ## kill -9 under load, KILLS times (300)
	$(CARGO) build --workspace --all-targets --locked
	QUANTRAC_KILLS=$(KILLS) $(CARGO) test --locked -p tests --test kill -- --nocapture

bench: packages-test influxd page ## Throughput, waits, memory and restart beside Mosquitto; history and exports beside InfluxDB
	$(CARGO) build --release --locked --bin quantrac --bin bench --bin bench-viewers --bin bench-history --bin bench-export
	target/release/bench $(SECONDS_EACH)
	target/release/bench-viewers $(SECONDS_EACH)
	target/release/bench-history
	target/release/bench-export

audit: ## Licences and advisories, where cargo-deny is installed and its database can be reached
	$(CARGO) deny check

clean: ## What was built; never the data in ./var
	$(CARGO) clean
	rm -rf $(PAGE)/dist $(PAGE)/node_modules
