# What a newcomer types. Nothing here needs a database: Baton runs one of its own.
PREFIX ?= $(if $(filter 0,$(shell id -u)),/usr/local,$(HOME)/.local)
CARGO ?= cargo
# The checked queries are in .sqlx, so that building needs no database either.
export SQLX_OFFLINE = true

.PHONY: demo build test test-slow test-faults check bench install

demo: build ## the console on the demo bank
	target/release/baton demo --no-console
	target/release/baton

build:
	scripts/need-postgres
	$(CARGO) build --release --locked

test: ## every test, against a PostgreSQL of their own
	scripts/need-postgres
	$(CARGO) test --locked --no-fail-fast

test-slow: ## the tests that are marked slow: simulations, without a database
	$(CARGO) test --locked --test 'slow_*' -- --ignored slow_

test-faults: ## the fault tests and random histories at the size that is promised; `make test` runs smaller ones
	scripts/need-postgres
	BATON_FAULTS=full BATON_HISTORIES=1000 $(CARGO) test --locked --test delivery_faults --test delivery_leases --test life_histories \
		--test strategy_library -- --nocapture

check: ## formatting, lints, documentation
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps

bench:
	scripts/need-postgres
	$(CARGO) bench --locked

install: build ## to PREFIX
	install -D -m 755 target/release/baton $(DESTDIR)$(PREFIX)/bin/baton
	mkdir -p $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	target/release/baton completions bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/baton
	target/release/baton completions zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_baton
	target/release/baton completions fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/baton.fish
