# Each target works from a bare checkout with Python >= 3.11: the first one sets up .venv.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DOCS_READY := .venv/.docs

# what `make cluster-test` takes from Debian
DEBIAN := slurm-wlm munge postgresql
ROOT := $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: run test long-test cluster-test lint types check ui bench docs links wheel clean

run: $(READY) ## the main job: optical photometry against redshift, on 10,000 SDSS galaxies
	$(BIN)/galaxy-causal

test: $(READY) ## the tests, but for the long ones, in two processes of one thread
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not long" -n 2 --dist worksteal --durations=30

long-test: $(READY) ## the long tests: processes that are killed, several devices, peers, pages that show code
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m long -n 2 --dist worksteal --durations=30

cluster-test: $(READY) ## a sweep on a SLURM of several nodes here, with PostgreSQL and S3, all of which are killed
	command -v slurmctld munged && ls /usr/lib/postgresql/*/bin/initdb || $(ROOT) apt-get install --yes --no-install-recommends $(DEBIAN)
	CLUSTER_TEST=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -s tests/real_parts

lint: $(READY) ## linter and formatter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## type checker
	$(BIN)/mypy

check: test long-test lint types ## everything that must pass before a commit

ui: $(READY) ## the MLflow UI on http://127.0.0.1:5000
	MLFLOW_DISABLE_TELEMETRY=true $(BIN)/mlflow ui --host 127.0.0.1 --port $(or $(PORT),5000) --workers 1 \
		--backend-store-uri sqlite:///$(CURDIR)/mlruns/mlflow.db

bench: $(READY) ## benchmarks, each beside its comparison; see docs/evidence/speed.md
	$(BIN)/python benchmarks/training_steps.py
	$(BIN)/python benchmarks/bootstrap.py
	$(BIN)/python benchmarks/networks.py
	$(BIN)/python benchmarks/mock.py
	$(BIN)/python benchmarks/image_feeding.py
	$(BIN)/python benchmarks/image_steps.py
	$(BIN)/python benchmarks/discovery_speed.py pc
	$(BIN)/python benchmarks/discovery_speed.py resamples
	$(BIN)/python benchmarks/calibration.py
	$(BIN)/python benchmarks/neighbours.py small
	$(BIN)/python benchmarks/local_tests.py
	$(BIN)/python benchmarks/ksg.py
	$(BIN)/python benchmarks/amortised.py subsets
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[peers]'
	$(BIN)/python benchmarks/peers.py $(DESI)

docs: $(DOCS_READY) ## the site in docs/_build/html: tutorials are run, every link within is followed, warnings are errors
	$(BIN)/python -m sphinx -b html -n -W --keep-going -q docs docs/_build/html
	@echo "open docs/_build/html/index.html"

links: $(DOCS_READY) ## ask every address of the outside world that the documents name
	$(BIN)/python -m sphinx -b linkcheck -D nb_execution_mode=off -q docs docs/_build/links

wheel: $(READY) ## a wheel in dist/
	$(BIN)/python -m build --wheel --outdir dist

clean: ## remove the environment and caches, never mlruns
	rm -rf .venv build dist docs/_build docs/evidence/studies docs/reference/options *.egg-info .pytest_cache .mypy_cache .ruff_cache

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python >= 3.11 is needed; try make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

$(DOCS_READY): $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[docs]'
	touch $@
