#!/usr/bin/env bash
# What can be said of images, Compose, Kubernetes, alerts and dashboards without running them. No engine, no cluster; the first run
# takes its tools from PyPI and, where there is no promtool, from Debian.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools="${CARGO_TARGET_DIR:-target}/deploy-tools"
mkdir -p "$tools"
tools="$(cd "$tools" && pwd)"
built="$(mktemp -d)"
trap 'rm -rf "$built"' EXIT

if ! cmp -s tests/deploy/requirements.txt "$tools/requirements.txt"; then
  python3 -m venv --clear "$tools/venv"
  "$tools/venv/bin/pip" install --quiet --disable-pip-version-check -r tests/deploy/requirements.txt
  cp tests/deploy/requirements.txt "$tools/requirements.txt"
fi
PATH="$tools/venv/bin:$PATH"

promtool="$(tests/deploy/prometheus.sh promtool)"

step() { printf '%3ds  %s\n' "$SECONDS" "$1"; }

step "Dockerfile: hadolint"
hadolint Dockerfile
compiler="$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)"
grep -qx "ARG RUST_IMAGE=rust:$compiler-bookworm" Dockerfile || { echo "Dockerfile: RUST_IMAGE is not Rust $compiler" >&2; exit 1; }

step "docker-compose.yml: config, with each profile"
# The plugin of an installed Docker is left alone: what is checked does not depend on the machine.
docker-compose config --quiet
docker-compose --profile tools --profile observability config --quiet
python tests/deploy/compose.py docker-compose.yml compose/invoices.yaml

step "YAML and scripts: yamllint, shellcheck"
yamllint --strict -c tests/deploy/yamllint.yaml docker-compose.yml compose k8s observability
shellcheck tests/deploy/check.sh tests/deploy/prometheus.sh

step "what is made of templates is as they say"
python observability/generate.py --check
python k8s/components/strimzi/generate.py --check

step "rules and dashboards: promtool"
"$promtool" check config --syntax-only observability/prometheus.yaml > /dev/null
"$promtool" check rules observability/rules/invoices.yaml > /dev/null
python observability/generate.py --expressions > "$built/panels.yaml"
"$promtool" check rules "$built/panels.yaml" > /dev/null
"$promtool" test rules observability/tests/rules.yaml > "$built/tests" || { cat "$built/tests"; exit 1; }
python tests/deploy/texts.py

step "Kubernetes: every overlay and component, built and held against schemas"
for overlay in k8s/overlays/* tests/deploy/overlays/*; do
  name="$(basename "$overlay")"
  kubectl kustomize "$overlay" > "$built/$name.yaml"
  python tests/deploy/objects.py "$name" "$built/$name.yaml"
done
python tests/deploy/refusals.py "$built/local.yaml"

step "done"
