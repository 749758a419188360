# One command for each job; `make help` lists them. Works with GNU make 3.81 and any POSIX shell.
PYTHON ?= python3
PORT ?= 8000
BIN = .venv/bin
TEST_WORKERS ?= 2

.PHONY: help demo test check bench fuzz clean python packages packages-dev translations

help: ## list the commands
	@echo "make demo    run everything on http://127.0.0.1:8000 (PORT=8001 changes it); Ctrl-C stops it"
	@echo "make test    check style, types and import rules, run all tests (no Chromium: browser tests are skipped)"
	@echo "make check   the same, and Chromium must be there"
	@echo "make bench   measure speed beside other serving frameworks, and print it"
	@echo "make fuzz    try each scorer with 2,000 requests made from its own description"
	@echo "make clean   remove .venv, .state and what the tools keep"
	@echo "PYTHON=python3.12 chooses another Python (3.11 or newer)"

demo: packages
	@exec $(BIN)/python -m demo --port "$(PORT)"

test: packages-dev translations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) -m "not browser and not demo"
	@$(BIN)/python -m pytest -m "browser or demo"

check:
	@REQUIRE_BROWSER=1 $(MAKE) test

bench: packages-dev
	@$(BIN)/python -m bench.serving $(BENCH)

fuzz: packages-dev
	@$(BIN)/python -m tests.scoring.fuzzing.both

clean:
	@if [ -e .state/demo.lock ]; then $(PYTHON) -m demo.lock .state; fi
	@rm -rf .venv .state .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@find . -name '*.mo' -type f -exec rm -f {} +

python:
	@command -v "$(PYTHON)" > /dev/null 2>&1 || { echo "$(PYTHON) is not installed. Scoredeck needs Python 3.11 or newer." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Scoredeck needs Python 3.11 or newer; $(PYTHON) is `"$(PYTHON)" -V 2>&1`. Choose another: make demo PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null || { echo "$(PYTHON) comes without its venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

packages: python
	@"$(PYTHON)" demo/install.py requirements.txt

packages-dev: python
	@"$(PYTHON)" demo/install.py requirements-dev.txt

translations: packages-dev
	@$(BIN)/python -m demo.translations
