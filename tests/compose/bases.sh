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

# unpack ROOT PACKAGE...: the packages and all that they depend on, or those named in `only`, as files, without running anything.
unpack() {
  local root="$1" packages="$scratch/packages" only="${only:-}"
  rm -rf "$root"
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
  while read -r deb; do
    test -z "$only" || [[ " $only " == *" ${deb%%_*} "* ]] || continue
    dpkg-deb --fsys-tarfile "$packages/$deb" | tar -x --keep-directory-symlink -C "$root"
  done < "$root.debs"
  rm -rf "$root"/usr/share/{man,locale,info,lintian} "$root/var/lib/prometheus"
  # What a package's own script would have made of the list of certificates: this machine's own are taken.
  mkdir -p "$root/etc/ssl/certs"
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
}

# packed ROOT IMAGE CHANGE...: the root as an image.
packed() {
  local root="$1" image="$2" changes=()
  shift 2
  for change in "$@"; do changes+=(--change "$change"); done
  tar -C "$root" --numeric-owner -c . | docker import "${changes[@]}" - "$image" > /dev/null
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

# What distroless' cc has, by its own list, and no more: no shell, no package manager.
runtime() {
  local root="$scratch/runtime" packages=(base-files netbase tzdata libc6 libssl3 libgcc-s1 libstdc++6 libgomp1)
  only="${packages[*]}" unpack "$root" "${packages[@]}"
  accounts "$root" nonroot 65532
  packed "$root" "$1" 'USER 65532' 'WORKDIR /home/nonroot' 'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' 'ENV PATH=/usr/bin:/bin'
}

# The jars that tools/local runs its brokers from, a Java of what they need, and apache/kafka's way to be told its settings.
kafka() {
  local root="$scratch/kafka" libs="${CARGO_TARGET_DIR:-target}/kafka/libs"
  test -d "$libs" || mvn -q -B -f tools/local/kafka/pom.xml dependency:copy-dependencies "-DoutputDirectory=$(pwd)/$libs"
  test -e "$libs/kafka-server-${1##*:}.jar" || { echo "bases.sh: $libs is not of $1" >&2; exit 1; }
  unpack "$root" base-files bash coreutils libc6 zlib1g libstdc++6 netcat-openbsd
  accounts "$root" appuser 1000
  ln -sf bash "$root/usr/bin/sh"
  ln -sf nc.openbsd "$root/usr/bin/nc"
  mkdir -p "$root"/opt/kafka/{bin,config,libs} "$root/opt/java" "$root/etc/kafka/docker" "$root/var/lib/kafka/data"
  jlink --add-modules java.se,jdk.unsupported,jdk.management,jdk.zipfs --no-header-files --no-man-pages --output "$root/opt/java/openjdk"
  cp "$libs"/*.jar "$root/opt/kafka/libs/"
  cp tests/compose/kafka/*.sh "$root/opt/kafka/bin/"
  cp tests/compose/kafka/run "$root/etc/kafka/docker/"
  chown -R 1000:1000 "$root/opt/kafka/config" "$root/var/lib/kafka/data"
  packed "$root" "$1" 'USER 1000' 'CMD ["/etc/kafka/docker/run"]' \
    'ENV PATH=/opt/java/openjdk/bin:/usr/bin:/bin'
}

# Debian's, which is older than the one that is asked for: enough to see that it finds and reads every service.
prometheus() {
  local root="$scratch/prometheus" packages=(base-files netbase libc6 prometheus)
  only="${packages[*]}" unpack "$root" "${packages[@]}"
  accounts "$root"
  mkdir -p "$root/prometheus"
  chmod 0777 "$root/prometheus"
  packed "$root" "$1" 'USER 65534' 'WORKDIR /prometheus' 'ENTRYPOINT ["/usr/bin/prometheus"]' \
    'CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]'
}

for image in "$@"; do
  docker image inspect "$image" > /dev/null 2>&1 && continue
  case "$image" in
    rust:*) rust "$image" ;;
    gcr.io/distroless/cc-debian12:*) runtime "$image" ;;
    apache/kafka:*) kafka "$image" ;;
    prom/prometheus:*) prometheus "$image" ;;
    *) echo "bases.sh: no stand-in for $image" >&2; exit 1 ;;
  esac
  echo "stand-in for $image: $(docker image inspect --format '{{.Size}}' "$image" | awk '{printf "%.0f MB", $1 / 1e6}')"
done
