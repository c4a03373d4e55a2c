# One Dockerfile for every program of the product: BIN says which.
#
#   docker build --build-arg BIN=fetch-extract --build-arg REVISION=$(git rev-parse HEAD) -t fetch-extract .
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
RUN cargo install --locked "cargo-chef@${CARGO_CHEF}" "cargo-auditable@${CARGO_AUDITABLE}"
WORKDIR /build

FROM tools AS plan
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM tools AS build
# The runtime image has no zlib, and libz-sys takes the builder's own unless it is told to build one.
ENV LIBZ_SYS_STATIC=1
COPY --from=plan /build/recipe.json recipe.json
# Dependencies of the whole workspace, so that the images of all programs share this layer.
RUN cargo chef cook --release --locked --recipe-path recipe.json
COPY . .
ARG BIN
# `auditable` puts the list of dependencies into the program, where scanners find it.
RUN test -n "${BIN}" \
    && cargo auditable build --release --locked --bin "${BIN}" \
    && install -D "target/release/${BIN}" /out/app \
    && strip /out/app \
    && install -d /out/state/documents /out/state/own

FROM ${RUNTIME_IMAGE}
ARG BIN
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="${BIN}" \
      org.opencontainers.image.description="Part of an invoice-to-bill pipeline on Kafka" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /out/app /app
# A new volume takes over the owner of the folder it is mounted on: `documents` is shared, `own` is this replica's alone.
COPY --from=build --chown=65532:65532 /out/state /var/lib/invoices
# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
ENTRYPOINT ["/app"]
