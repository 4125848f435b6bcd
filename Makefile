# The local cloud and the tests. For a real AWS account nothing of this is needed: see README.md.
.DEFAULT_GOAL := help
.PHONY: help environment up down shell status test test-unit test-engine test-scan test-lab test-fault check check-stacks bench

# Where SIGINT is ignored (a background job of a script) every pulumi command would take 5 s longer.
DEFAULT_SIGINT := $(shell env --default-signal=INT true 2>/dev/null && echo env --default-signal=INT)
SET_UP := $(DEFAULT_SIGINT) python3 -m tools.setup
PYTHON := $(DEFAULT_SIGINT) .venv/bin/python
PYTEST := $(PYTHON) -m pytest
SIDE_BY_SIDE := --numprocesses auto --maxprocesses 4
UNIT := -m "not slow and not engine and not scan and not lab and not fault"
# One process for these folders, one for all the others, of about the same length: short tests are run sooner than
# handed out.
HALF := $(addprefix tests/,components guide infra policy tools)

# Each process has a local cloud of its own, and makes an installation for each file that it takes.
FAULTS := $(PYTEST) tests/faults -m fault --numprocesses 3 --dist loadfile

# RUN is a command for another shell: it is passed on as it is written, dollar signs and quotes included.
unexport RUN
export WICKR_RUN = $(value RUN)

help: ## this list
	@awk -F ':[^#]*## ' '/^[a-z-]+:[^=]*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## set this machine up, start the local cloud, bring the stack `local` up on it (VENDOR=dir: another vendor)
	@$(SET_UP) environment engine lab
	@$(PYTHON) -m local up

down: ## remove everything that `make up` made, and only that
	@if [ -x .venv/bin/python ]; then $(PYTHON) -m local down; else echo "Nothing to remove: nothing was set up."; fi

environment:
	@[ -x .venv/bin/python ] || { echo "Nothing is set up in this checkout yet: make up" >&2; exit 1; }

shell: environment ## a shell on the local cloud; AT=client|admin|operator|<host> elsewhere in it; RUN='command' runs one
	@$(PYTHON) -m local shell $(if $(AT),--at '$(AT)') $(if $(value RUN),--run "$$WICKR_RUN")

status: environment ## what of the local cloud is running
	@$(PYTHON) -m local status

test: ## static checks and all tests that this machine can run
	@$(SET_UP) environment engine policy lab tests schemas scanners
	@code=0; $(PYTHON) -m tools.check || code=1; \
	$(PYTEST) -m "not engine and not scan and not lab and not fault" $(SIDE_BY_SIDE) --dist loadfile || code=1; \
	engine=$$(mktemp); $(PYTEST) -m "engine or scan" >$$engine 2>&1 & beside=$$!; \
	$(PYTEST) -m lab || code=1; \
	wait $$beside || code=1; cat $$engine; rm -f $$engine; \
	$(FAULTS) || code=1; exit $$code

test-unit: ## only the tests that need Python alone and start no servers (seconds)
	@$(SET_UP) environment tests
	@other=$$(mktemp); $(PYTEST) $(UNIT) tests $(HALF:%=--ignore=%) >$$other 2>&1 & beside=$$!; \
	code=0; $(PYTEST) $(UNIT) $(HALF) || code=1; \
	wait $$beside || code=1; cat $$other; rm -f $$other; exit $$code

test-engine: ## only the tests with the real Pulumi engine
	@$(SET_UP) environment engine policy tests
	@$(PYTEST) -m engine

test-scan: ## only the tests in which scanners judge the plans, and what a deployment makes
	@$(SET_UP) environment engine scanners
	@$(PYTEST) -m scan

test-lab: ## only the tests on the running local cloud
	@$(SET_UP)
	@$(PYTEST) -m lab

test-fault: ## all tests in which a deployment is disturbed, with a table of what came of each fault
	@$(SET_UP)
	@$(FAULTS)

check: ## style, types and import directions
	@$(SET_UP) environment
	@$(PYTHON) -m tools.check

check-stacks: ## every stack file, without a cloud, a secret or the engine
	@$(SET_UP) environment
	@./wickr check --unlicensed

bench: ## measure set-up, up, previews, a fleet of them and unit tests (FRESH=1: from an empty cache, too; RUNS=3)
	@$(SET_UP)
	@$(PYTHON) -m bench $(if $(FRESH),--fresh) $(if $(RUNS),--runs $(RUNS))
