# Everything from nothing, with Python 3.11 or later and make alone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check format bench pictures words lock clean

run: $(VENV)/.installed
	@$(BIN)/planner demo

test: $(VENV)/.installed-dev check
	$(BIN)/pytest -n auto --dist loadgroup

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev
	$(BIN)/python -m tests.bench

pictures: $(VENV)/.installed-dev
	$(BIN)/python -m tests.pictures

# Collects the words of pages and mails, and lays new ones into each language's file to be translated.
words: $(VENV)/.installed-dev
	$(BIN)/pybabel --quiet extract --mapping-file pyproject.toml --keywords pgettext:1c,2 --add-comments Translators: \
	  --no-location --sort-output --project planner --output-file $(VENV)/messages.pot .
	$(BIN)/pybabel --quiet update --input-file $(VENV)/messages.pot --output-dir planner/locale --domain messages \
	  --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

# New versions of everything within pyproject.toml's bounds.
lock: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --group dev --constraint requirements.lock pyproject.toml --output-file requirements-dev.lock

$(VENV)/.installed: requirements.lock pyproject.toml
	@echo "Installing what the planner needs into $(VENV) (once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) pictures .pytest_cache .ruff_cache .mypy_cache
