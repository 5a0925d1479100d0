# Steelyard: every task behind one word. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.core-installed
DEV := $(VENV)/.dev-installed
SPARK := $(VENV)/.spark-installed
STUDY := examples/support-assistant/study.yaml
OUT ?= support-assistant-decision

.DEFAULT_GOAL := help
.PHONY: help demo test test-all lint types layers golden gallery bench backtest build clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) scripts/make_venv.py $(VENV)

$(CORE): requirements/core.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the lock names (about 400 MB once installed) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/core.txt
	@$(BIN)/python scripts/link_package.py
	@touch $@

$(DEV): requirements/dev.txt $(CORE)
	@echo "Installing the tools of the test suite ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(SPARK): requirements/spark.txt $(DEV)
	@echo "Installing Spark for the tests that run the profile query in it (about 500 MB once installed) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/spark.txt
	@touch $@

demo: $(CORE) ## decide the example, from a synthesised log to a report
	@echo "Reading the catalogue of facts (compiled on first use) ..."
	@$(BIN)/python scripts/make_demo_log.py examples/support-assistant/usage
	@$(BIN)/python -m steelyard decide $(STUDY) --out $(OUT) --force

test: $(DEV) ## unit, law, reference, contract, fact and golden tests; at most 5 minutes
	@$(BIN)/python -m pytest -q -n 2 -m "not slow and not browser and not office and not bench"

test-all: $(SPARK) ## the same, with browser, LibreOffice, Spark and long fuzzing
	@HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -q -n 2 -m "not bench"

lint: $(DEV) ## ruff, code and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(DEV) ## pyright, strict for src
	@$(BIN)/pyright

layers: $(DEV) ## imports point down
	@$(BIN)/lint-imports

golden: $(DEV) ## write the golden results anew; read the diff
	@STEELYARD_GOLDEN=write $(BIN)/python -m pytest -q tests/golden

gallery: $(DEV) ## rebuild docs/gallery from the demo
	@$(BIN)/python scripts/make_demo_log.py examples/support-assistant/usage
	@$(BIN)/python scripts/build_gallery.py

bench: $(DEV) ## benchmarks; long
	@$(BIN)/python -m pytest -q -m bench tests/benchmarks

backtest: $(CORE) ## decide published cases as of their day, write docs/backtest.md
	@$(BIN)/python scripts/backtest.py

build: $(DEV) ## generated files: schemas and reference pages
	@$(BIN)/python scripts/build_generated.py
	@$(BIN)/python scripts/build_facts_reference.py

clean: ## remove what the targets above made
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .benchmarks examples/support-assistant/usage $(OUT) .import_linter_cache
