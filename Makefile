# Needs make and Python 3.11, 3.12 or 3.13, nothing else. Start with `make demo`.

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	if $$python -c '$(SUPPORTED)' 2>/dev/null; then echo $$python; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
DEMO_MINUTES ?= 3

# The tested versions, also of what builds the package (newer pips read the second name).
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test check format bench build clean

help:
	@echo "make demo    install, read three lines, train the default recognizer, draw lines and read them (4 minutes)"
	@echo "make test    install and run the tests"
	@echo "make check   lint, formatting and types"
	@echo "make format  format the code"
	@echo "make bench   time kerasrec beside other systems"
	@echo "make build   the wheel and the source archive, into dist/"
	@echo "make clean   remove everything that these commands created, including the environment"

demo: $(VENV)/installed
	@rm -rf demo
	$(BIN)/kerasrec read handwriting docs/lines/*.jpg
	$(BIN)/kerasrec train --minutes $(DEMO_MINUTES) --out demo/run
	$(BIN)/kerasrec data preview --lines 3 --out demo/lines
	$(BIN)/kerasrec read demo/run demo/lines/*.png

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed
	$(BIN)/python -m benchmarks

build: $(VENV)/installed-dev
	@rm -rf dist
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) build dist demo .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing kerasrec and its dependencies into $(VENV) (once, takes a few minutes) ..."
	@$(BIN)/python -m pip install -qq --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "Installing the dependencies of the tests and checks ..."
	@$(BIN)/python -m pip install -qq --editable ".[dev,tune]"
	@touch $@

$(BIN)/python:
	@'$(PYTHON)' -c '$(SUPPORTED)' 2>/dev/null || { \
		echo "kerasrec needs Python 3.11, 3.12 or 3.13, but $(or $(PYTHON),python3) is $$('$(or $(PYTHON),python3)' --version 2>&1)." >&2; \
		echo "Install one of them, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@'$(PYTHON)' -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "Python could not make an environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
