# Article 34. A machine with Python 3.11 or newer and make needs nothing else: the first target that
# needs it sets up .venv once, from pyproject.toml and constraints.txt. `make help` lists the targets.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The Python that makes .venv: 3.13, on which the container runs too, else python3, else another that is new enough.
# One that can install packages comes first. Name another: make run PYTHON=...
PYTHON ?= $(shell for module in pip ensurepip sys; do for python in python3.13 python3 python3.14 python3.12 python3.11; do \
	"$$python" -c "import sys, $$module; sys.exit(sys.version_info < (3, 11))" 2>/dev/null && echo "$$python" && exit; \
	done; done)
BIN := .venv/bin
PARTS := xlsform analysis postgres sso s3 metrics semantic redis pictures dask
comma := ,
EXTRAS := .[$(subst $() ,$(comma),$(PARTS))]
# Tests are compiled once, also where the environment says to compile them in every process of every run.
export PYTHONDONTWRITEBYTECODE :=
# What runs the tests: `.ci/run` names a script that runs once more, alone, what failed.
RUN_TESTS ?= pytest -n auto --dist worksteal

.PHONY: help
help: ## list these targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1|/' | \
	while IFS='|' read -r target text; do printf '  make %-14s %s\n' "$$target" "$$text"; done

.PHONY: run
run: .venv/installed ## set up, and serve the tool with demonstration data
	@$(BIN)/compliance serve --demo $(ARGS)

.PHONY: extras
extras: .venv/installed ## install the optional packages: for ODK forms, data frames, benchmark --why, PostgreSQL, single sign-on, S3, Prometheus, Redis, Dask, meaning, PNG
	@$(call install,-c constraints.txt -e '$(EXTRAS)')

.PHONY: test
test: .venv/installed-dev ## run the tests, with few random cases; one folder: make test ARGS=tests/scoring
	@$(BIN)/python -m $(RUN_TESTS) $(ARGS)

.PHONY: check
check: lint test ## every check, then the tests: what has to pass before a change is merged

.PHONY: release-check
release-check: .venv/installed-dev ## before a release: check that catalogues match the sources and everything is translated
	@$(BIN)/python -m pytest -m release $(ARGS)

.PHONY: lint
lint: .venv/installed-dev ## the checks without the tests: style, types, templates, imports between rooms
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: .venv/installed-dev ## fix and format the Python files with Ruff
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: catalogues
catalogues: .venv/installed-dev ## update the message catalogue of every language from the sources
	@$(BIN)/python -m compliance.languages.sources

.PHONY: pictures
pictures: .venv/installed-dev ## make the pictures of the README anew, in Chromium
	@$(BIN)/python -m tests.support.pictures

.PHONY: faults
faults: .venv/installed-dev ## let things fail, one after the other, and write what came of it into OPERATING.md
	@$(BIN)/python -m tests.support.fault_table

.PHONY: bench
bench: .venv/installed-dev ## measure speed and memory, as ratios within one run
	@set -e; for script in tests/benchmarks/[a-z]*.py; do \
		echo "── $$script"; $(BIN)/python -m "tests.benchmarks.$$(basename "$$script" .py)"; done

.PHONY: soak
soak: .venv/installed-dev ## for hours: ten times the random cases of CI, drawn anew, and 200 attacks on published figures
	@ARTICLE34_EXAMPLES=10 $(BIN)/python -m pytest -s tests/narrative/test_sector_sentences.py
	@$(BIN)/python -m tests.benchmarks.disclosure_sweep 200 1
	@ARTICLE34_EXAMPLES=10 $(BIN)/python -m pytest -n auto --dist worksteal --timeout 14400 --durations 20 $(ARGS)

# Outside `make check`: thousands of changes, each against the tests that reach it, take hours.
.PHONY: mutants
mutants: .venv/installed-dev ## mutation tests, for hours: change the arithmetic place by place, and list what no test notices
	@$(call install,-c constraints.txt -e '.[mutation]')
	@ARTICLE34_EXAMPLES=0.03 $(BIN)/mutmut run $(ARGS)
	@$(BIN)/mutmut results

.PHONY: lock
lock: .venv/installed-dev ## lock the newest versions that pyproject.toml allows, in constraints.txt
	@$(call install,uv)
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra mutation --universal --python-version 3.11 --upgrade \
		--no-header --no-annotate --quiet --output-file constraints.txt

.PHONY: sbom
sbom: .venv/installed-dev ## write the bill of materials: every locked package with its digests, as CycloneDX, article34.cdx.json
	@$(call install,uv)
	@set -e; $(digested); \
	PYTHONWARNINGS=ignore $(BIN)/uv tool run --quiet --from cyclonedx-bom cyclonedx-py requirements \
		--pyproject pyproject.toml --output-format JSON --output-file article34.cdx.json "$$folder/locked.txt"
	@echo "article34.cdx.json: $$(grep -c '"purl"' article34.cdx.json) packages"

# Outside `make check`: it asks a service elsewhere, whose answer changes while nothing changes here.
.PHONY: audit-packages
audit-packages: .venv/installed ## compare the locked packages with known flaws at osv.dev; those of an installation: INSTALLED=ITS/site-packages
	@$(call install,uv)
	@set -e; $(digested); \
	$(BIN)/python -m tests.support.package_audit $(BIN)/uv tool run --quiet pip-audit --vulnerability-service osv \
		--format json --progress-spinner off \
		$(if $(INSTALLED),--path "$(INSTALLED)",--requirement "$$folder/locked.txt" --disable-pip) $(ARGS)

# In a folder of its own that goes away: the same packages as the lock, each with the digests of its files.
define digested
folder=$$(mktemp -d); trap 'rm -r "$$folder"' EXIT; \
	$(BIN)/uv pip compile pyproject.toml $(patsubst %,--extra %,$(PARTS)) --constraint constraints.txt --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --output-file "$$folder/locked.txt"
endef

# Packages into .venv: with the pip of this machine's Python, else with the pip that Python carries,
# else with uv. Debian leaves the second out of python3, and other images the first. Modules are compiled when they are
# first imported: compiling all of them would take twice as long as installing them, and few are ever imported.
define install
if $(PYTHON) -m pip --python $(BIN)/python --version >/dev/null 2>&1; then \
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --no-compile $(1); \
elif $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null 2>&1; then \
	$(BIN)/python -m pip install --quiet --no-compile $(1); \
elif command -v uv >/dev/null 2>&1; then \
	uv pip install --quiet --python $(BIN)/python $(1); \
else \
	echo "This Python can install no packages: it has neither pip nor ensurepip, and there is no uv."; \
	echo "On Debian or Ubuntu: apt-get install python3-pip (or python3-venv). Then run make again."; \
	exit 1; \
fi
endef

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Article 34 needs Python 3.11 or newer; this machine has none on its PATH."; exit 1; }
	@$(PYTHON) -m venv --without-pip .venv

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Setting up .venv with $$($(BIN)/python --version): once, a minute or less ..."
	@$(call install,-c constraints.txt -e .)
	@touch $@

.venv/installed-dev: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Setting up .venv for the tests with $$($(BIN)/python --version): once, a minute or two ..."
	@$(call install,-c constraints.txt -e '.[dev]')
	@touch .venv/installed $@
