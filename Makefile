# `make report` writes the comparison report; `make test` proves the software right.
# Both make the virtual environment first when it is missing or out of date.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/installed

.PHONY: report test lint sample clean

report: $(STAMP)
	$(BIN)/difflab report --profile quick --out reports/quick

test: lint
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The committed sample: the quick profile, measured on the machine at hand.
sample: $(STAMP)
	$(BIN)/difflab report --profile quick --out reports/sample --fresh

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "difflab needs Python 3.11 or newer; '$(PYTHON)' is older."; \
	    echo "Name a newer one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[torch,test]'
	@touch $(STAMP)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
