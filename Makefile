# Every target prepares what it needs; the second time that takes no time.
.DEFAULT_GOAL := help
PYTHON_IN := .venv/bin/python
INPUTS := pyproject.toml packaging/setup.sh
JOBS ?= auto
ARGS ?=

.PHONY: help setup run test test-slow lint format types contracts screenshots bench lock package package-test package-bench sim clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | while IFS="$$(printf '\t')" read -r name text; \
	do printf '%-14s %s\n' "$$name" "$$text"; done

.venv/.ready-run: requirements.txt $(INPUTS)
	@sh packaging/setup.sh run

.venv/.ready-dev: requirements-dev.txt requirements.txt $(INPUTS)
	@sh packaging/setup.sh dev

setup: .venv/.ready-run ## prepare .venv with the program in it

run: setup ## open the demo clinic (ARGS="--profile clinic" for another one)
	@.venv/bin/myhealthally $(or $(ARGS),demo)

test: .venv/.ready-dev ## run the tests (ARGS="-k slots" for some of them)
	$(PYTHON_IN) -m pytest -n $(JOBS) --dist worksteal -m "not slow" $(ARGS)

test-slow: .venv/.ready-dev ## run the tests that take minutes
	$(PYTHON_IN) -m pytest -n $(JOBS) --dist worksteal -m slow $(ARGS)

lint: .venv/.ready-dev ## check style and formatting
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

format: .venv/.ready-dev ## put the formatting right
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

types: .venv/.ready-dev ## check types
	.venv/bin/mypy

contracts: .venv/.ready-dev ## check who may import whom
	.venv/bin/lint-imports --cache-dir .cache/import-linter

screenshots: .venv/.ready-dev ## draw every view, light and dark, into docs/screenshots
	QT_QPA_PLATFORM=offscreen $(PYTHON_IN) -m tests.screens $(ARGS)

sim: .venv/.ready-dev ## simulate bad days with workstations offline (SEED=7 COMMANDS=5000)
	$(PYTHON_IN) -m tests.sync --seed $(or $(SEED),1) --commands $(or $(COMMANDS),1000)

bench: .venv/.ready-dev ## measure on a large clinic
	$(PYTHON_IN) -m benchmarks $(ARGS)

lock: .venv/.ready-dev ## resolve the dependencies anew
	sh packaging/lock.sh

package: ## freeze the program into dist/ and make the .deb (minutes)
	sh packaging/build.sh

package-test: ## install the .deb into a clean system without network and try it out (as root)
	sh packaging/test_deb.sh

package-bench: ## measure how long the built program takes to start
	python3 packaging/measure.py

clean: ## remove what was built (the data of clinics stays)
	rm -rf .venv .cache build dist .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
