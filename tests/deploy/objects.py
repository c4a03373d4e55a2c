#!/usr/bin/env python3
"""Holds the objects of an overlay, as kustomize builds them, against strict schemas and against each other.

    objects.py NAME OBJECTS.yaml

Schemas find misspelt fields; what they cannot find is below: a setting that no service knows, a grace period that is shorter than the
drain, a reference to nothing, a selector that selects nothing, and what pod security's `restricted` level refuses. Prints every
mistake and fails when there is one.
"""

import json
import pathlib
import re
import sys

import jsonschema
import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = pathlib.Path(__file__).resolve().parent / "schemas"
KUBERNETES = "1.34"
WORKLOADS = ("StatefulSet", "Deployment", "Job")
# Made by people and by Strimzi, not by the overlays.
GIVEN_SECRETS = {"llm", "zoho", "console-tokens", "kafka-cluster-ca-cert"}
DRAIN_MS = 15_000
DEFAULTS = yaml.safe_load((ROOT / "config/default.yaml").read_text())


class Objects:
    def __init__(self, name, objects):
        self.name, self.objects, self.mistakes = name, objects, []

    def say(self, one, problem):
        self.mistakes.append(f"{self.name}: {one['kind']} {one['metadata']['name']}: {problem}")

    def of(self, *kinds):
        return [one for one in self.objects if one["kind"] in kinds]

    def named(self, kind, name):
        return next((one for one in self.of(kind) if re.fullmatch(re.escape(name) + r"(-[a-z0-9]{10})?", one["metadata"]["name"])), None)

    def settings(self):
        return yaml.safe_load(self.named("ConfigMap", "invoices")["data"]["invoices.yaml"]) or {}


def schemas(these):
    for one in these.objects:
        group, _, version = one["apiVersion"].rpartition("/")
        known = SCHEMAS / f"{group}_{version}_{one['kind']}.json"
        if known.exists():
            for error in jsonschema.Draft202012Validator(json.loads(known.read_text())).iter_errors(one):
                these.say(one, f"{error.json_path}: {error.message}")
            continue
        try:
            kubernetes_validate.validate(one, KUBERNETES, strict=True)
        except Exception as error:  # The package has no base class of its errors.
            these.say(one, str(error).splitlines()[0])


def template(one):
    return one["spec"]["template"]["spec"]


def labels(one):
    return one["spec"]["template"]["metadata"]["labels"]


def ours(these):
    parts = {"stage", "console", "topics"}
    return [one for one in these.of(*WORKLOADS) if labels(one).get("app.kubernetes.io/component") in parts]


def pods(these):
    """The `restricted` level of pod security, and what we ask for beyond it."""
    allowed = {"configMap", "emptyDir", "projected", "secret", "persistentVolumeClaim", "downwardAPI", "csi", "ephemeral"}
    for one in these.of(*WORKLOADS):
        pod = template(one)
        context = pod.get("securityContext", {})
        wanted = {
            "runAsNonRoot": context.get("runAsNonRoot") is True and context.get("runAsUser", 0) != 0,
            "seccompProfile": context.get("seccompProfile", {}).get("type") in ("RuntimeDefault", "Localhost"),
            "no host namespaces": not any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")),
            "volumes": all_in(({*volume} - {"name"} for volume in pod.get("volumes", [])), allowed),
            "no service account token": pod.get("automountServiceAccountToken") is False,
        }
        for container in pod["containers"] + pod.get("initContainers", []):
            security = container.get("securityContext", {})
            resources = container.get("resources", {})
            wanted |= {
                "no privilege escalation": security.get("allowPrivilegeEscalation") is False and not security.get("privileged"),
                "drops all capabilities": security.get("capabilities", {}) == {"drop": ["ALL"]},
                "requests": {"cpu", "memory"} <= {*resources.get("requests", {})} and "memory" in resources.get("limits", {}),
                "no host ports": not any("hostPort" in port for port in container.get("ports", [])),
                "mounts": {m["name"] for m in container.get("volumeMounts", [])}
                <= {v["name"] for v in pod.get("volumes", [])} | {v["metadata"]["name"] for v in one["spec"].get("volumeClaimTemplates", [])},
            }
            if one in ours(these):
                wanted["read-only root"] = security.get("readOnlyRootFilesystem") is True
        for what, holds in wanted.items():
            if not holds:
                these.say(one, f"pod: {what}")


def all_in(sets, allowed):
    return all(one <= allowed for one in sets)


def known(path):
    # The console's settings come with the console itself.
    if path[0] == "console" and "console" not in DEFAULTS:
        return True
    node = DEFAULTS
    for at, key in enumerate(path):
        if path[:at] in (("kafka", "properties"), ("documents", "options")):
            return True
        if not isinstance(node, dict) or key not in node:
            return False
        node = node[key]
    return True


def unknown_keys(settings, path=()):
    for key, value in settings.items():
        here = (*path, key)
        if not known(here):
            yield ".".join(here)
        elif isinstance(value, dict):
            yield from unknown_keys(value, here)


def settings(these):
    for key in unknown_keys(these.settings()):
        these.say(these.named("ConfigMap", "invoices"), f"no setting {key} in config/default.yaml")
    for one in ours(these):
        for variable in template(one)["containers"][0]["env"]:
            name = variable["name"]
            if not name.startswith("INVOICES__"):
                continue
            path = tuple(name.removeprefix("INVOICES__").lower().split("__"))
            if not known(path) and not known((*path[:-1], path[-1].removesuffix("_file"))):
                these.say(one, f"{name} sets nothing in config/default.yaml")


def grace(these):
    stages = these.settings().get("stages", {})
    for one in these.of("StatefulSet"):
        key = one["metadata"]["name"].replace("-", "_")
        if key in DEFAULTS["stages"]:
            attempt = stages.get(key, {}).get("attempt_timeout_ms", DEFAULTS["stages"][key]["attempt_timeout_ms"])
            if template(one)["terminationGracePeriodSeconds"] * 1000 <= attempt + DRAIN_MS:
                these.say(one, f"terminationGracePeriodSeconds must be more than {(attempt + DRAIN_MS) // 1000}")


def references(these):
    secrets = GIVEN_SECRETS | {user["metadata"]["name"] for user in these.of("KafkaUser")} | {one["metadata"]["name"] for one in these.of("Secret")}
    maps = {one["metadata"]["name"] for one in these.of("ConfigMap")}
    for one in these.of(*WORKLOADS):
        account = template(one).get("serviceAccountName")
        if account and not these.named("ServiceAccount", account):
            these.say(one, f"no ServiceAccount {account}")
        for volume in template(one).get("volumes", []):
            if "secret" in volume and volume["secret"]["secretName"] not in secrets:
                these.say(one, f"nobody makes the Secret {volume['secret']['secretName']}")
            if "configMap" in volume and volume["configMap"]["name"] not in maps:
                these.say(one, f"no ConfigMap {volume['configMap']['name']}")
    for one in these.of("TriggerAuthentication"):
        for target in one["spec"]["secretTargetRef"]:
            if target["name"] not in secrets:
                these.say(one, f"nobody makes the Secret {target['name']}")


def selectors(these):
    pods = [labels(one) for one in these.of(*WORKLOADS)]
    for one in these.of("Service", "PodDisruptionBudget", "NetworkPolicy", "PodMonitor"):
        spec = one["spec"]
        selector = spec.get("podSelector", spec.get("selector", {}))
        if one["kind"] == "Service":
            selector = {"matchLabels": selector}
        if not any(matches(selector, pod) for pod in pods):
            these.say(one, "selects no pod")


def matches(selector, pod):
    exact = all(pod.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return exact and all(pod.get(e["key"]) in e["values"] for e in selector.get("matchExpressions", []))


def scaling(these):
    topics = re.findall(r'\("(invoices[^"]*)", "', (ROOT / "shared/stream/src/topics/plan.rs").read_text())
    partitions = these.settings().get("topics", {}).get("partitions", DEFAULTS["topics"]["partitions"])
    brokers = these.named("ConfigMap", "kafka")["data"]["brokers"]
    for one in these.of("ScaledObject"):
        spec, target = one["spec"], these.named("StatefulSet", one["spec"]["scaleTargetRef"]["name"])
        trigger = spec["triggers"][0]["metadata"]
        wanted = {
            "its target is a StatefulSet without replicas": target and "replicas" not in target["spec"],
            "its topic is a stage's main topic and its group the same": trigger["topic"] in topics and trigger["topic"] == trigger["consumerGroup"],
            "it has the overlay's brokers": trigger["bootstrapServers"] == brokers,
            "it has no more replicas than partitions, and never none": 0 < spec["minReplicaCount"] <= spec["maxReplicaCount"] <= partitions,
            "what is stuck does not scale up": trigger["excludePersistentLag"] == "true",
            "it begins where the services begin": trigger["offsetResetPolicy"] == "earliest",
        }
        for what, holds in wanted.items():
            if not holds:
                these.say(one, f"does not hold: {what}")


def production(these):
    """Images that do not move, and documents that all pods share."""
    if these.name != "production":
        return
    for one in these.of(*WORKLOADS):
        image = template(one)["containers"][0]["image"]
        if "@sha256:" not in image and not image.startswith("unset.invalid/"):
            these.say(one, f"{image} is not named by its digest")
    if not re.match(r"(s3|gs|az)://", these.settings().get("documents", {}).get("location", "")):
        these.say(these.named("ConfigMap", "invoices"), "documents.location must be a bucket")


def main(name, path):
    objects = [one for one in yaml.safe_load_all(pathlib.Path(path).read_text()) if one]
    everything = Objects(name, objects)
    for check in (schemas, pods, settings, grace, references, selectors, scaling, production):
        check(everything)
    print("\n".join(everything.mistakes) or f"{name}: {len(objects)} objects")
    return 1 if everything.mistakes else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
