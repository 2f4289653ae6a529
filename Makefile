# Every command of the project. `make` alone lists them; CI runs the same ones.
#
#   make run PORT=9000            HOST, PORT and DATABASE_URL are read by the program itself
#   make test ARGS="-k seed -x"   ARGS go to pytest
#   make bar-kill9                one suite of the bar, in its full round
#   make setup PYTHON=python3.13  the Python that .venv is made with

PYTHON ?= python3
VENV ?= .venv
# One more than the machine has cores, up to 4: tests wait for clocks, lines and browsers a third of their time.
PROCESSES ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -lt 4 ] && echo $$((n + 1)) || echo 4)
BIN := $(VENV)/bin
LANGUAGES := ru kk

PO = locale/$(1)/LC_MESSAGES/derek.po
POT := $(VENV)/messages.pot

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run setup test bar bench mutants check format messages seed sbom screenshots lock
MAKEFLAGS += --no-print-directory
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Some machines forbid byte code. Every process would compile all that it imports anew, and tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

help:
	@echo "Commands of Derek:"
	@awk '/^## / { said = substr($$0, 4); next } \
	  said && /^[a-z]+:/ { printf "  make %-10s %s\n", substr($$1, 1, length($$1) - 1), said } { said = "" }' Makefile

## serve the site on http://127.0.0.1:8000
run: $(VENV)/.runtime
	@exec $(BIN)/derek serve

## install everything that development needs into .venv
setup: $(VENV)/.development

## run all tests
test: setup
	@$(BIN)/python -m pytest --numprocesses=$(PROCESSES) --dist=loadfile $(ARGS)

## run what the record has to survive in full rounds, and print what was lost (half an hour)
bar: setup
	@BAR=full $(BIN)/python -m pytest -m bar --numprocesses=$(PROCESSES) $(ARGS)

bar-%: setup
	@BAR=full $(BIN)/python -m pytest -m "bar(suite='$*')" $(ARGS)

## measure the site beside a server that sends constant bytes, and print the ratios (needs wrk)
bench: setup
	@$(BIN)/python -m bench.run $(ARGS)

## change the code of loading, rules, disagreements and exports in thousands of ways, and print which no test noticed (hours)
mutants: setup
	@$(INSTALL) mutmut
	@$(BIN)/mutmut run $(ARGS); $(BIN)/mutmut results

## check format, code, types, layers and templates
check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --lint --quiet templates

## put code into the common form, and mend what can be mended
format: setup
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

## bring locale/ up to date with the sentences of code and templates
messages: setup
	@$(extract)
	@for language in $(LANGUAGES); do $(update) && $(trim) || exit 1; done

## check the dataset in seed/
seed: $(VENV)/.runtime
	@$(BIN)/derek check

## print what a release of the program is made of, as CycloneDX (JSON)
sbom: setup
	@$(BIN)/python locks/sbom.py

## take the pictures of the README from the running site
screenshots: setup
	@$(BIN)/python docs/screenshots.py

## choose new versions of all dependencies within the bounds of pyproject.toml, and write them to locks/
lock: setup
	@$(INSTALL) uv
	@$(compile) pyproject.toml --extra postgres --output-file locks/runtime.txt
	@$(compile) pyproject.toml --extra postgres --extra dev --constraint locks/runtime.txt --output-file locks/dev.txt
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
	  | $(compile) - --output-file locks/build.txt

# One lock serves every supported system and Python: a line that is for some of them only says so.
compile = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
  --no-annotate --custom-compile-command "make lock"

# Sentences are listed by file, without line numbers, so that moving code changes no catalogue. A reworded sentence
# is a new one: a translation guessed from the old one would be published unread.
extract = $(BIN)/pybabel --quiet extract --mapping-file=pyproject.toml --add-location=file --sort-by-file \
  --add-comments=Translators: --no-wrap --project=Derek --version=0.1 --copyright-holder="Derek contributors" \
  --output-file=$(POT) .
update = $(BIN)/pybabel --quiet update --locale=$$language --input-file=$(POT) \
  --output-file=$(call PO,$$language) --no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date

# Who wrote a catalogue when, and with what, is git's to know: such lines would change with every tool.
trim = sed -i -E '/^"(Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By):/d' \
  $(call PO,$$language) && sed -i -e :a -e '/^\n*$$/{$$d;N;ba' -e '}' $(call PO,$$language)

# `make run` needs about a third of what development does, so a first look at the site installs only that. Byte code
# is left to be written at the first start: writing all of it here would take longer than the rest of the install.
INSTALL := $(BIN)/python -m pip install --quiet --no-compile

$(VENV)/.runtime: pyproject.toml hatch_build.py locks/runtime.txt
	@$(if $(HEALTHY),,$(new-venv))
	@echo "Installing Derek into $(VENV) (once)..."
	@$(INSTALL) --require-hashes --requirement locks/runtime.txt
	@$(INSTALL) --no-deps --editable .
	@test -e static/vendor/plotly-basic.min.js || echo "Note: npm's registry was out of reach, so pages send Plotly's full bundle."
	@touch $@

$(VENV)/.development: $(VENV)/.runtime locks/dev.txt
	@echo "Installing the tools of development (once)..."
	@$(INSTALL) --require-hashes --requirement locks/dev.txt
	@touch $@

# A .venv whose Python has gone, or was never finished, is made anew.
HEALTHY := $(shell $(BIN)/python -c 'import pip' 2>/dev/null && echo yes)
ifneq ($(HEALTHY),yes)
.PHONY: $(VENV)/.runtime $(VENV)/.development
endif

define new-venv
if ! command -v $(PYTHON) >/dev/null; then \
  echo "There is no $(PYTHON). Derek needs Python 3.11 or newer; on Debian: apt install python3 python3-venv" >&2; exit 1; \
fi; \
if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
  echo "Derek needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
  echo "Name another one: make $(firstword $(MAKECMDGOALS)) PYTHON=python3.13" >&2; exit 1; \
fi; \
if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
  echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
fi; \
$(PYTHON) -m venv --clear $(VENV)
endef
