# `make run` and `make test` are all that a newcomer needs; `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
FIXTURES := $(sort $(wildcard fixtures/*.yaml))

.DEFAULT_GOAL := help
.PHONY: help install run test lint load dump audit schema examples fuzz bench bench-data lock clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: $(BIN)/.local  ## what `make run` needs, PostgreSQL included

run: $(BIN)/.local  ## the archive on this machine: http://localhost:8000/ (or PORT)
	@exec $(MANAGE) run_archive

test: $(BIN)/.dev lint  ## lint, types, import contract, migrations and the whole suite
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile

lint: $(BIN)/.dev  ## what does not need a database
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(MANAGE) makemigrations --check --dry-run

load: $(BIN)/.local  ## load the fixtures; changes nothing where they are loaded already
	$(MANAGE) migrate --verbosity 0
	$(MANAGE) loaddata $(FIXTURES)

dump: $(BIN)/.local  ## write the archive back into fixtures/
	$(MANAGE) dump_archive

audit: $(BIN)/.local  ## what no constraint can say; fails where there is an error
	$(MANAGE) audit_archive

schema: $(BIN)/.local  ## renew the committed OpenAPI schema
	$(MANAGE) spectacular --validate --fail-on-warn --file docs/openapi.yaml

examples: $(BIN)/.dev  ## renew the answers that the schema shows as examples
	RENEW_EXAMPLES=yes $(BIN)/python -m pytest --quiet -k example tests/test_documents.py
	$(MAKE) schema

fuzz: $(BIN)/.dev  ## ask the API what nobody would ask, for minutes (FUZZ=5000 questions an address)
	FUZZ=$(or $(FUZZ),1000) $(BIN)/python -m pytest -m "" --quiet tests/api/test_fuzz.py

# The peers have an environment of their own, so that none of them comes near the archive's.
SIZE ?= full
bench:  ## how fast the archive answers, beside its peers (SIZE=small: a quick look)
	@$(MAKE) --silent --no-print-directory VENV=.venv-bench .venv-bench/bin/.bench
	.venv-bench/bin/python -m bench --size $(SIZE)

bench-data: $(BIN)/.local  ## how fast data sets come in and releases go out (SIZE=small: a quick look)
	$(BIN)/python -m bench.data --size $(SIZE)

# The virtual environment, as the lock files say, each package checked against its hash.
$(BIN)/python:
	@echo "• Making the virtual environment …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Casus needs Python 3.11 or later; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "The virtual environment could not be made, see above; if the venv module is missing, on Debian: apt-get install python3-venv"; exit 1; }

$(BIN)/.local $(BIN)/.dev $(BIN)/.bench: $(BIN)/.%: requirements/%.txt $(BIN)/python
	@echo "• Installing what $< pins …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $< || \
	  { echo "Installing failed; check the network and run the same command again."; exit 1; }
	@touch $@

lock:  ## pin the newest versions that pyproject.toml allows (needs uv)
	uv pip compile $(LOCK) -o requirements/base.txt
	uv pip compile $(LOCK) --group embedded -o requirements/local.txt
	uv pip compile $(LOCK) --group embedded --group test --group lint -o requirements/dev.txt
	uv pip compile $(LOCK) --group embedded --group bench -o requirements/bench.txt
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade pyproject.toml

clean:  ## remove the virtual environments and the embedded databases
	rm -rf $(VENV) .venv-bench .postgres .bench
