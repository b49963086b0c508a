# 'make' lists the targets.

TANDEM = .build/release/tandem
PACKAGES = libopenblas-dev libsqlite3-dev ocl-icd-opencl-dev perl-doc pocl-opencl-icd
PODS = $(shell dpkg -L perl-doc 2>/dev/null | grep -m1 '/pod$$')
NEW_RUN = Runs/perl-$(shell date +%Y%m%d-%H%M%S)
BENCHMARKS = matmul gru step

.PHONY: help deps build test demo demo-short lint format bench golden kernels-check sanitize clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

deps: ## install missing Debian packages (needs no network when all are there)
	@.ci/install-packages $(PACKAGES)

build: deps ## build the command line tool for release
	swift build -c release

test: deps ## run all tests
	swift test

demo: build ## train on real English text for about a minute, then evaluate
	$(TANDEM) embed $(PODS) --out Vectors/perl --overwrite
	run=$(NEW_RUN); $(TANDEM) train --config Configs/perl-demo-gru.json --data Vectors/perl --out $$run && $(TANDEM) evaluate $$run

demo-short: build ## the same with a single epoch
	$(TANDEM) embed $(PODS) --out Vectors/perl --overwrite
	run=$(NEW_RUN); $(TANDEM) train --config Configs/perl-demo-gru.json --data Vectors/perl --set training.epochs=1 --out $$run && $(TANDEM) evaluate $$run

lint: ## check the formatting and style of the Swift sources
	swift format lint --strict --recursive Sources Tests Package.swift

format: ## format the Swift sources
	swift format --in-place --recursive Sources Tests Package.swift

bench: build ## measure against the peers (BENCHMARKS="matmul gru step") and rewrite the README's table
	Benchmarks/run $(BENCHMARKS) && Benchmarks/startup && Benchmarks/table

golden: ## make the golden files anew (needs PyTorch)
	python3 Tests/Golden/make.py

kernels-check: build ## run the OpenCL kernels under oclgrind, looking for data races
	Tests/kernels-check $(TANDEM)

sanitize: deps ## run the tests under AddressSanitizer and ThreadSanitizer
	Tests/sanitize address thread

clean: ## remove what was built; Data, Runs and Vectors stay
	rm -rf .build
