# One Dockerfile for every program of the product: BIN says which.
#
#   docker build --build-arg BIN=fetch-extract --build-arg REVISION=$(git rev-parse HEAD) -t fetch-extract .
#
# All programs are compiled together, in one layer that the images of all of them share: the first image takes the time of all, the
# others that of a copy.
#
# RUST_IMAGE and RUNTIME_IMAGE are tags here so that anybody can build. What is released is built from digests, which
# docs/operations/images.md says how to look up: --build-arg RUST_IMAGE=rust:1.95.0-bookworm@sha256:...
# Both are of Debian 12: what is linked against one's C library runs on the other's. The compiler's version is that of
# rust-toolchain.toml, which stays outside: it would make rustup fetch tools that a build does not need.
ARG RUST_IMAGE=rust:1.95.0-bookworm
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${RUST_IMAGE} AS tools
ARG CARGO_CHEF=0.1.78
ARG CARGO_AUDITABLE=0.7.7
# Debug builds: what they do themselves takes seconds, and building them with optimisation minutes.
RUN cargo install --debug --locked "cargo-chef@${CARGO_CHEF}" "cargo-auditable@${CARGO_AUDITABLE}"
WORKDIR /build

FROM tools AS plan
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM tools AS build
# The runtime image has no zlib, and libz-sys takes the builder's own unless it is told to build one.
ENV LIBZ_SYS_STATIC=1
# The same words for `cook` and `build`: with other packages chosen, dependencies would have other features and be built again.
ENV PROGRAMS="--bin fetch-extract --bin llm-structure --bin post-to-zoho --bin console --bin invoicectl --bin sandbox"
COPY --from=plan /build/recipe.json recipe.json
# Dependencies alone, so that a change of ours leaves this layer as it is.
# hadolint ignore=SC2086
RUN cargo chef cook --release --locked --recipe-path recipe.json ${PROGRAMS}
COPY . .
# `auditable` puts the list of dependencies into each program, where scanners find it.
# hadolint ignore=SC2086
RUN cargo auditable build --release --locked ${PROGRAMS} \
    && for option in ${PROGRAMS}; do \
         test "${option}" = --bin || { install -D "target/release/${option}" "/out/${option}" && strip "/out/${option}"; } || exit 1; \
       done

FROM build AS program
ARG BIN
RUN test -n "${BIN}" \
    && install -D "/out/${BIN}" /program/app \
    && install -d /program/state/documents /program/state/own

# What runs and ends, or has no probes: --target tool for invoicectl and the sandbox.
FROM ${RUNTIME_IMAGE} AS tool
ARG BIN
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="${BIN}" \
      org.opencontainers.image.description="Part of an invoice-to-bill pipeline on Kafka" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=program /program/app /app
# A new volume takes over the owner of the folder it is mounted on: `documents` is shared, `own` is this replica's alone.
COPY --from=program --chown=65532:65532 /program/state /var/lib/invoices
# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
ENTRYPOINT ["/app"]

# A service. Whoever restarts what is not healthy is to restart what stands still, and not what waits for Kafka: liveness, which
# docker-compose.yml, where nobody does, makes readiness.
FROM tool AS service
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/app", "healthcheck"]
