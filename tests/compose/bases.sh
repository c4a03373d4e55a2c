#!/usr/bin/env bash
# Makes stand-ins for the images that come from registries, where none can be reached: of Debian 12's own packages, this machine's
# Rust and the broker's jars, under the names that Dockerfile and docker-compose.yml ask for. They are for trying, never for release.
#
#   bases.sh DIRECTORY IMAGE...     what is there already is left alone; DIRECTORY is scratch space
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch="$1"
shift
mkdir -p "$scratch"
scratch="$(cd "$scratch" && pwd)"

# unpack ROOT PACKAGE...: the packages and all that they depend on, as files, without running anything of theirs.
unpack() {
  local root="$1" packages="$scratch/packages"
  shift
  mkdir -p "$packages/partial" "$packages/none/partial" "$root"/usr/{bin,sbin,lib,lib64} "$root/tmp"
  : > "$packages/installed"
  chmod 1777 "$root/tmp"
  for folder in bin sbin lib lib64; do ln -sfn "usr/$folder" "$root/$folder"; done
  # As if nothing were installed, so that the list is whole.
  local apt=(apt-get -q -y --no-install-recommends -o "Dir::State::status=$packages/installed" -o Debug::NoLocking=1
    -o APT::Sandbox::User=root)
  "${apt[@]}" -o "Dir::Cache::archives=$packages/none" --print-uris install "$@" | awk -F "'? " '/^\x27/ {print $2}' > "$root.debs"
  "${apt[@]}" -o "Dir::Cache::archives=$packages" --download-only install "$@" > /dev/null
  while read -r deb; do dpkg-deb --fsys-tarfile "$packages/$deb" | tar -x --keep-directory-symlink -C "$root"; done < "$root.debs"
  # What a package's own script would have made of the list of certificates: this machine's own are taken.
  mkdir -p "$root/etc/ssl/certs"
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
}

# packed ROOT IMAGE CHANGE...: the root as an image.
packed() {
  local root="$1" image="$2" changes=()
  shift 2
  for change in "$@"; do changes+=(--change "$change"); done
  tar -C "$root" --numeric-owner --owner=0 --group=0 -c . | docker import "${changes[@]}" - "$image" > /dev/null
  rm -rf "$root"
}

accounts() {
  printf 'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n' > "$1/etc/passwd"
  printf 'root:x:0:\nnobody:x:65534:\n' > "$1/etc/group"
  if [ $# -gt 1 ]; then
    printf '%s:x:%s:%s:%s:/home/%s:/bin/sh\n' "$2" "$3" "$3" "$2" "$2" >> "$1/etc/passwd"
    printf '%s:x:%s:\n' "$2" "$3" >> "$1/etc/group"
    install -d -o "$3" -g "$3" -m 0700 "$1/home/$2"
  fi
}

# A compiler for C, which librdkafka, OpenSSL and SQLite are written in, and this machine's Rust of the version that is asked for.
rust() {
  local root="$scratch/rust" sysroot
  sysroot="$(rustc --print sysroot)"
  unpack "$root" base-files bash coreutils sed grep mawk findutils diffutils tar gzip gcc g++ make perl libc6-dev ca-certificates pkg-config
  accounts "$root"
  ln -sf bash "$root/usr/bin/sh"
  ln -sf mawk "$root/usr/bin/awk"
  ln -sf gcc "$root/usr/bin/cc"
  ln -sf g++ "$root/usr/bin/c++"
  mkdir -p "$root"/usr/local/{bin,lib/rustlib}
  cp "$sysroot/bin/rustc" "$sysroot/bin/cargo" "$root/usr/local/bin/"
  cp -P "$sysroot"/lib/*.so* "$root/usr/local/lib/"
  cp -r "$sysroot/lib/rustlib/x86_64-unknown-linux-gnu" "$root/usr/local/lib/rustlib/"
  packed "$root" "$1" \
    'ENV PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    'ENV CARGO_HOME=/usr/local/cargo' 'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt'
}

# What distroless' cc has, by its own list of packages; without the documents of Debian.
runtime() {
  local root="$scratch/runtime"
  unpack "$root" base-files netbase tzdata ca-certificates libc6 libssl3 libgcc-s1 libstdc++6 libgomp1
  packed_runtime "$root" "$1"
}

for image in "$@"; do
  docker image inspect "$image" > /dev/null 2>&1 && continue
  case "$image" in
    rust:*) rust "$image" ;;
    *) echo "bases.sh: no stand-in for $image" >&2; exit 1 ;;
  esac
  echo "stand-in for $image: $(docker image inspect --format '{{.Size}}' "$image" | awk '{printf "%.0f MB", $1 / 1e6}')"
done
