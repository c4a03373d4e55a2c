#!/usr/bin/env bash
# Prints where the programs of Prometheus are: those of this machine, or Debian's, taken once.
set -euo pipefail
cd "$(dirname "$0")/../.."
program="$1"
if command -v "$program"; then exit; fi
tools="${CARGO_TARGET_DIR:-target}/deploy-tools"
mkdir -p "$tools"
tools="$(cd "$tools" && pwd)"
if [ ! -x "$tools/prometheus/usr/bin/$program" ]; then
  command -v apt-get > /dev/null || { echo "$program is missing: install Prometheus" >&2; exit 1; }
  taken="$(mktemp -d)"
  trap 'rm -rf "$taken"' EXIT
  (cd "$taken" && apt-get download -qq prometheus > /dev/null)
  dpkg -x "$taken"/prometheus_*.deb "$tools/prometheus"
fi
echo "$tools/prometheus/usr/bin/$program"
