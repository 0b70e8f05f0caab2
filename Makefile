# `make run` serves the mock, `make test` runs every check, `make bench` measures. Each sets up what it needs:
# a private environment below .venv (run) or .cache/dev (test, bench), from exact versions with hashes.

PYTHON ?= python3
ARGS ?=
RUN := .venv
DEV := .cache/dev
LOCKS := .ci/locks
SOURCES := pyproject.toml mockserver/segmind_mock/__init__.py

.DEFAULT_GOAL := help
.PHONY: help run test check test-sdks bench lock docs goldens clean

help: ## say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: $(RUN)/.ready ## serve the mock on 127.0.0.1:8787 (flags: make run ARGS="--port 9000")
	@exec $(RUN)/bin/segmind-mock serve $(ARGS)

test: $(DEV)/.ready ## lint, format, types, and every test (flags for pytest: ARGS="-k queue")
	@$(DEV)/bin/ruff check .
	@$(DEV)/bin/ruff format --check --quiet .
	@$(DEV)/bin/mypy
	@$(DEV)/bin/python -m pytest -n auto $(ARGS)

test-sdks: $(DEV)/.ready ## run five versions of the official SDK against the mock, each in its own environment
	@$(DEV)/bin/python tests/sdk/run_all.py $(ARGS)

bench: $(DEV)/.ready ## measure against a bare server in the same minute (flags: ARGS="--quick")
	@$(DEV)/bin/python benchmarks/bench.py $(ARGS)

docs: $(DEV)/.ready ## write the generated pages of docs/ anew
	@$(DEV)/bin/python -m docs.generate

goldens: $(DEV)/.ready ## write the digests of all golden pictures anew, after a painter was changed and looked at
	@$(DEV)/bin/python -m tests.golden.refresh

lock: $(DEV)/.ready ## choose exact versions anew
	@$(DEV)/bin/pip install --quiet uv
	@$(DEV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate pyproject.toml --extra demo --group build -o $(LOCKS)/run.txt
	@$(DEV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate pyproject.toml --extra demo --group dev -o $(LOCKS)/dev.txt

clean: ## remove what the other targets made
	rm -rf $(RUN) .cache build dist

$(RUN)/.ready: $(LOCKS)/run.txt $(SOURCES)
	@$(call environment,$(RUN),$(LOCKS)/run.txt)

$(DEV)/.ready: $(LOCKS)/dev.txt $(SOURCES)
	@$(call environment,$(DEV),$(LOCKS)/dev.txt)

# $(1) the folder, $(2) the lock
define environment
set -e; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Python 3.11 or newer is needed; say which with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }; \
echo "Setting up $(1) ..."; \
$(PYTHON) -m venv $(1) || { echo "The venv module is missing; on Debian: apt install python3-venv"; exit 1; }; \
$(1)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(2); \
$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
touch $(1)/.ready
endef
