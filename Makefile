# make run · make test — the two that matter; make check | fuzz | bench | trace | build | lock complete the vocabulary.
# Nothing needs to be prepared by hand: every target sets up what it needs and skips what has not changed.
SHELL := /bin/bash
PYTHON ?= python3
PY := .venv/bin/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: env-example openapi authority run build test check fuzz format bench trace lock env env-dev programs clean

run: env
	@exec $(PY) -m jsrs_portal.launcher

build: env
	@$(PY) -m jsrs_portal.launcher build

env:
	@$(PYTHON) scripts/environment.py run

env-dev:
	@$(PYTHON) scripts/environment.py dev

programs: env-dev
	@$(PY) scripts/programs.py

test: programs
	@$(PY) scripts/suite.py $(ARGS)

check: env-dev
	@ruff format --check .
	@ruff check .
	@basedpyright
	@lint-imports
	@$(PY) scripts/check_migrations.py
	@$(PY) scripts/check_hosts.py
	@$(PY) scripts/typography.py --check
	@bandit -q -c pyproject.toml -r jsrs_portal scripts
	@$(PY) scripts/audit.py

fuzz: programs
	@$(PY) -m tests.fuzz

format: env-dev
	@$(PY) scripts/typography.py; ruff format . && ruff check --fix .

bench: programs
	@$(PY) -m bench

env-example: env-dev
	@$(PY) -m scripts.env_example

openapi: env-dev
	@$(PY) -m scripts.openapi

authority: env-dev
	@$(PY) -m scripts.authority

trace:
	@$(PY) scripts/trace.py $(REQ)

lock:
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml -o requirements/run.txt
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --extra dev pyproject.toml -o requirements/dev.txt

clean:
	rm -rf .web build/* var
