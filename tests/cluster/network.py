"""Deny-all bites: whoever is labelled as a part of the product reaches what that part needs, and nothing else."""

import json
import time

import kubernetes
from images import KAFKA
from kubernetes import kubectl
from trial import must

OUTSIDE = "invoices-outside"
LONGEST = 3


def probe(name, labels, namespace):
    """A pod that only looks. A StatefulSet leaves it alone, as its name is none of its replicas'."""
    security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
    container = {"name": "probe", "image": KAFKA, "imagePullPolicy": "IfNotPresent", "command": ["sleep", "3600"], "securityContext": security,
                 # Never ready, so that no Service leads to it.
                 "readinessProbe": {"exec": {"command": ["false"]}}}
    pod = {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}}
    spec = {"automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0, "securityContext": pod, "containers": [container]}
    meta = {"name": name, "namespace": namespace, "labels": labels}
    kubectl("apply", "--filename=-", text=json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}), namespace=namespace)
    kubectl("wait", f"pod/{name}", "--for=jsonpath={.status.phase}=Running", "--timeout=60s", namespace=namespace)


def reached(name, targets, namespace):
    """Which of the targets the pod can connect to. It tries all of them at once."""
    tries = [f"(nc -w {LONGEST} {host} {port} -e /bin/true 2>/dev/null && echo reached {number}) &" for number, (host, port) in enumerate(targets.values())]
    said = kubectl("exec", name, "--", "sh", "-c", " ".join([*tries, "wait"]), namespace=namespace)
    numbers = {int(line.split()[1]) for line in said.splitlines() if line.startswith("reached ")}
    return {target for number, target in enumerate(targets) if number in numbers}


def address(pod):
    return pod["status"]["podIP"]


def places():
    """Address and port of everybody, by name. Addresses are of pods, so that no name has to be looked up."""
    of = {name: address(kubernetes.pods(f"app.kubernetes.io/name={name}")[0]) for name in
          ("kafka", "sandbox", "console", "fetch-extract", "llm-structure", "post-to-zoho")}
    dns = address(kubernetes.get("pods", "--selector=k8s-app=kube-dns", namespace="kube-system")["items"][0])
    api = kubernetes.get("service", "kubernetes", namespace="default")["spec"]["clusterIP"]
    return {
        "Kafka": (of["kafka"], 9092), "Kafka's controller": (of["kafka"], 9099), "the sandbox": (of["sandbox"], 8787),
        "the console": (of["console"], 8480), "the API server": (api, 443), "DNS": (dns, 53), "the clouds' metadata": ("169.254.169.254", 80),
        "fetch-extract's metrics": (of["fetch-extract"], 9464), "llm-structure's metrics": (of["llm-structure"], 9464),
        "post-to-zoho's metrics": (of["post-to-zoho"], 9464),
    }


# Who may reach what; everything else is closed.
MAY = {
    "fetch-extract": {"Kafka", "the sandbox", "DNS"},
    "llm-structure": {"Kafka", "the sandbox", "DNS"},
    "post-to-zoho": {"Kafka", "the sandbox", "DNS"},
    "console": {"Kafka", "DNS"},
    "topics": {"Kafka", "DNS"},
    "sandbox": {"DNS"},
    "somebody": {"DNS"},
}
STAGES = {"fetch-extract", "llm-structure", "post-to-zoho"}


def labels_of(who):
    if who == "somebody":
        return {}
    return {"app.kubernetes.io/name": who, "app.kubernetes.io/component": "stage" if who in STAGES else who}


def bites(trial):
    targets = places()
    kubectl("apply", "--filename=-", text=json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": OUTSIDE}}))
    try:
        for who in MAY:
            probe(f"probe-{who}", labels_of(who), kubernetes.NAMESPACE)
        probe("probe", {}, OUTSIDE)
        # Policies take a moment to bite on a new pod.
        time.sleep(3)
        wrong = []
        for who, may in MAY.items():
            found = reached(f"probe-{who}", targets, kubernetes.NAMESPACE)
            wrong += [f"{who} reaches {target}" for target in found - may] + [f"{who} does not reach {target}" for target in may - found]
        # From another namespace: what no policy of ours guards shows that the probe can see at all.
        outside = reached("probe", targets, OUTSIDE)
        wrong += [f"from another namespace {target} is reached" for target in outside - {"DNS", "the API server"}]
        must({"DNS", "the API server"} <= outside, f"the probe sees nothing, so that this says nothing: {outside}")
        must(not wrong, "; ".join(wrong))
        tried, opened = (len(MAY) + 1) * len(targets), sum(map(len, MAY.values())) + len(outside)
        trial.say(f"policies: {tried} connections tried, {opened} open, each as it must be")
    finally:
        kubectl("delete", "pod", "--ignore-not-found", "--wait=false", *(f"probe-{who}" for who in MAY))
        kubectl("delete", "namespace", OUTSIDE, "--wait=false", namespace="default")
