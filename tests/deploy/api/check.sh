#!/usr/bin/env bash
# Holds every overlay against a real kube-apiserver, as `kubectl apply --dry-run=server` does: what check.sh says by schemas, the server
# says with its own defaults, rules, quantities, CRDs and pod security. No node, nothing runs. The first run builds the server, which
# takes minutes to half an hour; it is kept under target.
set -euo pipefail
cd "$(dirname "$0")/../../.."
here="$PWD/tests/deploy/api"
. tests/deploy/tools.sh

KEDA=github.com/kedacore/keda/v2@v2.21.0
PROMETHEUS_OPERATOR=github.com/prometheus-operator/prometheus-operator@v0.85.0

mkdir -p "$tools/api"
run="$(mktemp -d)"
started=()
finish() {
  for process in "${started[@]}"; do kill "$process" 2> /dev/null || true; done
  wait 2> /dev/null || true
  rm -rf "$run"
}
trap finish EXIT

# once NAME INPUTS COMMAND...: runs the command unless it was run with these inputs before.
once() {
  local name="$1" inputs="$2" stamp="$tools/api/$1.stamp"
  shift 2
  if [ "$(cat "$stamp" 2> /dev/null)" != "$inputs" ]; then
    step "$name"
    "$@"
    echo "$inputs" > "$stamp"
  fi
}

build_server() {
  command -v go > /dev/null || { echo "kube-apiserver is built by Go, which is missing" >&2; exit 1; }
  # Releases are stamped with their version by the linker; the server refuses to start as v0.0.0.
  local version="$1" base=k8s.io/component-base/version
  (cd "$here" && go build -buildvcs=false -o "$tools/api/kube-apiserver" \
    -ldflags "-s -w -X $base.gitVersion=$version -X $base.gitMajor=1 -X $base.gitMinor=$(cut -d. -f2 <<< "$version")" \
    k8s.io/kubernetes/cmd/kube-apiserver)
}

fetch_etcd() {
  command -v apt-get > /dev/null || { echo "etcd is missing: install it" >&2; exit 1; }
  (cd "$run" && apt-get download -qq etcd-server && dpkg -x etcd-server_*.deb "$tools/api/etcd")
}

# module MODULE@VERSION FOLDER: the CRDs in that folder of a Go module, which the checksum database vouches for.
module() {
  local folder
  folder="$(cd / && go mod download -json "$1" | python -c 'import json, sys; print(json.load(sys.stdin)["Dir"])')/$2"
  cp --no-preserve=mode "$folder"/*.yaml "$tools/api/crds/"
}

# Strimzi's generator wants Java 21.
strimzi() {
  local java
  for java in "${JAVA_21:-java}" /usr/lib/jvm/*/bin/java; do
    if [ "$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/.*java.specification.version = //p')" -ge 21 ]; then break; fi
  done
  mvn -q -B -f "$here/strimzi.xml" dependency:copy-dependencies -DoutputDirectory="$run/strimzi" > "$run/maven" || { cat "$run/maven" >&2; exit 1; }
  "$java" -cp "$run/strimzi/*" io.strimzi.crdgenerator.CrdGenerator --yaml --crd-api-version v1 \
    io.strimzi.api.kafka.model.topic.KafkaTopic="$tools/api/crds/kafkatopics.yaml" \
    io.strimzi.api.kafka.model.user.KafkaUser="$tools/api/crds/kafkausers.yaml"
}

fetch_crds() {
  rm -rf "$tools/api/crds"
  mkdir -p "$tools/api/crds"
  module "$KEDA" config/crd/bases
  module "$PROMETHEUS_OPERATOR" example/prometheus-operator-crd
  strimzi
}

free_port() { python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# await WHAT COMMAND...: until the command succeeds.
await() {
  local what="$1"
  shift
  for _ in $(seq 300); do
    "$@" > /dev/null 2>&1 && return 0
    sleep 0.2
  done
  echo "$what did not come up:" >&2
  tail -5 "$run"/*.log >&2
  exit 1
}

start() {
  local name="$1"
  shift
  "$@" > "$run/$name.log" 2>&1 &
  started+=("$!")
}

version="$(sed -n 's|.*k8s.io/kubernetes \(v[0-9.]*\).*|\1|p' "$here/go.mod")"
once "building kube-apiserver $version" "$(cat "$here/go.mod" "$here/go.sum" | sha256sum)" build_server "$version"
etcd="$(command -v etcd || true)"
if [ -z "$etcd" ]; then
  once "etcd" "" fetch_etcd
  etcd="$tools/api/etcd/usr/bin/etcd"
fi
once "CRDs of KEDA, prometheus-operator and Strimzi" "$(sha256sum < "$here/check.sh")" fetch_crds

step "kube-apiserver $version starts"
storage="$(free_port)" peers="$(free_port)" port="$(free_port)"
start etcd "$etcd" --data-dir "$run/etcd" --listen-client-urls "http://127.0.0.1:$storage" --advertise-client-urls "http://127.0.0.1:$storage" \
  --listen-peer-urls "http://127.0.0.1:$peers" --initial-advertise-peer-urls "http://127.0.0.1:$peers" \
  --initial-cluster "default=http://127.0.0.1:$peers" --unsafe-no-fsync
openssl genrsa -out "$run/accounts.key" 2048 2> /dev/null
token="$(openssl rand -hex 16)"
echo "$token,check,check,system:masters" > "$run/tokens"
start kube-apiserver "$tools/api/kube-apiserver" --etcd-servers "http://127.0.0.1:$storage" --secure-port "$port" --bind-address 127.0.0.1 \
  --cert-dir "$run/certificates" --service-cluster-ip-range 10.0.0.0/24 --token-auth-file "$run/tokens" --authorization-mode RBAC \
  --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$run/accounts.key" \
  --service-account-signing-key-file "$run/accounts.key" --disable-admission-plugins ServiceAccount
export KUBECONFIG="$run/kubeconfig"
kubectl config set-cluster here --server "https://127.0.0.1:$port" --insecure-skip-tls-verify > /dev/null
kubectl config set-credentials here --token "$token" > /dev/null
kubectl config set-context here --cluster here --user here > /dev/null
kubectl config use-context here > /dev/null
await kube-apiserver kubectl get --raw /readyz

step "CRDs"
kubectl apply --server-side --filename "$tools/api/crds" > "$run/crds"
kubectl wait --for=condition=Established --timeout=60s crd --all > "$run/crds" 2>&1 || { cat "$run/crds" >&2; exit 1; }

step "every overlay"
python "$here/overlays.py" k8s/overlays/* tests/deploy/overlays/* tests/cluster/overlay
step "done"
