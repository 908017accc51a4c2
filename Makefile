# Two front doors: `make demo` sets up and runs the main job; `make test` sets up and passes the tests.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help setup demo test lint cover test-room wheel test-systemd test-crash test-promises soak test-equivalence latency throughput backlog bench bench-accuracy lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(VENV)/.ready ## create a virtual environment with the locked dependencies

$(VENV)/.ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "leakwatch needs Python 3.11 or newer; set PYTHON=..." >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "this Python lacks venv: on Debian, apt install python3-venv" >&2; exit 2; }
# --no-deps: the lock is complete, and pip's resolver may refuse it once a newer release exists
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q leakwatch detectors
	@touch $@

demo: setup ## run the daemon on made-up data and show the alerts as they arrive
	@$(BIN)/leakwatch demo

test: lint cover ## run everything CI runs: lint, types, layers, tests with the coverage gate

lint: setup ## check format, lint, types and import layers
	$(BIN)/ruff format --check leakwatch detectors tests benchmarks
	$(BIN)/ruff check leakwatch detectors tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

# worksteal keeps the tests of a file together, so that what they share is made once
JOBS ?= auto
PYTEST := -m pytest -q -n $(JOBS) --dist worksteal

cover: setup ## run the tests and check branch coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run $(PYTEST)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95

ROOM ?= detection
test-room: setup ## run the tests of one room: make test-room ROOM=readers
	$(BIN)/python $(PYTEST) tests/$(ROOM)

wheel: setup ## build dist/*.whl, what a host installs
	$(BIN)/python -m build --no-isolation --wheel --outdir dist .

test-systemd: wheel ## boot a real systemd (needs root, Debian) and test the unit in it
	tests/systemd/run.sh dist/*.whl

CRASH ?= --kills 20 --rate 5000
test-crash: setup ## kill -9 under load: nothing lost, nothing twice; CRASH="--kills 200 --rate 20000" is the full run
	cd tests && ../$(BIN)/python -m crash.run $(CRASH)
	cd tests && ../$(BIN)/python -m crash.run $(CRASH) --rotate copytruncate

SECONDS ?= 3600
soak: setup ## run the daemon under load for SECONDS (3600): nothing lost, memory, descriptors and WAL flat
	cd tests && ../$(BIN)/python -m soak.run --seconds $(SECONDS)

test-promises: setup ## run the long forms of the promises in PROMISES.md (about 10 min)
	LONG=1 HISTORIES=10000 $(BIN)/pytest -q tests/promises tests/files/test_tail_histories.py tests/daemon/test_canary_daemon.py --timeout 1200

EQUIVALENCE ?= --log-bytes 20000000 --csv-bytes 5000000 --odd-lines 100000
test-equivalence: setup ## compare our engine with plain Presidio on far more text than `make test` does (about 20 min)
	cd tests && ../$(BIN)/python -m support.equivalence $(EQUIVALENCE)

latency: setup ## measure line written → alert accepted, for 200 leaks one by one
	$(BIN)/python benchmarks/latency.py

bench-accuracy: setup ## measure precision and recall of every detector beside its peers (build/accuracy.md)
	cd benchmarks && ../$(BIN)/python -m accuracy

throughput: setup ## measure MB/s, start-up and memory beside plain Presidio, ripgrep and peers (build/speed.md)
	$(BIN)/python benchmarks/throughput.py $(THROUGHPUT)

BACKLOG ?= --bytes 2000000000
backlog: setup ## measure reading a backlog beside live logs; BACKLOG="--bytes 20000000000" is the full run
	$(BIN)/python benchmarks/backlog.py $(BACKLOG)

bench: throughput latency ## measure every figure of speed

lock: ## renew the lock files (needs the network)
	$(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet uv
	build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade pyproject.toml -o requirements.lock
	build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade --extra dev pyproject.toml -o requirements-dev.lock

clean: ## remove everything that was built
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
