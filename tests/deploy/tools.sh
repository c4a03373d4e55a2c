# Sourced by the checks: their tools, under target, from PyPI at the versions in requirements.txt. `$tools` is where they are.
# shellcheck shell=bash
tools="${CARGO_TARGET_DIR:-target}/deploy-tools"
mkdir -p "$tools"
tools="$(cd "$tools" && pwd)"

if ! cmp -s tests/deploy/requirements.txt "$tools/requirements.txt"; then
  python3 -m venv --clear "$tools/venv"
  "$tools/venv/bin/pip" install --quiet --disable-pip-version-check -r tests/deploy/requirements.txt
  cp tests/deploy/requirements.txt "$tools/requirements.txt"
fi
PATH="$tools/venv/bin:$PATH"

step() { printf '%3ds  %s\n' "$SECONDS" "$1"; }
