# Two commands do everything on a fresh machine: `make demo` and `make test`. Both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
OUT := demo/out
# More than there are processors: a test that waits for a child, a browser or a deadline leaves room for another.
WORKERS = $(shell $(BIN)/python -c 'import os; print(3 * len(os.sched_getaffinity(0)) // 2)')

.PHONY: demo test collect check dist bench soak gpu clean

demo: $(VENV)/.grade
	@rm -rf $(OUT)
	$(BIN)/d2l-grade run demo/class -o $(OUT) --seed 5
	@echo "Open $(OUT)/report.html in a browser; what a student gets is in $(OUT)/feedback/."

test: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m "not soak"

# Whether workers that collect apart find the same tests.
collect: $(VENV)/.dev
	$(BIN)/python -m tests.collected

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The wheel carries the student's kit of the built-in course; it never carries solutions.
dist: $(VENV)/.dist
	$(BIN)/python -m grader.kits.built_in grader/data
	$(BIN)/python -m build --outdir dist .

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/cold_check.py
	$(BIN)/python benchmarks/key.py
	$(BIN)/python benchmarks/sandbox.py

soak: $(VENV)/.dev
	$(BIN)/d2l-grade doctor --seeds 20
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m soak

# Everything that needs a graphics card: on a machine that has one, with a torch built for CUDA.
gpu: $(VENV)/.dev
	$(PIP) install -q -c constraints.txt -e '.[gpu]'
	$(BIN)/python -m pytest -q -m cuda
	$(BIN)/python benchmarks/devices.py --device cuda

clean:
	rm -rf $(VENV) build dist $(OUT) .cache grader/data

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing. Install it: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11. Name a newer one: make PYTHON=python3.11 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "venv is missing. Install it: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.grade: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install -q -c constraints.txt -e '.[grade]'
	@touch $@

$(VENV)/.dist: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install -q -c constraints.txt -e '.[dist]'
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install -q -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.grade $(VENV)/.dist
