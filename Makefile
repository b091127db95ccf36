# Every command a person needs. `make run` and `make test` set up what they need themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
# Labelled real sentences to measure on, where a person has them; never needed.
REAL ?= $(wildcard ../shared/realworld/sentences.jsonl)

# Public inference data for the first stage of the pair model, where a person has it.
PUBLIC ?= $(wildcard ../shared/datasets)

.PHONY: run install dev test test-fast lint format bench evaluate train variants reference extension store lock clean

run: install
	$(BIN)/gunicorn -c server/web/gunicorn.conf.py -b 127.0.0.1:$(PORT) server.web.wsgi:app

install: $(VENV)/serve.stamp
	$(BIN)/python -m server.store.prepare

dev: $(VENV)/full.stamp
	$(BIN)/python -m server.store.prepare
	$(BIN)/flask --app server.web.wsgi:app run --debug --port $(PORT)

# The lean set: no PyTorch.
$(VENV)/serve.stamp: requirements-serve.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements-serve.txt
	touch $@

# The whole environment. PyTorch first, so that nothing draws in another build of it.
$(VENV)/full.stamp: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "$$(grep -m1 '^torch==' requirements.txt)"
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $(VENV)/serve.stamp $@

$(VENV)/browser.stamp: $(VENV)/full.stamp tests/install_browser.sh
	sh tests/install_browser.sh $(BIN)
	touch $@

extension/node_modules/.package-lock.json: extension/package-lock.json $(VENV)/full.stamp
	cd extension && PATH="$(abspath $(BIN)):$$PATH" npm ci --silent
	touch $@

test: $(VENV)/full.stamp $(VENV)/browser.stamp extension
	cd extension && PATH="$(abspath $(BIN)):$$PATH" npm test --silent
	$(BIN)/python -m pytest

test-fast: $(VENV)/full.stamp
	$(BIN)/python -m pytest -m "not slow" -n 2 -q

lint: $(VENV)/full.stamp extension/node_modules/.package-lock.json
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m server reference lint
	cd extension && PATH="$(abspath $(BIN)):$$PATH" npm run --silent check

format: $(VENV)/full.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

extension: extension/node_modules/.package-lock.json
	cd extension && PATH="$(abspath $(BIN)):$$PATH" npm run --silent build

reference: $(VENV)/full.stamp
	$(BIN)/python -m server reference build

train: $(VENV)/full.stamp
	$(BIN)/python -m models.train.encoder
	$(BIN)/python -m server reference build
	$(if $(PUBLIC),$(BIN)/python -m models.train.pairs $(PUBLIC))
	$(BIN)/python -m models.train.fit

# What the training is worth: pair models trained in other ways, for the card.
variants: $(VENV)/full.stamp
	$(BIN)/python -m models.evaluate.variants

evaluate: $(VENV)/full.stamp
	$(BIN)/python -m models.evaluate.report $(if $(REAL),--real $(REAL))

bench: $(VENV)/full.stamp $(VENV)/browser.stamp extension
	$(BIN)/python -m models.bench.bench
	$(BIN)/python -m models.bench.growth
	$(BIN)/python -m tests.e2e.bench

# The pictures of README and of the stores, and the stores' texts.
store: $(VENV)/full.stamp $(VENV)/browser.stamp extension
	$(BIN)/python -m tests.e2e.screenshot

# Pins what pyproject.toml chooses. A local PyTorch build is noted as the release it is.
LOCK := $(BIN)/pip-compile --quiet --strip-extras --no-header --no-emit-index-url --no-emit-find-links pyproject.toml
lock: $(VENV)/full.stamp
	$(LOCK) --output-file requirements-serve.txt
	$(LOCK) --all-extras --output-file requirements.txt
	sed -i 's/^\(torch==[0-9.]*\)+cpu/\1/' requirements.txt

clean:
	rm -rf $(VENV) dist extension/node_modules
