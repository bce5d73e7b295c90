# What CI calls is what a person calls. On a fresh machine with Python ≥ 3.11, git and make:
#   make lab     sets everything up and opens the course in JupyterLab (make lab ARGS="--no-browser --port 8899")
#   make test    sets everything up, browser included, and passes every test

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PY     := $(BIN)/python
BUILD  := build
COURSE ?= course
ARGS   ?=

# Compiled modules are kept, whatever the machine says: else each of a hundred kernels, servers and workers compiles
# pandas, matplotlib and Jupyter again, which takes longer than what it then does.
export PYTHONDONTWRITEBYTECODE :=

# A store waits for the disk at every judgment, five milliseconds on an ordinary one and thousands of times in a run:
# where the system lends two gigabytes of memory as a folder, what tests write lies there.
MEMORY := $(shell grep -q '/dev/shm.*noexec' /proc/mounts 2>/dev/null || df -Pk /dev/shm 2>/dev/null | awk 'END { if ($$4 > 2000000) print "TMPDIR=/dev/shm" }')

# Tests run as a stranger would: an empty HOME, an odd time zone, a plain locale, nobody's answers. NumPy keeps to one
# thread in each of the workers, which have the cores already.
STRANGER = env $(MEMORY) OPENBLAS_NUM_THREADS=1 HOME="$(CURDIR)/$(BUILD)/home" TZ=Pacific/Chatham LC_ALL=C \
  BOUNDARIES_HOME="$(CURDIR)/$(BUILD)/home/answers" XDG_RUNTIME_DIR="$(CURDIR)/$(BUILD)/home" \
  HYPOTHESIS_STORAGE_DIRECTORY="$(CURDIR)/$(BUILD)/hypothesis" CHROMIUM="$$(cat $(BUILD)/chromium 2>/dev/null)"

# A file stays on one worker: the cells of a notebook share a kernel, the tests of a file a server. Four on two cores, for
# a third of the time a worker waits for a browser or a server.
AT_ONCE = -n 4 --dist loadfile --no-loadscope-reorder -q
# What they read at their start is for notebooks and for schemathesis' own tests: two seconds a worker.
LIGHT = -p no:nbval -p no:schemathesis
# The longest files first, so that no worker is left alone with one. (A file named beside its folder is no longer first.)
LONGEST = $(wildcard $(foreach t,server_faults lab wheel form lecture_lab report delivery host_page live_pages server_pages homework_page screen_fits page walk notebooks readme charts handin server_run accessible rounds_halls cli kernel canary collect attack,tests/test_$(t).py tests/*/test_$(t).py))
TESTS = $(LONGEST) $(filter-out $(LONGEST),$(sort $(wildcard tests/test_*.py tests/*/test_*.py)))
NBVAL = $(AT_ONCE) -p no:schemathesis --nbval --nbval-current-env --nbval-cell-timeout 120 --nbval-sanitize-with tests/sanitize.cfg

.PHONY: help lab test unit compiled quick long oldest validate notebooks check lint types format bench peers student sample lite release clean

help:
	@sed -n 's/^\([a-z]*\): .*## /  make \1\t/p' Makefile

$(VENV)/.course: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "This course needs Python 3.11 or newer. Say which one: make PYTHON=python3.12 lab")'
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(PY) -e '.[lab,lecture]'
	@touch $@

$(VENV)/.tests: $(VENV)/.course
	$(BIN)/uv pip install --quiet --python $(PY) -e '.[test]'
	@touch $@

$(BUILD)/chromium: $(VENV)/.tests
	@mkdir -p -m 700 $(BUILD)/home && $(PY) tests/find_chromium.py > $@ || { rm -f $@; exit 1; }

lab: $(VENV)/.course ## open the course (students' copy, in the folder course/)
	$(PY) -m boundaries lab --into $(COURSE) -- $(ARGS)

test: ## everything that must hold
	@$(MAKE) -j4 lint types check compiled $(BUILD)/chromium
	@$(MAKE) unit validate
	@git diff --quiet -- . || { echo "The tests changed files that git tracks:"; git status --short; exit 1; }

unit: $(BUILD)/chromium ## the package, the pages and the course in a real browser
	$(STRANGER) PYTHONWARNDEFAULTENCODING=1 $(BIN)/pytest $(AT_ONCE) $(LIGHT) -m "not long" $(TESTS) boundaries --doctest-modules

# Read once beforehand, beside mypy: else each of four workers compiles every test for itself. What is wrong with a test
# is said by the run.
compiled: $(VENV)/.tests
	-@$(STRANGER) $(BIN)/pytest --collect-only -qq $(LIGHT) tests boundaries --doctest-modules > /dev/null 2>&1

quick: $(VENV)/.tests ## what a save may have broken: no browser, no processes, nothing slow
	$(STRANGER) $(BIN)/pytest -n 2 --dist loadfile -q $(LIGHT) --hypothesis-profile=quick -m "not (browser or process or slow or long)" $(TESTS) boundaries --doctest-modules

long: $(BUILD)/chromium ## every class size, two hundred kills, many more examples: what `make test` takes a sample of
	$(STRANGER) $(BIN)/pytest $(AT_ONCE) -m "long or hypothesis" --hypothesis-profile=long $(TESTS)

oldest: $(BUILD)/chromium ## the oldest versions that pyproject.toml allows, in an environment of their own
	$(PYTHON) -m venv $(BUILD)/oldest
	$(BIN)/uv pip install --quiet --python $(BUILD)/oldest/bin/python --resolution lowest-direct -e '.[test]'
	$(STRANGER) $(BUILD)/oldest/bin/python -m pytest $(AT_ONCE) -m "not long" $(TESTS)

# In one run: of two, each would wait for its longest notebook.
validate: $(BUILD)/chromium ## every notebook strictly, twice, in fresh kernels
	@$(STRANGER) $(PY) -c "import matplotlib.font_manager" # else its first use says in a cell that it builds a cache
	@rm -rf $(BUILD)/again && mkdir -p $(BUILD) && cp -R notebooks $(BUILD)/again
	$(STRANGER) BOUNDARIES_DEMO=1 $(BIN)/pytest $(NBVAL) notebooks $(BUILD)/again

notebooks: $(VENV)/.tests ## run every notebook in place, as the demo participant, from fresh kernels
	BOUNDARIES_DEMO=1 $(PY) tests/run_notebooks.py notebooks

check: $(VENV)/.course ## every fault of every content file
	$(PY) -m boundaries check

lint: $(VENV)/.tests ## ruff: faults and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.tests ## mypy, strict
	$(BIN)/mypy

format: $(VENV)/.tests ## put code in house style
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

bench: $(VENV)/.tests ## speed and scale against the limits
	$(PY) benchmarks/speed.py
	$(PY) benchmarks/collecting.py
	$(PY) benchmarks/lecture_load.py --patience 60

peers: $(VENV)/.tests ## the same beside the peers, into benchmarks/RESULTS.md (ARGS="--only live"; half an hour for all)
	timeout 1800 $(PY) benchmarks/peers $(ARGS)

student: $(VENV)/.course ## the zip that a lecturer hands out
	$(PY) -m boundaries student

# In an environment of its own: JupyterLab would load the extensions that only a website can run.
lite: $(VENV)/.course ## a website on which every notebook runs in the browser, in dist/lite
	$(PYTHON) -m venv $(BUILD)/lite/env
	$(BIN)/uv pip install --quiet --python $(BUILD)/lite/env/bin/python -e '.[lab,lite]'
	$(BUILD)/lite/env/bin/python deploy/lite/build.py

release: $(VENV)/.tests ## wheel, students' zip, every lesson as a page, and a students' branch
	$(PY) deploy/release.py

sample: $(VENV)/.course ## make the invented class of data/sample-class again
	$(PY) -m boundaries sample

clean: ## remove what was built (never course/, where students' work is)
	rm -rf $(BUILD) dist $(VENV)
