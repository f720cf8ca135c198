# Two commands do everything on a fresh Debian 12 with python3, python3-venv and make: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PLUGINS := $(sort $(wildcard plugins/*/pyproject.toml))
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install run test lint types layers unit services bench dashboards lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## create .venv and install the core and all plugins into it

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). On Debian: sudo apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "datashare-monitor needs Python 3.11 or newer; $(PYTHON) is older. Name another one: make install PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "No virtual environment could be made. On Debian: sudo apt-get install python3-venv"; rm -rf $(VENV); exit 1; }

$(INSTALLED): $(BIN)/python pyproject.toml requirements.lock $(PLUGINS)
	@echo "Installing $$(grep -c == requirements.lock) packages into $(VENV): about a minute, only this once …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock || { echo "The packages could not be installed. Without a way to the package index, name a mirror: PIP_INDEX_URL=https://… make install"; exit 1; }
	@echo "Installing the monitor and its plugins …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . $(addprefix -e ./,$(patsubst %/pyproject.toml,%,$(PLUGINS)))
	@touch $@

run: $(INSTALLED) ## watch a small demonstration country on this machine; needs no server
	@$(BIN)/datashare-monitor demo --watch

test: $(INSTALLED) ## lint, types, layers and all tests
	@$(MAKE) --no-print-directory --jobs=2 --output-sync lint types layers
	@$(MAKE) --no-print-directory unit

lint: $(INSTALLED)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/codespell

types: $(INSTALLED)
	@$(BIN)/mypy
	@$(BIN)/mypy $(wildcard plugins/*/datashare_monitor_*)

layers: $(INSTALLED)
	@$(BIN)/lint-imports

unit: $(INSTALLED)
	@$(BIN)/pytest --numprocesses=logical --maxprocesses=8 --dist=loadfile --no-loadscope-reorder $(PYTEST_ARGS)

services: ## install, as root, the Debian packages whose servers the tests start
	@deploy/services.sh

bench: $(INSTALLED) ## measure the figures; writes tests/benchmarks/RESULTS.md
	@$(BIN)/python -m tests.benchmarks

dashboards: $(INSTALLED) ## write the dashboards of Grafana anew from dashboards/boards
	@$(BIN)/python -m dashboards.build

lock: ## renew requirements.lock from requirements.in (needs uv)
	@uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade -q requirements.in -o requirements.lock

clean: ## remove the virtual environment and all caches
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
