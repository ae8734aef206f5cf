# Everything a newcomer needs, as one word each. Every target says what it does, installs what it
# lacks, and does nothing that is done already.
#
#   make run     build the release app and serve it, with the phone simulator beside it
#   make watch   the same while developing: views and styles reload as they are saved
#   make test    every test: unit, HTTP on both databases and for both providers, the browser's,
#                other programs', and the API's fuzzer
#   make clients the providers' official SDKs against the simulator, the examples against the app
#   make fuzz    the JSON API alone, against its own description, for two minutes
#   make lint    format, clippy for both sides, licences and bans
#   make setup   install everything the others would

.DELETE_ON_ERROR:
.PHONY: run watch test lint setup site server unit browser clients fuzz tools-build tools-test tools-lint tools-watch tools-clients tools-fuzz clean

WASM_TARGET  := wasm32-unknown-unknown
# The generator of the JavaScript glue must be of the very version the library is.
BINDGEN      := $(shell awk '/^name = "wasm-bindgen"$$/ { getline; gsub(/[^0-9.]/, ""); print }' Cargo.lock)
NODE_BIN     := end2end/node_modules/.bin
SITE         := target/site
WASM         := target/$(WASM_TARGET)/wasm-release/sallyport.wasm
BINARY       := target/release/sallyport
# Where other programs' Python packages are.
CLIENTS      := target/clients

# A tool that runs for seconds is not worth minutes of optimisation.
LEAN := CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off \
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_STRIP=true

say = @printf '\033[1m==> %s\033[0m\n' "$(1)"

run: server
	$(call say,Serving. Stop with Ctrl-C.)
	@exec $(BINARY) serve

watch: tools-watch
	$(call say,Watching: save a view or a style and see it)
	@PATH="$(CURDIR)/$(NODE_BIN):$$PATH" scripts/watch

test: unit browser clients fuzz

unit: tools-build tools-test $(SITE)/pkg/sallyport.css
	$(call say,Unit tests and HTTP tests on SQLite and PostgreSQL)
	cargo test --workspace --features ssr
	$(call say,The HTTP tests once more with Telnyx for a provider)
	SALLYPORT_TEST_PROVIDER=telnyx cargo test --features ssr --test http

browser: server tools-test
	$(call say,Browser tests against the release build)
	cd end2end && npx playwright test

clients: server tools-clients
	$(call say,The official SDKs against the simulator)
	scripts/sdk $(BINARY) $(CLIENTS)/bin/python
	$(call say,The examples against the app)
	EXAMPLES_PYTHON=$(CURDIR)/$(CLIENTS)/bin/python python3 examples/test_examples.py $(BINARY)

fuzz: server tools-fuzz
	$(call say,Fuzzing the JSON API of the release build)
	scripts/fuzz $(BINARY) target/fuzzer/bin/schemathesis

lint: tools-build tools-lint
	$(call say,Format)
	cargo fmt --all --check
	$(call say,Clippy: the server)
	cargo clippy --workspace --features ssr --all-targets -- -D warnings
	$(call say,Clippy: the browser)
	cargo clippy --lib --target $(WASM_TARGET) --features hydrate -- -D warnings
	$(call say,TypeScript)
	cd end2end && npx tsc --noEmit
	$(call say,Licences, bans and sources of the dependencies)
	cargo deny --log-level error check bans licenses sources
	@scripts/advisories

setup: tools-build tools-test tools-lint tools-clients tools-fuzz
	$(call say,Ready: make run or make test)

# --- The site: WASM, its glue, the stylesheet, all minified and compressed beforehand. ---

site: $(SITE)/pkg/sallyport.css

$(SITE)/pkg/sallyport.css: Cargo.toml Cargo.lock .cargo/config.toml $(shell find src style public -type f) scripts/site | tools-build
	$(call say,Building the site: WASM, script and style)
	cargo build --lib --target $(WASM_TARGET) --profile wasm-release --features hydrate
	PATH="$(CURDIR)/$(NODE_BIN):$$PATH" scripts/site $(WASM) $(SITE)
	@# The program carries the site: a new one is linked in, and only that.
	@touch src/main.rs && touch $@

server: $(SITE)/pkg/sallyport.css
	$(call say,Building the server)
	cargo build --release --features ssr

# --- Tools, each installed once. ---

tools-build:
	@scripts/tools rust $(WASM_TARGET)
	@$(LEAN) scripts/tools bindgen $(BINDGEN)
	@scripts/tools npm

tools-test:
	@scripts/tools chromium
	@scripts/tools postgres

tools-lint:
	@$(LEAN) scripts/tools deny

tools-clients:
	@scripts/tools clients $(CLIENTS) tests/sdk examples/python examples/node

tools-fuzz:
	@scripts/tools fuzzer 4.32.5

tools-watch: tools-build
	@$(LEAN) scripts/tools leptos

clean:
	cargo clean
	rm -rf end2end/node_modules end2end/report end2end/test-results
