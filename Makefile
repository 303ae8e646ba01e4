.PHONY: help setup run serve test lint fuzz mutants figures clean
PYTHON ?= python3
SEEDS ?= 20
STEPS ?= 1000000
SEED ?= 1
SPEED ?= 60
REGIONS = us-east-1 eu-west-1 ap-northeast-1
TEMPLATES = dist/control-plane.yaml cloudformation/cluster.yaml cloudformation/image.yaml
PIP = -m pip install --quiet --disable-pip-version-check

help: ## say what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/ready ## create .venv with the pinned dependencies

run: .venv/ready ## a trading day through the real control plane; writes out/day.html
	.venv/bin/python -m twin day

serve: .venv/ready ## the embedded AWS with the HTTP API on 127.0.0.1:8000, 60 times real time
	.venv/bin/python -m twin serve --speed $(SPEED)

test: .venv/ready .venv-runtime/ready ## every test
	.venv/bin/python -m pytest

lint: .venv/ready .venv-lint/ready ## code and templates: ruff, mypy, cfn-lint, sam validate, checkov
	.venv-lint/bin/ruff check .
	.venv-lint/bin/ruff format --check .
	.venv-lint/bin/mypy --python-executable .venv/bin/python
	.venv/bin/python -m deploy package
	.venv-lint/bin/cfn-lint --regions $(REGIONS) -- $(TEMPLATES)
	for region in $(REGIONS); do for template in $(TEMPLATES); do \
		SAM_CLI_TELEMETRY=0 .venv-lint/bin/sam validate --lint --region $$region --template $$template || exit 1; \
	done; done
	LOG_LEVEL=CRITICAL .venv-lint/bin/checkov --framework cloudformation --quiet --compact --skip-download \
		$(foreach template,$(TEMPLATES),--file $(template))

fuzz: .venv/ready ## random days with faults, STEPS of them from SEED; exit status 1 when a promise breaks
	.venv/bin/python -m twin fuzz --steps $(STEPS) --seed $(SEED)

mutants: .venv-mutation/ready ## break each line of the gate and the core: which break does no test see? (an hour)
	.venv-mutation/bin/mutmut run
	.venv-mutation/bin/mutmut results --all true | awk -f tests/mutants.awk > docs/mutants.md

figures: .venv/ready ## every figure of docs/figures.md, measured again (long)
	.venv/bin/python -m twin figures --seeds $(SEEDS) $(if $(CURVES),--curves $(CURVES))

clean: ## forget everything that was made
	rm -rf .venv .venv-lint .venv-mutation .venv-runtime .build mutants out dist

.venv/ready: requirements/dev.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12) and "Python 3.12 or newer is needed: make PYTHON=python3.13")'
	$(PYTHON) -m venv .venv
	.venv/bin/python $(PIP) 'pip<26.3'
	.venv/bin/python $(PIP) -r requirements/dev.txt
	touch $@

.venv-lint/ready: requirements/lint.txt
	$(PYTHON) -m venv .venv-lint
	.venv-lint/bin/python $(PIP) -r requirements/lint.txt
	touch $@

.venv-mutation/ready: requirements/mutation.txt
	$(PYTHON) -m venv .venv-mutation
	.venv-mutation/bin/python $(PIP) -r requirements/mutation.txt
	touch $@

.venv-runtime/ready: requirements/runtime.txt
	$(PYTHON) -m venv .venv-runtime
	.venv-runtime/bin/python $(PIP) --no-deps -r requirements/runtime.txt
	touch $@
