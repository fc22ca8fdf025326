# SPDX-License-Identifier: GPL-3.0-or-later
# Needs Python 3.11 or newer, make and a package index. Everything is made in the checkout (.venv, .work, dist);
# nothing is installed anywhere else. The steps that take more than a line are in tests/tools.

DEMO := requirements/core.txt requirements/demo.txt
TEST := $(DEMO) requirements/test.txt requirements/molecule.txt
CHECKS := $(TEST) requirements/checks.txt
SITE := $(CHECKS) requirements/site.txt
TESTS := $(wildcard tests/real tests/unit)
RUFF := ruff check --cache-dir .work/ruff --line-length 160 --select E,F,W,B,UP031,UP032 --ignore B007,B904,B905,E402

export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.work/collections
export ANSIBLE_HOME := $(CURDIR)/.work/ansible
export ANSIBLE_LOCALHOST_WARNING := false
export ANSIBLE_INVENTORY_UNPARSED_WARNING := false
export LC_ALL := C.UTF-8
export PATH := $(CURDIR)/.venv/bin:$(PATH)

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

demo: .venv-demo ## Switch an emulated relay board and show the mails that report it
	ANSIBLE_CALLBACK_RESULT_FORMAT=yaml ansible-playbook bytewire.devices.demo

test: takes molecule ## All tests; those of a server that is not installed are skipped
	tests/tools/units -rs $(TESTS)

takes:
	@echo "All tests take about 15 minutes on 2 cores, and nothing is printed for some of them."

unit: .venv-test ## Unit tests alone; ARGS="-k name" goes to pytest
	tests/tools/units $(ARGS)

molecule: .venv-test ## Scenarios against emulated devices, one for each role and more
	@mkdir -p .work/home
	@rm -f .work/ansible/tmp/molecule.*/state.yml # a run that was killed left word there that all is created
	HOME=$(CURDIR)/.work/home python tests/tools/own_network.py molecule test --all --report --workers cpus

lint: .venv-checks ## Style of YAML, Ansible content, Python and change log; floors of the rooms; types
	yamllint --strict .
	ansible-lint
	$(RUFF) --target-version py310
	$(RUFF) --target-version py38 plugins/modules plugins/module_utils roles/responder/files
	PYTHONPATH=$(ANSIBLE_COLLECTIONS_PATH) lint-imports tests/tools/importlinter.ini --no-cache
	tests/tools/types
	antsibull-changelog lint

sanity: CORES ?= 2.16-3.12 2.17-3.12 2.18-3.13 2.19-3.13 2.20-3.13 2.21-3.13 2.22-3.13
sanity: link ## ansible-test sanity, with each supported ansible-core
	CORES="$(CORES)" tests/tools/matrix tests/tools/sanity

matrix: link ## Tests with each supported ansible-core and its Pythons, and on the oldest Pythons of a gateway
	tests/tools/matrix tests/tools/units -rs $(TESTS)
	tests/tools/gateway

docs: .venv-checks ## Check the documentation, and generate the reference into .work/docs/reference
	tests/tools/docs

site: docs .venv-site ## Build the site of the documentation into .work/site, and check its links
	tests/tools/site

devices: .venv-demo ## Write docs/devices.md and the index of pages from the pages of the devices, docs/playbooks.md from playbooks and roles, and schemas
	PYTHONPATH=$(ANSIBLE_COLLECTIONS_PATH) PYTHONDONTWRITEBYTECODE=1 python tests/tools/device_table.py
	PYTHONDONTWRITEBYTECODE=1 python tests/tools/playbook_page.py
	PYTHONPATH=$(ANSIBLE_COLLECTIONS_PATH) PYTHONDONTWRITEBYTECODE=1 python tests/tools/schemas.py

recording: .venv-demo ## Write docs/demo.svg, what the demo shows in a terminal
	PYTHONDONTWRITEBYTECODE=1 python tests/tools/recording.py

changelog: .venv-checks ## Write CHANGELOG.md from changelogs/fragments
	antsibull-changelog lint
	antsibull-changelog release --update-existing
	rm -f changelogs/.plugin-cache.yaml

dist: .venv-demo ## Build the tarball into dist/ and try to install it
	tests/tools/dist

importer: dist ## Ansible Galaxy's own checks of the tarball, and those of certification with its older pins
	tests/tools/importer

rulebook: .venv-test ## Event sources in a real ansible-rulebook
	tests/tools/rulebook

liars: .venv-demo ## Devices that are late, lie or echo must not be believed; PART=ci takes a part
	PYTHONPATH=$(ANSIBLE_COLLECTIONS_PATH) PYTHONDONTWRITEBYTECODE=1 python tests/tools/own_network.py python tests/liars/run.py --part $(or $(PART),all) $(ARGS)

fuzz: MINUTES ?= 5
fuzz: .venv-test ## Inputs that nobody meant, MINUTES=5 for each harness; ARGS="-k telnet" goes to pytest
	MINUTES=$(MINUTES) tests/tools/units -q tests/fuzz $(ARGS)

coverage: link ## Which lines and branches of plugins and of the roles' programs the tests run; ARGS="tests/unit" goes to pytest
	tests/tools/coverage $(ARGS)

bench: .venv-demo ## Benchmarks
	python tests/bench/run.py

soak: .venv-demo ## An hour of relay and settings, and of watch over 5,000 boards: nothing may grow; MINUTES=5 takes five
	PYTHONPATH=$(ANSIBLE_COLLECTIONS_PATH) PYTHONDONTWRITEBYTECODE=1 nice -n 10 python tests/soak/run.py --minutes $(or $(MINUTES),60) $(ARGS)

clean: ## Remove what these targets made
	rm -rf .venv .work dist .ansible .cache .hypothesis .pytest_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

.venv-demo: link
	@tests/tools/venv .venv $(DEMO)

.venv-test: link
	@tests/tools/venv .venv $(TEST)

.venv-checks: link
	@tests/tools/venv .venv $(CHECKS)

.venv-site: link
	@tests/tools/venv .venv $(SITE)

# Ansible finds the collection only in a folder of its name.
link:
	@mkdir -p .work/collections/ansible_collections/bytewire
	@ln -sfn "$(CURDIR)" .work/collections/ansible_collections/bytewire/devices

.PHONY: help demo test takes unit molecule lint sanity matrix docs site devices recording changelog dist importer rulebook liars fuzz coverage bench soak clean link \
	.venv-demo .venv-test .venv-checks .venv-site
