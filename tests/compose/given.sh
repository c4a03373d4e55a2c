#!/usr/bin/env bash
# Images as the Dockerfile makes them, from programs that are there: what compiles is left out of it, and the rest is used as it is.
#
#   given.sh DIRECTORY      of release builds; they take zlib from the system, which is put beside them
set -euo pipefail
programs="$(cd "$1" && pwd)"
cd "$(dirname "$0")/../.."

context="$(mktemp -d)"
trap 'rm -rf "$context"' EXIT
mkdir "$context/out"
for program in fetch-extract llm-structure post-to-zoho console invoicectl sandbox; do
  strip -o "$context/out/$program" "$programs/$program"
done
printf 'FROM %s\nCOPY out /out\n' "$(sed -n 's/^ARG RUST_IMAGE=//p' Dockerfile)" | docker build --quiet --tag invoices/given --file - "$context" > /dev/null
{
  grep '^ARG .*_IMAGE=' Dockerfile
  sed -n '/^FROM build AS program/,$p' Dockerfile |
    sed -e 's/^FROM build /FROM invoices\/given /' \
      -e '/^COPY --from=program \/program\/app/a COPY --from=program /usr/lib/x86_64-linux-gnu/libz.so.1 /usr/lib/x86_64-linux-gnu/libz.so.1'
} > "$context/Dockerfile"
for program in fetch-extract llm-structure post-to-zoho console invoicectl sandbox; do
  case "$program" in invoicectl | sandbox) target=tool ;; *) target=service ;; esac
  docker build --quiet --tag "invoices/$program" --target "$target" --build-arg "BIN=$program" "$context" > /dev/null
done
