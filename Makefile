# make run: set up and serve. make test: set up what the tests need, and pass them.
# make check: format, lint, types, import contracts, data files.
SHELL := /bin/bash
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
UV := $(BIN)/uv
export PIP_DISABLE_PIP_VERSION_CHECK = 1
unexport PYTHONDONTWRITEBYTECODE # with it, each process of the tests would compile its imports anew

.PHONY: run setup model test test-long check setup-test test-alone sbom clean help

run: .venv/.done ## set up everything (what `setup` and `model` do) and serve the lab
	@$(BIN)/lab serve --prepare

setup: .venv/.done ## the shared part: virtual environment, fonts, tokenizer ranks
	@$(BIN)/lab setup

.venv/.done: pyproject.toml uv.lock
	@deploy/venv.sh "$(PYTHON)" "$(UV_VERSION)"
	@touch $@

model: setup ## fetch the weights of the embedded model (1.1 GB), resuming where it stopped
	@$(BIN)/lab model pull || echo "  -> Chạy tiếp bằng câu trả lời ghi sẵn / going on with recorded replies"

setup-test: setup ## Chromium, Tesseract with Vietnamese, and the small model that the tests use
	@deploy/test-setup.sh
	@$(BIN)/lab model pull --model qwen2.5-coder-0.5b

test: setup-test ## all tests but the long ones
	@$(BIN)/python -m pytest -n 2 -m "not long"

test-long: setup-test model ## the long tests too
	@$(BIN)/python -m pytest -n 2

check: setup ## format, lint, types, import contracts, data files
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/lab policy check
	@$(BIN)/lab policy eval --misses 0
	@$(BIN)/lab course check

test-alone: setup-test ## browser and acceptance tests where no other machine can be reached (root): attempts are counted
	@deploy/alone.sh $(BIN)/python -m pytest -n 2 tests/browser tests/acceptance

sbom: .venv/.done ## what the lab is made of, as CycloneDX, with licences (build/sbom.cdx.json)
	@$(BIN)/python deploy/sbom.py build

clean: ## remove what set-up made in this folder
	rm -rf .venv build .mypy_cache .ruff_cache .import_linter_cache

help:
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'
