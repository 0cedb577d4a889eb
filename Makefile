# Everything goes into the project's folder: .tools (uv), .venv (Python), node_modules (widget).
# A fresh machine needs Python 3.11+, pip, make and Node 20+ with npm.

PYTHON ?= python3
UV := .tools/bin/uv
BIN := .venv/bin
STATIC := src/collabchat/static/js/embed-collab-chat.min.js
WIDGET_SOURCES := $(shell find widget -path widget/node_modules -prune -o -type f -print) package.json

.PHONY: help setup demo serve test chaos check audit widget bench docs lock clean

help: ## Show what there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: .venv/.done node_modules/.done widget ## Install all that is needed into this folder

demo: .venv/.run $(STATIC) ## Serve the demo site on http://127.0.0.1:8000/demo, or where ARGS="--port 8080" says
	$(BIN)/collabchat demo $(ARGS)

serve: .venv/.run $(STATIC) ## Serve for production; set COLLABCHAT_* or pass ARGS="--port 443 …"
	$(BIN)/collabchat serve $(ARGS)

test: check audit .tools/chromium ## Check everything, then run all tests
	npm test --silent
	CHROMIUM="$$(cat .tools/chromium)" $(BIN)/pytest $(ARGS)

chaos: setup ## Kill the server 300 times amid writes and a bad network; SEED=… for the same again
	CHAOS_KILLS=200 $(BIN)/pytest tests/faults/test_durability.py -k f19
	$(BIN)/python -m tests.faults.chaos $(SEED)

check: setup ## Format, lint, types, architecture, sizes, docs
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo > .tools/imports.log || { cat .tools/imports.log; exit 1; }
	$(BIN)/python docs/reference.py --check
	npm run --silent format:check > .tools/prettier.log || { cat .tools/prettier.log; exit 1; }
	npm run --silent lint
	npm run --silent types
	npm run --silent size

audit: setup ## Ask whether anything that is locked is known to be vulnerable
	$(BIN)/python -m tests.audit

widget: $(STATIC) ## Build the widget into the package

bench: setup ## Measure, by hand: frames, writes, and the fan-out beside rivals (an hour; ARGS=--quick: minutes)
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.fanout $(ARGS)

docs: setup .tools/chromium ## Write docs/reference and take the pictures anew
	$(BIN)/python docs/reference.py
	CHROMIUM="$$(cat .tools/chromium)" $(BIN)/python docs/pictures.py

lock: $(UV) ## Renew the lock files: newest versions, with hashes, without addresses
	$(UV) pip compile -q --universal --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 pyproject.toml -o requirements.lock
	$(UV) pip compile -q --universal --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	npm update --package-lock-only --omit-lockfile-registry-resolved

clean: ## Remove what make has made (not collabchat-data)
	rm -rf .venv .tools node_modules dist src/collabchat/static src/collabchat/live/*.so test-results docs/pictures/new

# -- how --------------------------------------------------------------------------------------------------------------

$(UV):
	$(PYTHON) -m venv .tools
	.tools/bin/pip install -q --disable-pip-version-check -r requirements-uv.lock

# The demo needs only the run-time packages; tests and checks need both.
.venv/.run: requirements.lock pyproject.toml hatch_build.py src/collabchat/live/sender.c | $(UV)
	test -d .venv || $(UV) venv -q --python $(PYTHON) .venv
	VIRTUAL_ENV=.venv $(UV) pip install -q --require-hashes -r requirements.lock
	VIRTUAL_ENV=.venv $(UV) pip install -q --no-deps -e .
	touch $@

.venv/.done: requirements-dev.lock .venv/.run
	VIRTUAL_ENV=.venv $(UV) pip install -q --require-hashes -r requirements-dev.lock
	touch $@

node_modules/.done: package.json package-lock.json
	npm ci --no-audit --no-fund --silent
	touch $@

$(STATIC): $(WIDGET_SOURCES) | node_modules/.done
	npm run --silent build
	touch $@

# The system's Chromium, else Debian's package, else Playwright's own download.
.tools/chromium: .venv/.done
	PLAYWRIGHT="$(BIN)/playwright" sh tests/find_chromium.sh > $@.tmp
	mv $@.tmp $@
