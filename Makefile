# Two front doors: `make demo` sets everything up and runs the main job; `make test` sets everything up and passes the tests.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help setup demo test check lint cover wheel test-systemd test-crash test-promises soak test-equivalence latency throughput backlog bench bench-accuracy lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(VENV)/.ready ## an environment with the locked dependencies, byte-compiled

$(VENV)/.ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "leakwatch needs Python 3.11 or newer; set PYTHON=..." >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "this Python lacks venv: on Debian, apt install python3-venv" >&2; exit 2; }
# --no-deps: the lock is complete, and without it a release newer than the lock may make pip's resolver give up
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q leakwatch detectors
	@touch $@

demo: setup ## the whole main job on made-up data, nothing to configure
	@$(BIN)/leakwatch demo

test: check ## everything that must hold, as in CI

check: lint cover ## lint, types, layers, tests with the coverage gate, the wheel

lint: setup
	$(BIN)/ruff format --check leakwatch detectors tests benchmarks
	$(BIN)/ruff check leakwatch detectors tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

cover: setup
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95

wheel: setup ## dist/*.whl, what a host installs
	$(BIN)/python -m build --no-isolation --wheel --outdir dist .

test-systemd: wheel ## boots a real systemd (root, Debian) and tests the unit in it
	tests/systemd/run.sh dist/*.whl

CRASH ?= --kills 20 --rate 5000
test-crash: setup ## kill -9 under load, many times: nothing lost, nothing twice; CRASH="--kills 200 --rate 20000" is the whole promise
	cd tests && ../$(BIN)/python -m crash.run $(CRASH)
	cd tests && ../$(BIN)/python -m crash.run $(CRASH) --rotate copytruncate

SECONDS ?= 3600
soak: setup ## the daemon under load for an hour (SECONDS=3600): nothing lost, memory, descriptors and WAL flat
	cd tests && ../$(BIN)/python -m soak.run --seconds $(SECONDS)

test-promises: setup ## the long forms of the promises in PROMISES.md (about 10 min)
	LONG=1 HISTORIES=10000 $(BIN)/pytest -q tests/promises tests/files/test_tail_histories.py tests/daemon/test_canary_daemon.py --timeout 1200

EQUIVALENCE ?= --log-bytes 20000000 --csv-bytes 5000000 --odd-lines 100000
test-equivalence: setup ## our engine beside plain Presidio on much more text than `make test` has time for (about 20 min)
	cd tests && ../$(BIN)/python -m support.equivalence $(EQUIVALENCE)

latency: setup ## line written -> alert accepted, 200 leaks one by one
	$(BIN)/python benchmarks/latency.py

bench-accuracy: setup ## precision and recall of every detector, beside the peers that can be installed (build/accuracy.md)
	cd benchmarks && ../$(BIN)/python -m accuracy

throughput: setup ## text a second, beside plain Presidio, ripgrep and peers; start-up, memory, growth (build/speed.md)
	$(BIN)/python benchmarks/throughput.py $(THROUGHPUT)

BACKLOG ?= --bytes 2000000000
backlog: setup ## the daemon reads a backlog while logs are written; BACKLOG="--bytes 20000000000" is the whole form
	$(BIN)/python benchmarks/backlog.py $(BACKLOG)

bench: throughput latency ## every figure of speed, side by side

lock: ## renew the lock files (needs network)
	$(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet uv
	build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade pyproject.toml -o requirements.lock
	build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade --extra dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
