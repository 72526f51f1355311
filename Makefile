# Everything runs in .venv; the only things needed beforehand are Python 3.11-3.13, make and git.
PYTHON ?= python3
# Matrices here are small: more threads than cores, of several processes, only wait for each other.
export OMP_NUM_THREADS ?= 1
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.evidenca-installed

.PHONY: help install index demo chat eval gate test lint format clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "Evidenca needs Python 3.11, 3.12 or 3.13; this is %d.%d. Set PYTHON=..." % sys.version_info[:2] or 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@

install: $(STAMP)  ## create .venv and install Evidenca with pinned versions

index: $(STAMP)  ## build the index of the article (a no-op when it is up to date)
	$(BIN)/evidenca ingest

demo: index  ## set up, index, and ask one question in each language
	@printf '\n$$ evidenca ask "Kako na mrežnico vpliva miR-146a?"\n\n'
	@$(BIN)/evidenca ask "Kako na mrežnico vpliva miR-146a?"
	@printf '\n$$ evidenca ask "Has any EV therapy been approved for use in humans?"\n\n'
	@$(BIN)/evidenca ask "Has any EV therapy been approved for use in humans?"

chat: index  ## open the chat page on http://127.0.0.1:7860
	$(BIN)/evidenca chat

eval: index  ## score the answers on the development part of the gold set, with a report in runs/
	$(BIN)/evidenca eval run --split dev

gate: index  ## score the whole gold set and compare with the baseline; fails when something got worse
	rm -rf runs/gate
	$(BIN)/evidenca eval run --id gate
	$(BIN)/evidenca eval compare baseline gate

lint: $(STAMP)  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)  ## let ruff format and mend the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: lint  ## everything CI runs: ruff, mypy, pytest
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

clean:  ## remove the environment (and the index, which lives in it)
	rm -rf $(VENV) build dist *.egg-info
