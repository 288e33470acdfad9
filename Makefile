# Two commands do all set-up by themselves: `make run` and `make test`. `make` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell command -v python3.11 || echo python3)
UV ?= uv
VENV := .venv
PY := $(VENV)/bin/python
PACKAGES := chatstream agents tables web schemas infra
TESTS ?=

# Removes .whole, lays .venv anew where .whole was missing (a half-made one), installs, marks it.
# $(1): the lock; $(2): what it is for.
define install
@if [ ! -e $(VENV)/.whole ] || ! $(PY) -c ''; then \
	echo "laying $(VENV) with $$($(PYTHON) --version)"; \
	$(PYTHON) -m venv --clear $(VENV); \
fi
@echo "installing the packages of $(1) ($(2))"
@rm -f $(VENV)/.whole
@$(PY) -m pip install --disable-pip-version-check --no-input --require-hashes -r $(1)
@touch $(VENV)/.whole $@
endef

.PHONY: help
help: ## this list
	@echo "ChatStream. First time? make run"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: setup ## start everything; PORT=8080, BROKERS=3, TLS=1, MONITOR=1, CDC=1, TOGETHER=1, CHAT=2 FRONT=2 STATS=2 for more workers; Ctrl-C stops
	@exec $(PY) -m chatstream run

.PHONY: test
test: setup-test ## lint, types, import contracts and the tests; TESTS="tests/unit -k seq" narrows
ifdef TESTS
	@$(MAKE) lint
	@exec $(PY) -m pytest $(TESTS)
else
	@exec $(PY) -m tests.run
endif

.PHONY: test-operate
test-operate: debian-operate setup-test ## the tests that start, stop and lose servers of their own
ifdef TESTS
	@exec $(PY) -m pytest -m "operate and not soak" $(TESTS)
else
	@exec $(PY) -m tests.run.operate
endif

.PHONY: compose-test
compose-test: setup-test ## build, start and hurt the containers; as root, with a container engine of its own
	@exec $(PY) -m pytest -m compose -o log_cli=true --log-cli-level=INFO tests/compose $(TESTS)

.PHONY: doctor
doctor: $(VENV)/.run ## what is on this machine, what is missing, and the fix
	@exec $(PY) -m chatstream doctor

.PHONY: stop
stop: $(VENV)/.run ## stop what `make run` started in this clone
	@exec $(PY) -m chatstream stop

.PHONY: restart
restart: setup ## replace every process while it serves: a new version; SERVICES="chat front" for some
	@exec $(PY) -m chatstream restart $(SERVICES)

.PHONY: clean-data
clean-data: $(VENV)/.run ## forget all data of this clone (asks first)
	@exec $(PY) -m chatstream clean-data

.PHONY: demo
demo: setup ## two users chat, shown in the terminal
	@exec $(PY) -m chatstream demo

.PHONY: bench
bench: debian-bench setup-test ## measure rates and latencies; writes docs/benchmarks.md
	@exec $(PY) -m tests.bench

.PHONY: soak
soak: setup-test ## 20,000 messages under all faults; counts under twenty kills; each scene of the bench; any bytes
	@exec $(PY) -m pytest -m soak -o log_cli=true --log-cli-level=INFO $(TESTS)

.PHONY: lint
lint: $(VENV)/.dev ## style, types, import contracts
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy $(PACKAGES) tests
	@$(VENV)/bin/lint-imports

.PHONY: lock
lock: ## pin every Python and npm package anew (needs uv)
	@$(UV) pip compile -q --generate-hashes --python-version 3.11 --no-header --no-annotate \
		requirements.in -o requirements.lock
	@$(UV) pip compile -q --generate-hashes --python-version 3.11 --no-header --no-annotate \
		-c requirements.lock requirements-dev.in -o requirements-dev.lock
	@npm install --package-lock-only --ignore-scripts --no-audit --no-fund

.PHONY: setup
setup: debian-run $(VENV)/.run assets ## only set up, start nothing

.PHONY: setup-test
setup-test: debian-test $(VENV)/.dev assets

.PHONY: debian-run debian-test debian-operate debian-bench
debian-run debian-test debian-operate debian-bench: debian-%:
	@command -v $(PYTHON) >/dev/null || { echo "python3 is missing: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) infra/embedded/debian.py $*

.PHONY: assets
assets:
	@$(PY) -m infra.embedded.assets

$(VENV)/.run: requirements.lock
	$(call install,$<,to run)

$(VENV)/.dev: requirements-dev.lock
	$(call install,$<,to run and test)
	@touch $(VENV)/.run
