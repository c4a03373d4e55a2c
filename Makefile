# Everything runs on this machine alone: no container engine, no account. `make` lists the targets.

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
LOCAL := $(TARGET)/debug/local
CLUSTER_BINS := fetch-extract llm-structure post-to-zoho console sandbox invoicectl

.DEFAULT_GOAL := help
.PHONY: help demo up down build test lint view streams models soak proofs bench books drills secured test-browser check-deploy check-api check-cluster check-dashboards check-compose supply-chain accuracy checks children corruptions eval hostile premises preflight

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Send sample invoices through the whole product and check the books (needs no account)
	$(LOCAL) demo

up: build ## Start the whole product and leave it running; prints where it listens
	$(LOCAL) up --keep-running

down: ## Stop what `make up` started
	@test ! -x $(LOCAL) || $(LOCAL) down

build: preflight ## Build all binaries
	$(CARGO) build --locked --workspace --bins

test: build ## Run all tests: unit, property, and end to end on a real broker
	$(LOCAL) prepare
	$(CARGO) test --locked --workspace

secured: build ## Run the product on a broker with TLS, log-in and access rules, and try each refusal
	$(LOCAL) prepare
	$(CARGO) test --locked --workspace --test secured -- --nocapture

test-browser: build ## Use the console in a real browser, on the running product (TESTS=file.test.mjs for some of it)
	@tools/local/preflight.sh --for-browser
	cd tests/browser && npm ci --no-fund --no-audit --silent && node run.mjs $(abspath $(LOCAL)) $(TESTS)

lint: preflight ## Check formatting, lints and documentation, and allow no warning
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) clippy --locked --workspace --test secured --test drills --test proofs --test books -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps

check-deploy: ## Check images, Compose, Kubernetes, alerts and dashboards, without running them (no engine, no cluster)
	tests/deploy/check.sh

check-dashboards: build ## Have a real Prometheus collect from the running product, and ask it for every panel of the dashboards
	$(LOCAL) prepare
	python3 tests/deploy/dashboards.py $(abspath $(LOCAL)) $$(tests/deploy/prometheus.sh prometheus)

check-compose: ## Bring docker-compose.yml up by a real engine, send the samples through it and measure (an hour of compiling; PROGRAMS=target/release: none)
	tests/compose/check.sh

supply-chain: ## Check licences, sources, advisories and unused dependencies, and list what is in each program
	tests/supply-chain/check.sh

check-api: ## Put every overlay to a real kube-apiserver, which the first run builds (Go, Java 21, Maven)
	tests/deploy/api/check.sh

check-cluster: preflight ## Run the product in the cluster of KUBECONFIG, under load: LOAD_IMAGE=command that loads NAME from TAR
	$(CARGO) build --locked --release $(CLUSTER_BINS:%=--bin %)
	LOAD_IMAGE='$(LOAD_IMAGE)' tests/cluster/images.py
	tests/cluster/check.py

view: build ## Print what the console's view costs with a million invoices: INVOICES=number, KAFKA=number read from a broker
	$(LOCAL) prepare
	INVOICES=$(INVOICES) KAFKA=$(KAFKA) $(CARGO) bench --locked -p console@0.1.0 --bench view

streams: preflight ## Print what hundreds of streams of the console's events cost: STREAMS=number, CHANGES=number a second, SECONDS=number
	STREAMS=$(STREAMS) CHANGES=$(CHANGES) SECONDS=$(SECONDS) $(CARGO) bench --locked -p console@0.1.0 --bench streams

models: preflight ## Search the engine's states for broken promises with larger bounds than `make test` does
	INVOICES_MODELS_DEEPER=1 $(CARGO) test --locked -p invoices-engine --lib model::worlds -- --nocapture

soak: build ## Storms with one seed after another: SEED=first SECONDS=time SEEDS=most INVOICES=each
	$(LOCAL) prepare
	SEED=$(SEED) SECONDS=$(SECONDS) SEEDS=$(SEEDS) INVOICES=$(INVOICES) $(TARGET)/debug/soak

proofs: build ## Measure the promises that have a figure: outages, failover, scaling, limits, restore (20 minutes)
	$(LOCAL) prepare
	$(CARGO) test --locked --workspace --test proofs -- --nocapture --test-threads=1

bench: build ## Print what one transactional producer of the engine carries on this broker
	$(LOCAL) prepare
	$(CARGO) test --locked --workspace --test proofs -- --nocapture --test-threads=1 transactions

books: build ## Measure the promises about Zoho's books: every fault, calls per bill, the limit, deaths in between (15 minutes)
	$(LOCAL) prepare
	$(CARGO) test --locked --workspace --test books -- --nocapture --test-threads=1

accuracy: preflight ## Compare our text of the PDFs in SAMPLES=folder with that of pdfplumber and poppler
	$(CARGO) build --locked --release -p fetch-extract
	python3 bench/extraction/compare.py $(SAMPLES) --extractor-binary $(TARGET)/release/fetch-extract

checks: preflight ## Print how many answers of a model a core checks in a second
	$(CARGO) bench --locked -p llm-structure --bench checks

eval: preflight ## Measure the configured model on annotated invoices: SET=folder; SANDBOX=1 tries it without a model
	$(CARGO) run --locked --release -p llm-structure --example eval -- $(SET) $(if $(SANDBOX),--sandbox)

corruptions: preflight ## Spoil right answers in the ways in which models err, and print what is held
	$(CARGO) test --locked --workspace --test corruptions --test injections -- --nocapture

children: preflight ## Measure what reading PDFs in children costs: FILES=folder of PDFs in place of the samples
	FILES=$(if $(FILES),$(abspath $(FILES))) $(CARGO) bench --locked -p fetch-extract --bench pool

hostile: build ## Read damaged PDFs: MUTATIONS=number, and FILES=folder of PDFs to damage beside the generated ones
	INVOICES_MUTATIONS=$(or $(MUTATIONS),10000) INVOICES_MUTATION_FILES=$(FILES) \
	$(CARGO) test --locked -p fetch-extract --test mutations -- --nocapture

premises: build ## Measure on a real broker what the engine takes for granted about Kafka
	$(CARGO) build --locked --workspace --examples
	$(LOCAL) broker -- $(TARGET)/debug/examples/premises

drills: build ## Carry out the runbooks against real disasters, a broker each (takes minutes)
	$(LOCAL) prepare
	$(CARGO) test --locked --workspace --test drills -- --nocapture

preflight:
	@tools/local/preflight.sh
