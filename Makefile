# The commands of the project. Each target installs the tools it needs and skips finished steps.
#
#   make run     build the release app and serve it with the phone simulator
#   make watch   serve the app for development: saved changes appear in the open page
#   make test    all tests: unit, HTTP (two databases, two providers), browser, SDKs, fuzzer, documents
#   make attack  the attack tests at full size, with a table of their figures
#   make lint    format, clippy for server and browser, TypeScript, licences
#   make setup   install everything that the other targets would install
#   make screenshots   take the pictures of README and documents from the gallery
#   make timings       measure the times of a first visit and of a sign-in on a slow phone
#
# Parts of `make test`: unit, http, browser, clients, fuzz. Each also runs alone, for example `make browser`.

.DELETE_ON_ERROR:
.PHONY: run watch test unit http browser clients fuzz attack screenshots timings lint setup site site-beside-server server checked release-library checked-library \
        lint-server lint-browser lint-rest tools-build tools-test tools-lint tools-watch tools-clients tools-fuzz clean

WASM_TARGET  := wasm32-unknown-unknown
NODE_BIN     := end2end/node_modules/.bin
SITE         := target/site
# Cargo builds every WASM bundle into the same file, so the Makefile copies each bundle after its build.
WASM         := target/$(WASM_TARGET)/wasm-release/frontend.wasm
BUNDLES      := target/$(WASM_TARGET)/bundles
SITE_BUILDER := target/lean/site-builder
BINARY       := target/release/sallyport
# The server that the tests run, and the Cargo arguments that select its packages and features.
CHECKED      := target/ci/sallyport
FEATURES     := --workspace --exclude site-builder --features sallyport/ssr
# The virtual environment with the Python packages of the SDK tests and the examples.
CLIENTS      := target/clients

# Build settings of the tools: little optimisation, because a tool runs for seconds only.
LEAN := CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off \
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_STRIP=true

say = @printf '\033[1m==> %s\033[0m\n' "$(1)"
# Runs a command and prints how long the step took: $(call timed,name,command)
timed = @scripts/timed '$(1)' $(2)

run: server
	$(call say,Serving. Stop with Ctrl-C.)
	@exec $(BINARY) serve

watch: tools-watch
	$(call say,Watching: save a view or a style and see it)
	@PATH="$(CURDIR)/target/tools/bin:$(CURDIR)/$(NODE_BIN):$$PATH" cargo leptos watch --hot-reload

# --- Tests ---

test: tools-build tools-test tools-clients tools-fuzz
	@$(MAKE) --no-print-directory -j2 checked
	@scripts/test unit http-twilio http-telnyx browser clients fuzz

unit: checked
	@scripts/test unit

http: checked
	@scripts/test http-twilio http-telnyx

browser: checked
	@scripts/test browser

clients: checked tools-clients
	@scripts/test clients

fuzz: checked tools-fuzz
	@scripts/test fuzz

# Builds the server and its tests. Only the program needs the site, so make builds the site and the unit tests at the
# same time with -j2.
checked: checked-library $(SITE)/pkg/sallyport.css tools-test
	$(call timed,Build the server and its tests,cargo test --quiet --profile ci $(FEATURES) --no-run)

# `cargo build --lib` is not sufficient: without the features that the test dependencies add, Cargo would build tokio
# and all crates above it twice.
checked-library: tools-build
	$(call timed,Build the unit tests,cargo test --quiet --profile ci $(FEATURES) --lib --no-run)

# Runs one attack at a time, so that its figures are those of an otherwise idle server.
attack: checked
	@SALLYPORT_ATTACK_SIZE=full cargo test --quiet --profile ci $(FEATURES) --test http -- attacks:: --nocapture --test-threads=1 \
		>target/attack.log 2>&1; status=$$?; \
		printf '| what must hold | database | attack | figures |\n| --- | --- | --- | --- |\n'; \
		grep -a -E '^\| |^test result|FAILED|panicked' target/attack.log; \
		echo 'The whole output is in target/attack.log.'; exit $$status

# Takes the pictures of README.md and docs/ from the gallery.
screenshots: checked
	cd end2end && SALLYPORT_BINARY=$(CURDIR)/$(CHECKED) npx playwright test --config screenshots.config.ts

# Measures the times of a first visit and of a sign-in on a slow phone. docs/decisions/islands.md has the latest figures.
timings: checked
	cd end2end && SALLYPORT_BINARY=$(CURDIR)/$(CHECKED) npx playwright test --config measurements.config.ts

# --- Lint ---

# Clippy uses the build profiles of `make test` and of the site, so that macros and build scripts are compiled only once.

lint: tools-build tools-lint
	@$(MAKE) --no-print-directory -j2 lint-rest lint-server lint-browser

lint-rest:
	$(call timed,Format,cargo fmt --check)
	$(call timed,TypeScript,scripts/lint-typescript)
	$(call timed,Licences and bans and sources,env PATH="$$PATH:$(CURDIR)/target/lint/bin" cargo deny --log-level error check bans licenses sources)
	@PATH="$$PATH:$(CURDIR)/target/lint/bin" scripts/advisories

lint-server:
	$(call timed,Clippy for the server,cargo clippy --quiet --profile ci --workspace --features sallyport/ssr --all-targets -- -D warnings)

lint-browser:
	$(call timed,Clippy for the browser,cargo clippy --quiet --profile wasm-release -p sallyport -p frontend --lib --target $(WASM_TARGET) --features frontend/hydrate -- -D warnings)
	$(call timed,Clippy for the sign-in page,cargo clippy --quiet --profile wasm-release -p sallyport -p frontend --lib --target $(WASM_TARGET) --features frontend/sign-in-bundle -- -D warnings)

setup: tools-build tools-test tools-lint tools-clients tools-fuzz
	$(call say,Ready: make run or make test)

# --- The site: WASM, JavaScript and style sheet, minified and compressed ---

site: $(SITE)/pkg/sallyport.css

site-beside-server:
	@nice -n 3 $(MAKE) --no-print-directory site

# The sources of the WASM and the files that are copied into the site.
SITE_SOURCES := Cargo.toml Cargo.lock .cargo/config.toml scripts/site src/lib.rs \
                $(shell find src/web/islands src/web/server_fns crates/domain crates/frontend style public -type f)

$(SITE)/pkg/sallyport.css: $(SITE_SOURCES) | tools-build
	@mkdir -p $(BUNDLES)
	$(call timed,Build the WASM,cargo build --quiet -p frontend --target $(WASM_TARGET) --profile wasm-release --features hydrate)
	@cp $(WASM) $(BUNDLES)/sallyport.wasm
	$(call timed,Build the WASM of the sign-in page,cargo build --quiet -p frontend --target $(WASM_TARGET) --profile wasm-release --features sign-in-bundle)
	@cp $(WASM) $(BUNDLES)/sign_in.wasm
	$(call timed,Build the site builder,cargo build --quiet --profile lean -p site-builder)
	@PATH="$(CURDIR)/$(NODE_BIN):$$PATH" scripts/timed 'Build the site' scripts/site $(SITE_BUILDER) $(SITE) $(BUNDLES)/sallyport.wasm $(BUNDLES)/sign_in.wasm
	@# The program embeds the site. A new time stamp of main.rs makes Cargo link the program again.
	@touch src/main.rs && touch $@

# The server takes longer than the site, so its compilers get more processor time.
server: tools-build
	@$(MAKE) --no-print-directory -j2 release-library site-beside-server
	$(call timed,Link the server,cargo build --quiet --release --features ssr)

release-library: tools-build
	$(call timed,Build the server,cargo build --quiet --release --features ssr --lib)

# --- Tools, each installed once ---

tools-build:
	@scripts/tools rust $(WASM_TARGET)
	@scripts/tools npm

tools-test:
	@scripts/tools chromium
	@scripts/tools postgres
	@scripts/tools pgbouncer

tools-lint:
	@$(LEAN) scripts/timed 'Install cargo-deny' scripts/tools deny

tools-clients:
	@scripts/tools clients $(CLIENTS) tests/sdk examples/python examples/node

tools-fuzz:
	@scripts/tools fuzzer 4.32.5

tools-watch: tools-build
	@$(LEAN) scripts/tools leptos
	@$(LEAN) scripts/tools wasm-bindgen

clean:
	cargo clean
	rm -rf end2end/node_modules end2end/report end2end/test-results
