#!/usr/bin/env bash
# Tells everything that is missing for a build, at once, and the command that installs it.
# With --install, on Debian or Ubuntu and as root, installs it. Never installs Rust: rustup does.
# With --for-browser, also what the tests of the console's pages need.
set -euo pipefail

install=
for_browser=
for option in "$@"; do
  case $option in
    --install) install=1 ;;
    --for-browser) for_browser=1 ;;
    *) echo "unknown option $option" >&2; exit 64 ;;
  esac
done
missing=()     # what, for people
apt=()         # Debian packages
brew=()        # Homebrew packages

need() { # COMMAND WHAT APT BREW
  command -v "$1" >/dev/null 2>&1 && return
  missing+=("$2")
  apt+=("$3")
  [ -z "$4" ] || brew+=("$4")
}

java_version() {
  "${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1
}

# One package may stand for several commands.
list() {
  printf '%s\n' "$@" | sort -u | tr '\n' ' '
}

need_java() {
  local version
  version=$(java_version || true)
  [ "${version:-0}" -ge 17 ] && return
  missing+=("java 17 or later (the local Kafka broker runs on it; found: ${version:-none})")
  apt+=(default-jre-headless)
  brew+=(openjdk)
}

need_node() {
  local version
  version=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p')
  [ "${version:-0}" -ge 20 ] && return
  missing+=("node 20.10 or later (runs the tests of the pages; found: ${version:-none})")
  apt+=(nodejs)
  brew+=(node)
}

need cc "cc, a C compiler (librdkafka and OpenSSL are built from source)" build-essential ""
need c++ "c++, a C++ compiler (librdkafka is built from source)" build-essential ""
need make "make" build-essential make
need perl "perl (OpenSSL's build uses it)" perl perl
need mvn "mvn (fetches Kafka's jars)" maven maven
need_java
if [ -n "$for_browser" ]; then
  need_node
  need npm "npm (fetches the browser's driver and axe-core)" npm ""
  [ -n "${CHROMIUM:-}" ] || need chromium "chromium, or the path of a Chromium or Chrome in CHROMIUM" chromium ""
fi

if [ ${#missing[@]} -gt 0 ] && [ -n "$install" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2046  # package names, split on purpose
  apt-get install -y -qq --no-install-recommends $(list "${apt[@]}")
  exec "$0" ${for_browser:+--for-browser}
fi

no_cargo=
command -v cargo >/dev/null 2>&1 || no_cargo=1
[ ${#missing[@]} -gt 0 ] || [ -n "$no_cargo" ] || exit 0

{
  echo "Missing:"
  [ -z "$no_cargo" ] || echo "  cargo (get rustup from https://rustup.rs; it reads rust-toolchain.toml)"
  for what in ${missing[@]+"${missing[@]}"}; do echo "  $what"; done
  if [ ${#missing[@]} -gt 0 ]; then
    echo "Install with:"
    if [ "$(uname)" = Darwin ]; then
      echo "  xcode-select --install; brew install $(list ${brew[@]+"${brew[@]}"})"
    else
      echo "  sudo apt-get install $(list "${apt[@]}")"
    fi
  fi
} >&2
exit 1
