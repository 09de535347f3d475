# Two commands for users, `make demo` and `make test`. Each sets up a virtual environment in .venv
# by itself and needs Python >= 3.10, make and a C++20 compiler.
#
#   PYTHON=python3.12 make test     another interpreter
#   CXX=clang++ make test           another compiler
#   make checks BIN=/some/venv/bin  the checks alone, in an environment that is there already

PYTHON ?= python3
VENV   ?= .venv
BIN    ?= $(VENV)/bin

# Tests run side by side, one process per logical core; those of one file stay together.
WORKERS ?= logical

# Compiling takes most of the time: kernels of tests are optimised less than those of users, but in `make test-all`.
OPTIMISED = NESTML_JIT_FLAGS="$${NESTML_JIT_FLAGS-$${KERNEL_OPTIMISATION:--O1}}"

# What takes a minute or more is left to `make test-all`.
MARKED ?= -m "not slow"

export MPLBACKEND ?= Agg
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PYNEST_QUIET ?= 1
# Without bytecode every start would compile our modules anew.
unexport PYTHONDONTWRITEBYTECODE
# make has a CXX of its own: only the user's is meant.
ifneq ($(filter environment command,$(firstword $(origin CXX))),)
  export CXX
else
  CXX =
endif

.PHONY: help demo test test-all test-mpi checks lint alone pytest dropin nestml-suite fuzz soak sanitize compiler python clean
.DEFAULT_GOAL := help

help:
	@echo "make demo   run examples/stdp_network.py (sets up .venv first)"
	@echo "make test   run all checks and tests (sets up .venv first)"
	@echo "make test-all  run all checks and tests, slow ones too, and kernels as users compile them"
	@echo "make test-mpi  run tests with several processes (builds NEST with MPI in .mpi first)"
	@echo "make fuzz   run random models through the compiler and compare with the interpreter"
	@echo "make dropin run NEST's own tests and examples with nest and with nestml_jit, and compare"
	@echo "make nestml-suite  run NESTML's tutorials, and the tests of a checkout of it, NESTML_SOURCE"
	@echo "make soak   play random programs with NESTML models and with built-in ones, and compare"
	@echo "make sanitize  play some, and run tests, with host and kernels under sanitizers (g++)"
	@echo "make clean  remove .venv and what tools left behind"

demo: compiler $(VENV)/.demo
	@$(BIN)/python examples/stdp_network.py $(ARGS)

test: compiler $(VENV)/.test
	@$(MAKE) --no-print-directory checks

test-all: compiler $(VENV)/.test
	@KERNEL_OPTIMISATION=-O3 $(MAKE) --no-print-directory checks MARKED=

checks: lint pytest

lint: alone
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@find nestml_jit/host -name '*.cpp' -o -name '*.h' | sort | xargs $(BIN)/clang-format --dry-run -Werror

# Each file of the host by itself, with all warnings as errors; what was in order is not looked at again.
alone:
	@$(BIN)/python tests/compile_alone.py

# The tests have a cache of their own: what they find was made from this very code, or is made anew.
# Threads that wait must not spin: the machine may have fewer free cores than a test has threads.
pytest: lint
	@$(OPTIMISED) OMP_WAIT_POLICY="$${OMP_WAIT_POLICY:-passive}" NESTML_JIT_CACHE="$${NESTML_JIT_CACHE:-$(CURDIR)/.nestml_jit_cache}" $(BIN)/python -m pytest --ignore=tests/mpi --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder $(MARKED) $(ARGS) < /dev/null

# Tests with several processes want a NEST of their own; where there is one, `pytest` runs them, too.
test-mpi: compiler $(VENV)/.test
	@$(PYTHON) tests/mpi/build.py .mpi
	@OMP_WAIT_POLICY="$${OMP_WAIT_POLICY:-passive}" NESTML_JIT_CACHE="$${NESTML_JIT_CACHE:-$(CURDIR)/.nestml_jit_cache}" $(BIN)/python -m pytest tests/mpi $(ARGS) < /dev/null

fuzz: compiler $(VENV)/.test
	@KERNEL_OPTIMISATION=-O3 $(BIN)/python -m tests.fuzz $(ARGS)

dropin: compiler $(VENV)/.test
	@$(BIN)/python tests/dropin/suite.py $(ARGS)
	@$(BIN)/python tests/dropin/examples.py $(ARGS)

nestml-suite: compiler $(VENV)/.test
	@NESTML_JIT_CACHE="$${NESTML_JIT_CACHE:-$(CURDIR)/.nestml_jit_cache}" $(BIN)/python tests/nestml/suite.py $(ARGS)

soak: compiler $(VENV)/.test
	@NESTML_JIT_CACHE="$${NESTML_JIT_CACHE:-$(CURDIR)/.nestml_jit_cache}" $(BIN)/python -m tests.soak $(ARGS)

sanitize: compiler $(VENV)/.test
	@$(BIN)/python -m tests.soak.sanitize $(ARGS)

$(VENV)/.demo: EXTRAS = demo
$(VENV)/.test: EXTRAS = demo,dev,test
$(VENV)/.demo $(VENV)/.test: pyproject.toml | python
	@echo "Setting up $(VENV) (once; a minute or two)"
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --editable '.[$(EXTRAS)]' < /dev/null
	@touch $@

# The checks come before any set-up, so that a missing tool costs no waiting.
compiler:
	@for compiler in $(if $(CXX),'$(CXX)',c++ g++ clang++); do \
	  printf '#include <concepts>\nint main() { static_assert( std::integral< int > ); }\n' \
	  | $$compiler -std=c++20 -fsyntax-only -x c++ - > /dev/null 2>&1 && exit 0; \
	done; \
	echo "No C++20 compiler$(if $(CXX), (CXX is '$(CXX)')):" \
	  "install g++ 11 or newer, or clang++ 14 or newer (Debian and Ubuntu: apt install g++;" \
	  "Fedora: dnf install gcc-c++; macOS: xcode-select --install), or name one in CXX." >&2; \
	exit 1

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2> /dev/null || { \
	  echo "No Python 3.10 or newer ('$(PYTHON)' is not): install one (Debian and Ubuntu:" \
	    "apt install python3 python3-venv), or name one in PYTHON." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments: install its venv module" \
	    "(Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }

clean:
	rm -rf $(VENV) .compiled_alone .mypy_cache .pytest_cache .ruff_cache .hypothesis .nestml_jit_cache .nestml_jit_sanitized* soak build dist
