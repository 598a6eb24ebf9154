# Every target sets up what it needs: a .venv with the versions of constraints.txt.
# After the first time nothing is fetched. Another interpreter: make test PYTHON=python3.13
PYTHON ?= python3
SIZE ?= small
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
EXTRAS := llm,excel,fast,postgres,sqlite,duckdb,delta,bench,dev
WORKERS ?= auto
FOR ?= 300

.PHONY: demo test test-slow lint bench fuzz docs clean
.DEFAULT_GOAL := test

# hatchling comes first so that the editable install needs no build environment of its own (and no network).
$(READY): pyproject.toml constraints.txt
	@test -x $(BIN)/python || { \
	  $(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Segmentry needs Python 3.11 or later; name one: make PYTHON=python3.11")' \
	  && $(PYTHON) -m venv $(VENV); }
	@$(BIN)/python -m pip install --quiet -c constraints.txt hatchling
	@$(BIN)/python -m pip install --quiet -c constraints.txt --no-build-isolation -e '.[$(EXTRAS)]'
	@touch $@

demo: $(READY)
	@rm -rf demo
	@$(BIN)/segmentry demo demo

test: $(READY)
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup -m "not slow"

test-slow: $(READY)
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup -m slow

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pyright
	@$(BIN)/lint-imports

bench: $(READY)
	@$(BIN)/python -m bench --size $(SIZE)

# With fresh seeds, for so many seconds: the engine against a naive interpreter on random rules and data, damaged
# data files and workspaces, and disks that fail. One part alone: python -m tests.fuzz files 300.
fuzz: $(READY)
	@$(BIN)/python -m tests.fuzz $(FOR)

docs: $(READY)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

clean:
	rm -rf build dist site demo .bench .editor .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
