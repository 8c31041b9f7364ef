# From a fresh clone: `make demo` shows the product, `make test` proves it. Both need Python 3.11+, make and a package index.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# for two test processes beside each other: threads of one that wait for work by spinning take the core of the other
ONE_CORE := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# Milvus and Ray listen to every address: where it can be had, they run where there is none but loopback
# further options of the grown-up setting, such as GROWN_UP="--articles 10000 --stay"
GROWN_UP ?=
LOOPBACK := $(shell unshare --net true 2>/dev/null && echo 'unshare --net sh -c '"'"'ip link set lo up && exec "$$@"'"'"' sh')

.PHONY: help demo test test-postgres test-milvus test-ray lint unit properties server browser model evaluate evaluate-ingest bench bench-quick bench-report live screenshots faults grown-up faults-grown-up schemathesis fuzz audit constraints clean

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: $(VENV)/demo  ## install, index the example newspaper, serve it and say where
	$(BIN)/alsoread demo

test: lint unit server browser test-milvus test-ray model  ## install, then lint, types, imports and every test

lint: $(VENV)/test  ## ruff, mypy, the import rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/test  ## the tests that start no process and load no model
	$(ONE_CORE) $(BIN)/pytest -q -n 2 -m "not server and not browser and not model and not milvus and not ray"

properties: $(VENV)/test  ## the property tests among them, on five times as many examples, and those on whole archives, as where CI=true
	$(ONE_CORE) $(BIN)/pytest -q -n 2 --hypothesis-profile=thorough -m "(hypothesis or data) and not server and not browser and not model and not milvus and not ray"

server: $(VENV)/test  ## the tests against real server and rebuild processes
	$(BIN)/pytest -q -n 2 -m "server and not model and not milvus and not timed"
	$(BIN)/pytest -q -m "server and not model and not milvus and timed"

browser: $(VENV)/test .tools/axe.min.js .tools/node_modules/.bin/html-validate  ## the tests that drive Chromium
	$(BIN)/pytest -q -n 2 --dist loadfile -m "browser and not timed"
	$(BIN)/pytest -q -m "browser and timed"

test-postgres: $(VENV)/test  ## the tests of the catalogue on a private PostgreSQL, alone
	$(BIN)/pytest -q -n 2 -m postgres

test-milvus: $(VENV)/test  ## the vector index on a private Milvus and on Milvus Lite, alone
	$(LOOPBACK) $(BIN)/pytest -q -m milvus

test-ray: $(VENV)/test  ## embedding on a Ray cluster of two nodes on this host, alone
	$(LOOPBACK) $(BIN)/pytest -q -m ray

model: $(VENV)/test  ## the tests with the real embedding model
	$(BIN)/pytest -q -m model

evaluate: $(VENV)/test  ## the relevance tables, and their plots in docs/plots (needs the development data)
	$(BIN)/python -m benchmarks.relevance --plots docs/plots

evaluate-ingest: $(VENV)/test  ## how well archives are read: pages, feeds, exports, furniture (needs the development data)
	$(BIN)/python -m benchmarks.ingest

bench: $(VENV)/test  ## the performance tables, beside what people would use instead, up to a million articles (hours; wrk)
	$(BIN)/python -m benchmarks.performance

bench-quick: $(VENV)/test  ## the same up to 100,000 articles, few rounds (six minutes, once its archives are there; half an hour before)
	$(BIN)/python -m benchmarks.performance --quick

bench-report: $(VENV)/test  ## put what was measured last into docs/performance.md and docs/plots
	$(BIN)/python -m benchmarks.report --docs

live: $(VENV)/test  ## how soon take-downs and publications are seen in every worker (needs the development data)
	$(BIN)/python -m benchmarks.live

screenshots: $(VENV)/test  ## the README's pictures of the demonstration (needs Chromium)
	$(BIN)/python -m benchmarks.screenshots

faults: $(VENV)/test  ## kills, full disks, damaged files and other faults, done to a real server, and a soak (an hour)
	$(BIN)/python -m benchmarks.faults
	$(BIN)/python -m benchmarks.soak

grown-up: $(VENV)/test  ## PostgreSQL, Milvus, an embedder, an indexer and two replicas here, 100,000 articles in them, measured (needs the development data)
	$(LOOPBACK) $(BIN)/python -m benchmarks.grown_up $(GROWN_UP)

faults-grown-up: $(VENV)/test  ## the same, with Milvus and PostgreSQL stopped and generations swapped under load
	$(LOOPBACK) $(BIN)/python -m benchmarks.grown_up.faults $(GROWN_UP)

schemathesis: $(VENV)/test  ## 20,000 requests and more made from the API's document, asked of a real server (some minutes)
	$(BIN)/python -m benchmarks.contract

fuzz: $(VENV)/test  ## hostile and broken input for every reader of archives, half an hour of it
	$(BIN)/python -m benchmarks.fuzz

audit: $(VENV)/test  ## what bandit says of the code, and what is known of the pinned versions (asks the database of vulnerabilities)
	$(BIN)/python -m benchmarks.audit

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[embed]'
	@touch $@

$(VENV)/test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[embed,parquet,postgres,milvus,ray,test]'
	@touch $@ $(VENV)/demo

# The checkers of accessibility and of HTML, from npm; where npm is missing, the tests that need them say so.
AXE := axe-core@4.14.1
HTML_VALIDATE := html-validate@9.0.0
.tools/axe.min.js:
	@mkdir -p .tools
	@if command -v npm >/dev/null; then cd .tools && npm pack --silent $(AXE) >/dev/null && \
	  tar -xzf axe-core-*.tgz --strip-components=1 package/axe.min.js && rm axe-core-*.tgz && touch axe.min.js; \
	else echo "npm is missing, so the accessibility of pages is not checked"; fi

.tools/node_modules/.bin/html-validate:
	@mkdir -p .tools
	@if command -v npm >/dev/null; then npm install --silent --no-save --no-audit --no-fund --prefix .tools $(HTML_VALIDATE) && touch $@; \
	else echo "npm is missing, so the HTML of the boxes is not checked"; fi

constraints:  ## renew constraints.txt from what the extras bring today
	$(PYTHON) -m venv .venv-constraints
	.venv-constraints/bin/pip install --quiet 'torch<=2.13.0' --editable '.[embed,parquet,postgres,milvus,ray,test]'
	{ head -1 constraints.txt; .venv-constraints/bin/pip freeze --exclude-editable | sed 's/+cpu$$//'; } > constraints.new
	mv constraints.new constraints.txt
	rm -rf .venv-constraints

clean:  ## remove what was made here
	rm -rf $(VENV) alsoread-demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
