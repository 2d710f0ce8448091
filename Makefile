PYTHON ?= python3
BIN := .venv/bin
TESTS ?= tests

.PHONY: run test test-slow test-all lint bench clean

run: .venv/.run                          ## start the app on http://localhost:8501
	$(BIN)/python -m rnn_core serve

test: .venv/.test                        ## the tests that everybody runs; those with a browser need Chromium
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(TESTS)

test-slow: .venv/.test                   ## the exhaustive ones
	$(BIN)/python -m pytest -n 2 --dist loadfile -m slow $(TESTS)

test-all: test test-slow                 ## both

lint: .venv/.test                        ## style, and who may import what
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -q tests/test_rules.py -k "import"

bench: .venv/.test                       ## the measured claims, as tables (about half an hour)
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv .pytest_cache .ruff_cache

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.run: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/.test: tests/requirements.txt requirements-dask.txt requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	touch $@ .venv/.run
