.PHONY: help upgrades setup run demo serve test lint fuzz explore walks chaos bench mutants figures package wheel deploy upgrade
.PHONY: image cluster calendar retire remove check rehearse cost clean clusters why status alerts windows decisions
.PHONY: command raise lower hold lift release qmutants watch completion report console size
PYTHON ?= python3
SEEDS ?= 20
STEPS ?= 1000000
SEED ?= 1
DEPTH ?= 12
SECONDS ?= 900
SPEED ?= 60
PORT ?= 8000
ROUNDS ?= 200
WALKS ?= 200
LENGTH ?= 200
MUTANTS ?= 200
REGIONS = us-east-1 eu-west-1 ap-northeast-1
TEMPLATES = dist/control-plane.yaml cloudformation/cluster.yaml cloudformation/image.yaml
needed = $(if $($1),,$(error $1 is needed: make $@ $1=$2))
PIP = -m pip install --quiet --disable-pip-version-check
# They start hundreds of processes: where the environment forbids to keep compiled modules, each would compile them anew.
test upgrades: export PYTHONDONTWRITEBYTECODE =

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/ready ## create .venv with the pinned dependencies

run: .venv/ready ## simulate a trading day, in under a minute; writes out/day.html
	.venv/bin/python -m twin day

demo: .venv/ready ## run a day of eight RDB hosts as real processes, in about a minute
	.venv/bin/python -m twin demo

serve: .venv/ready ## serve the HTTP API of simulated days on 127.0.0.1, PORT=8000, at SPEED=60 times real time
	.venv/bin/python -m twin serve --speed $(SPEED) --port $(PORT)

test: .venv/ready .venv-runtime/ready .venv-awscli/ready .peer/ready .sdk/ready .ministack/ready ## run every test
	.venv/bin/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

lint: .venv/ready .venv-lint/ready ## check code, layers and templates with linters
	.venv-lint/bin/ruff check .
	.venv-lint/bin/ruff format --check .
	.venv-lint/bin/mypy --python-executable .venv/bin/python
	.venv/bin/lint-imports --no-cache --no-logo
	.venv/bin/highwater package
	.venv-lint/bin/cfn-lint --regions $(REGIONS) -- $(TEMPLATES)
	for region in $(REGIONS); do for template in $(TEMPLATES); do \
		SAM_CLI_TELEMETRY=0 .venv-lint/bin/sam validate --lint --region $$region --template $$template || exit 1; \
	done; done
	LOG_LEVEL=CRITICAL .venv-lint/bin/checkov --framework cloudformation --quiet --compact --skip-download \
		$(foreach template,$(TEMPLATES),--file $(template))

fuzz: .venv/ready ## run random days with faults, STEPS=1000000 of them from SEED=1; fails if a promise breaks
	.venv/bin/python -m twin fuzz --steps $(STEPS) --seed $(SEED)

explore: .venv/ready ## walk through every order of a small cluster, to DEPTH=12 or for SECONDS=900; fails if a promise breaks
	.venv/bin/python -m twin explore --depth $(DEPTH) --seconds $(SECONDS)

upgrades: .venv/ready ## let releases go in and out of whole days, and ones that break a rule; fails unless those are noticed
	UPGRADES=all .venv/bin/python -m pytest --numprocesses auto tests/releases

walks: .venv/ready ## walk a cluster of q processes WALKS=200 times for LENGTH=200 steps from SEED=1; fails if a promise breaks
	Q_WALKS=$(WALKS) Q_STEPS=$(LENGTH) Q_SEED=$(SEED) .venv/bin/python -m pytest --numprocesses auto \
		tests/rdb/test_q_walks.py -k lost_or_doubled

chaos: .venv/ready ## kill real processes with -9, ROUNDS=200 times from SEED=1; fails if a promise breaks
	.venv/bin/python -m twin chaos --rounds $(ROUNDS) --seed $(SEED)

bench: .venv/ready .venv-runtime/ready ## measure AWS calls, times and sizes, in some twenty minutes
	.venv/bin/python -m bench

mutants: .venv-mutation/ready ## list in out/mutants.txt the breaks of the core's rules that no test sees
	.venv-mutation/bin/mutmut run
	mkdir -p out
	.venv-mutation/bin/mutmut results | tee out/mutants.txt

qmutants: .venv/ready ## break the q files MUTANTS=200 times from SEED=1; lists in out/qmutants.txt what no test sees
	mkdir -p out
	.venv/bin/python -m tests.rdb.q_mutants --mutants $(MUTANTS) --seed $(SEED) | tee out/qmutants.txt

figures: .venv/ready ## measure docs/figures.md again, in half an hour; CURVES=DIR adds the days in DIR's CSV files
	.venv/bin/python -m twin figures --seeds $(SEEDS) $(if $(CURVES),--curves $(CURVES))

package: .venv/ready ## build the functions' zip and the control plane's template, into dist/
	.venv/bin/highwater package $(ARGS)

wheel: .venv/ready ## build the reporter's wheel and wheelhouse, for a host image of your own, into dist/
	.venv/bin/highwater wheel $(ARGS)

deploy: .venv/ready ## create the control plane in AWS; ARGS='--region eu-west-1 --profile NAME' here and below
	.venv/bin/highwater deploy $(ARGS)

upgrade: .venv/ready ## bring the control plane in AWS to this release, up or back
	.venv/bin/highwater deploy --upgrade $(ARGS)

image: .venv/ready ## build the host image with the reporter, in AWS: PARENT=ami-...
	.venv/bin/highwater image $(if $(PARENT),--parent $(PARENT)) $(ARGS)

cluster: .venv/ready ## create a cluster in AWS: CLUSTER=trades VPC=vpc-... SUBNETS=subnet-...,subnet-... IMAGE=ami-...
	$(call needed,CLUSTER,trades)
	.venv/bin/highwater cluster $(CLUSTER) $(if $(VPC),--vpc $(VPC)) $(if $(SUBNETS),--subnets $(SUBNETS)) \
	  $(if $(IMAGE),--image $(IMAGE)) $(ARGS)

retire: .venv/ready ## prepare a cluster for removal: CLUSTER=trades; undo that: ARGS=--undo
	$(call needed,CLUSTER,trades)
	.venv/bin/highwater retire $(CLUSTER) $(ARGS)

remove: .venv/ready ## delete a retired cluster: CLUSTER=trades; the control plane: ARGS=--control-plane
	$(if $(findstring --control-plane,$(ARGS)),,$(call needed,CLUSTER,trades))
	.venv/bin/highwater remove $(CLUSTER) $(ARGS)

check: .venv/ready ## test a running cluster from end to end: CLUSTER=trades
	$(call needed,CLUSTER,trades)
	.venv/bin/highwater check $(CLUSTER) $(ARGS)

calendar: .venv/ready ## put a cluster's calendar: CLUSTER=trades EXCHANGE=XNYS or FILE=sessions.csv; ACTION=show, remove
	$(call needed,CLUSTER,trades)
	.venv/bin/highwater calendar $(or $(ACTION),put) $(CLUSTER) $(if $(EXCHANGE),--exchange $(EXCHANGE)) \
	  $(if $(FILE),--file $(FILE)) $(ARGS)

clusters: .venv/ready ## list the clusters
	.venv/bin/highwater clusters $(ARGS)

why: .venv/ready ## say what goes on in a cluster, why, and what to do: CLUSTER=trades, INSTANCE=i-...
status: .venv/ready ## show the numbers of a cluster and its RDBs: CLUSTER=trades
alerts: .venv/ready ## show the alerts that stand, and what to do: CLUSTER=trades
windows: .venv/ready ## show which RDB holds which updates: CLUSTER=trades
decisions: .venv/ready ## show what was decided, and why: CLUSTER=trades ARGS='--since 2h'
raise: .venv/ready ## ask for more hosts: CLUSTER=trades ARGS='--by 2 --until 16:30'
lower: .venv/ready ## ask for fewer hosts: CLUSTER=trades
hold: .venv/ready ## keep a cluster or an RDB from being released: CLUSTER=trades ARGS='--reason audit', INSTANCE=i-...
lift: .venv/ready ## lift a hold: CLUSTER=trades, INSTANCE=i-...
release: .venv/ready ## let one RDB go that is proven empty: CLUSTER=trades INSTANCE=i-...
watch: .venv/ready ## show a cluster live: CLUSTER=trades
report: .venv/ready ## show a day of a cluster, and what it cost: CLUSTER=trades ARGS='--day 2026-11-23'
why status alerts windows decisions raise lower hold lift release watch report:
	$(call needed,CLUSTER,trades)
	.venv/bin/highwater $@ $(CLUSTER) $(INSTANCE) $(ARGS)

console: .venv/ready ## serve a page on this machine that shows clusters and acts: CLUSTER=trades, ARGS='--port 8765'
	.venv/bin/highwater console $(CLUSTER) $(ARGS)

command: .venv/ready ## show what became of a command: ID=...
	$(call needed,ID,...)
	.venv/bin/highwater command $(ID) $(ARGS)

completion: .venv/ready ## print the script by which bash completes commands
	@.venv/bin/highwater completion bash

rehearse: .venv/ready ## test EC2 Auto Scaling's rules on real AWS, for some cents: SUBNET=subnet-... IMAGE=ami-...
	$(call needed,SUBNET,subnet-...)
	$(call needed,IMAGE,ami-...)
	.venv/bin/highwater rehearse $(SUBNET) $(IMAGE) $(ARGS)

size: .venv/ready ## size a cluster on your own days: ARGS='--feed mon.csv --feed tue.csv'; ARGS=--help has more
	.venv/bin/highwater size $(ARGS)

cost: .venv/ready ## estimate the cost of a day and a month, by list prices: CLUSTERS=1 RDBS=6; ARGS=--help has more
	.venv/bin/highwater cost $(if $(CLUSTERS),--clusters $(CLUSTERS)) $(if $(RDBS),--rdbs $(RDBS)) $(ARGS)

clean: ## remove all build output and environments
	rm -rf .venv .venv-lint .venv-mutation .venv-runtime .venv-awscli .peer .sdk .ministack .build mutants out dist

.venv/ready: requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12) and "Python 3.12 or newer is needed: make PYTHON=python3.13")'
	$(PYTHON) -m venv .venv
	.venv/bin/python $(PIP) 'pip<26.3'
	.venv/bin/python $(PIP) -r requirements/dev.txt
	.venv/bin/python $(PIP) --no-deps --no-build-isolation --no-index --editable .
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

.venv-awscli/ready: requirements/awscli.txt
	$(PYTHON) -m venv .venv-awscli
	.venv-awscli/bin/python $(PIP) --no-deps -r requirements/awscli.txt
	touch $@

.ministack/ready: requirements/ministack.txt
	$(PYTHON) -m venv .ministack
	.ministack/bin/python $(PIP) --no-deps -r requirements/ministack.txt
	touch $@

.sdk/ready: $(wildcard requirements/sdk/*.txt) .venv/ready
	for file in requirements/sdk/*.txt; do .venv/bin/python $(PIP) --no-deps --no-compile --upgrade \
		--target .sdk/$$(basename $$file .txt) -r $$file || exit 1; done
	touch $@

# Without npm there is no peer, and the tests that need it say so and are skipped.
.peer/ready: requirements/peer/package.json requirements/peer/package-lock.json
	if command -v npm >/dev/null; then mkdir -p .peer && cp $^ .peer && \
		npm ci --prefix .peer --ignore-scripts --no-audit --no-fund --loglevel error && touch $@; fi
