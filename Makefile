# `make` lists what can be made; `.venv` is set up where it is needed and again when a version changes.
#
# PYTHON       the interpreter that .venv is made from (python3)
# TORCH_INDEX  one more package index to install from. The index of CPU wheels that PyTorch publishes
#              spares a machine without a GPU several gigabytes of CUDA: make test TORCH_INDEX=...
# JOBS         how many processes run the tests (one for each core: with more, calls reach their limits on a slow machine)

PYTHON ?= python3
TORCH_INDEX ?=
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Images of Python set it, and then each of the processes that tests start compiles the whole harness again.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
STAMP := .venv/.setup-stamp
PYTEST := $(BIN)/pytest --numprocesses $(JOBS) --dist worksteal
PIP := $(BIN)/python -m pip --disable-pip-version-check
NO_BROWSER := browser tests: not run, chromium is not on PATH (Debian: apt-get install chromium)

.PHONY: help
help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: $(STAMP) ## Grade every sample submission and write their reports: about three minutes
	@$(BIN)/grade demo
	@echo 'to type grade from here on: . $(BIN)/activate'

.PHONY: test
test: $(STAMP) browser ## Run the harness's own tests: about twelve minutes on two cores
	@if command -v chromium >/dev/null; then $(PYTEST); else $(PYTEST) -m 'not browser' && echo '$(NO_BROWSER)'; fi

.PHONY: test-pythons
test-pythons: $(STAMP) ## Run the tests under every Python from 3.11 on that is here
	@TORCH_INDEX='$(TORCH_INDEX)' $(BIN)/python -m tests.pythons

.PHONY: check
check: lint types test assignments ## Run what CI runs: lint, types, tests, grade lint

.PHONY: data
data: $(STAMP) ## Give cifar made-up images, or CIFAR-10's own: make data CIFAR10=FOLDER
	@$(BIN)/python reference/cifar/install_data.py $(if $(CIFAR10),'$(CIFAR10)')

.PHONY: docs
docs: $(STAMP) ## Build the documentation as a site that needs no network: dist/docs/index.html
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --config-file docs/site/mkdocs.yml
	@echo 'dist/docs/index.html'

.PHONY: bench
bench: $(STAMP) ## Measure: cost per submission, the floors, cold start, growth
	@for script in $(filter-out benchmarks/beside_peers.py,$(wildcard benchmarks/*.py)); do \
	  echo "== $$script"; $(BIN)/python "$$script"; \
	done

.PHONY: bench-peers
bench-peers: $(STAMP) ## Install five other autograders (5 GB) and measure them beside grade
	@$(BIN)/python benchmarks/peers/install.py --index '$(TORCH_INDEX)'
	@$(BIN)/python benchmarks/beside_peers.py

.PHONY: hostile
hostile: $(STAMP) ## Run only the submissions that cheat, hang, exit and print
	@$(BIN)/python -m tests.hostile

.PHONY: fuzz
fuzz: $(STAMP) ## Fuzz what reads strangers' bytes, ten minutes (SECONDS=60 for one)
	@$(PIP) install -qq --constraint constraints.txt atheris
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),600)

.PHONY: image
image: ## Build the container image from nothing: engine, base, wheels
	@PYTHON='$(PYTHON)' TORCH_INDEX='$(TORCH_INDEX)' image/build.sh

.PHONY: image-test
image-test: ## Run the image that was built, and attack it
	@PYTHON='$(PYTHON)' image/test.sh

.PHONY: clean
clean: ## Remove the environment, caches and build products; results in .grade stay
	rm -rf .venv .pythons benchmarks/peers/.environments build dist demo-report .hypothesis .mypy_cache .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +

.PHONY: lint
lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache --no-logo

.PHONY: types
types: $(STAMP)
	@$(BIN)/mypy
	@for solution in reference/*/solution; do \
	  (cd "$$solution" && $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml \
    --cache-dir "$(CURDIR)/.mypy_cache/$$solution" --explicit-package-bases .); \
	done

.PHONY: assignments
assignments: $(STAMP)
	@$(BIN)/grade lint

# A machine that can install Chromium gets one; elsewhere `test` says in one line what was not run.
.PHONY: browser
browser:
	@if ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && [ -e /etc/debian_version ]; then \
	  echo 'installing chromium for the browser tests'; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  { apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium; } >/dev/null || true; \
	fi

# The last package is this project itself, editable: `grade` runs what is being edited. pip compiles on one core, and
# the packages' own tests as well; what does not compile is for another Python.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo '$(PYTHON) is missing or older than 3.11: install Python 3.11 or newer, or name one with PYTHON=' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo '$(PYTHON) cannot make environments: install its venv module (Debian: apt-get install python3-venv)' >&2; exit 1; }
	@echo 'setting up .venv: once, a minute or more'
	@$(PYTHON) -m venv .venv
	@$(PIP) install -qq --no-compile --constraint constraints.txt \
	  $(if $(TORCH_INDEX),--extra-index-url '$(TORCH_INDEX)') --editable '.[dev]'
	@$(BIN)/python -m compileall -qq -j 0 -x '/tests?/' .venv/lib || true
	@touch $@
