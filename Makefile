# Sportello: every command a developer needs. `make test` and `make demo` install what they need.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Most tests wait for real services: three at a time keep two cores busy.
TESTS_AT_ONCE ?= 3

.PHONY: model setup check test demo run bench rules faults fuzz vm theft cluster registry lock catch-up clean

setup: $(READY)
	@requirements/fetch-recordings

$(READY): requirements/test.txt requirements/board.txt requirements/peers.txt requirements/debian.txt
	@requirements/install-debian
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "setup: Python 3.11 or newer is needed")'
	@echo "setup: Python packages into $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/test.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/board.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/peers.txt
	@touch $(READY)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: setup
	@mkdir -p build
	$(BIN)/python -m tests.run -m "not slow" -n $(TESTS_AT_ONCE) --dist loadfile $(PYTEST_ARGS)

demo: setup
	$(BIN)/python -m tests.workbench.demo --into build/demo

run: setup
	$(BIN)/python -m tests.workbench.desk

bench: setup
	$(BIN)/python -m tests.benchmarks

rules: setup
	$(BIN)/python -m tests.rules

# Power, processes, network, disks and calendars fail: SEED=1 CUTS=10000; goes on where it was stopped.
faults: setup
	$(BIN)/python -m tests.faults --seed $(or $(SEED),1) --cuts $(or $(CUTS),10000)

fuzz: setup
	$(BIN)/python -m tests.fuzz $(FUZZ_ARGS)

# Clerks, citizens, stations and a failing network against a simple model: MODEL_ARGS="--steps 100000 --seed 1".
model: setup
	$(BIN)/python -m tests.counter_machine $(MODEL_ARGS)

# A station that was off for ninety days while keys, lists and its certificate changed.
catch-up: setup
	$(BIN)/python -m pytest -m "slow or not slow" tests/story/trust/test_ninety_days.py

# The disk of two used stations, every byte of it; needs root, for a loop device.
theft: setup
	$(BIN)/python -m tests.theft

vm: setup
	requirements/fetch-kernel
	$(BIN)/python -m pytest -m slow -s tests/vm

# Broker, database and hub as a cluster in network namespaces, killed piece by piece; needs root.
# CLUSTER_ARGS="--stations 6 --operations 1500".
cluster: setup
	$(BIN)/python -m tests.cluster $(CLUSTER_ARGS)

# The hub's own tests once more, with their registries on a PostgreSQL server.
registry: setup
	SPORTELLO_TEST_REGISTRY=postgresql $(BIN)/python -m pytest -q tests/unit/hub tests/unit/hub_home tests/unit/importing

# New pins: edits requirements/*.txt from requirements/*.in; needs uv (python -m pip install uv).
lock:
	uv pip compile --quiet --no-deps --generate-hashes --no-header --no-emit-index-url --python-version 3.11 \
		--python-platform linux --upgrade requirements/peers.in -o requirements/peers.txt
	for name in kiosk hub test; do \
		uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11 \
			--python-platform linux --upgrade requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

clean:
	rm -rf build
