"""The product comes up under the `restricted` level, and the sample invoices end as they must."""

import json
import pathlib

import kubernetes
from kubernetes import Refused, kubectl
from product import SANDBOX
from trial import STAGES, Wrong, must, rolled_out

OVERLAY = pathlib.Path(__file__).resolve().parent / "overlay"


def comes_up(trial):
    """Everything is applied and ready, and nothing runs that `restricted` would refuse."""
    try:
        kubernetes.get("deployment", "keda-operator", namespace="keda")
    except Refused as error:
        raise Wrong(f"KEDA is not in the namespace keda: {error}") from None
    kubectl("delete", "namespace", kubernetes.NAMESPACE, "--ignore-not-found", "--wait", namespace="default")
    said = kubectl("apply", "--server-side", f"--kustomize={OVERLAY}")
    must("Warning" not in said, f"the API server warns: {said}")
    trial.say(f"applied {len(said.splitlines())} objects")
    kubectl("wait", "job/topics", "--for=condition=Complete", "--timeout=300s")
    for stage in STAGES:
        rolled_out(stage)
    for deployment in ("console", "sandbox"):
        kubectl("rollout", "status", f"deployment/{deployment}", "--timeout=300s")
    restarts = {pod["metadata"]["name"]: sum(one["restartCount"] for one in pod["status"]["containerStatuses"]) for pod in
                kubernetes.get("pods")["items"]}
    trial.say(f"ready: {len(restarts)} pods; containers that were restarted: {sum(map(bool, restarts.values()))}")


def restricted(trial):
    labels = kubernetes.get("namespace", kubernetes.NAMESPACE)["metadata"]["labels"]
    must(labels["pod-security.kubernetes.io/enforce"] == "restricted", "the namespace does not enforce `restricted`")
    bare = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare"}, "spec": {"containers": [{"name": "bare", "image": "bare"}]}}
    try:
        kubectl("apply", "--dry-run=server", "--filename=-", text=json.dumps(bare))
    except Refused as error:
        must("violates PodSecurity" in str(error), f"a bare pod was refused for another reason: {error}")
    else:
        raise Wrong("a pod that is not restricted is let in")
    running = [pod["metadata"]["name"] for pod in kubernetes.get("pods", "--field-selector=status.phase=Running")["items"]]
    trial.say(f"restricted: {len(running)} pods run in a namespace that refuses a bare one")


def samples(trial):
    listed = {sample["name"]: sample["expectation"] == "bill" for sample in trial.product.samples()}
    for good in (True, False):
        trial.submit([f"{SANDBOX}/pdf/{name}.pdf" for name in listed if listed[name] == good], becomes_a_bill=good)
    trial.submit([f"{SANDBOX}/pdf/gone.pdf"], becomes_a_bill=False)
    # The same again is the same invoice.
    trial.submit([f"{SANDBOX}/pdf/{name}.pdf" for name in listed if listed[name]][:1])
    trial.wait_until_all_ended(within=300)
    trial.check_books()
