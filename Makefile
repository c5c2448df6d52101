# What to do and how; `make help` lists the verbs.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: help setup demo test lint format bench models clean
help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: $(READY) ## make the environment in .venv

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("laionet needs Python 3.11 or newer; name one with  make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(READY)

demo: setup ## the whole job on a simulated web, with no download, into out/demo
	$(BIN)/laionet demo --out out/demo

test: setup ## run all tests
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: setup ## style, types, and which part may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## put the code into the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## measure speed and memory, side by side with what a user would run instead
	$(BIN)/python -m benchmarks

models: setup ## train the embedded models again: 20 minutes to an hour on two cores
	$(BIN)/python scripts/train_mini_web.py --draw
	OMP_NUM_THREADS=1 $(BIN)/python scripts/train_mini_web.py clip & \
	OMP_NUM_THREADS=1 $(BIN)/python scripts/train_mini_web.py resnet vit convnext beit; wait

clean: ## remove what the verbs above made
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache benchmarks/.work
