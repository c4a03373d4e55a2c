#!/usr/bin/env python3
"""Whether objects.py finds what it is there to find: each mistake, put into an overlay that is right, must be named.

    refusals.py OBJECTS.yaml
"""

import copy
import pathlib
import sys

import objects
import yaml


def of(these, kind, name):
    return next(one for one in these if one["kind"] == kind and one["metadata"]["name"].startswith(name))


def pod(these, name="llm-structure"):
    return of(these, "StatefulSet", name)["spec"]["template"]["spec"]


def container(these, name="llm-structure"):
    return pod(these, name)["containers"][0]


def trigger(these):
    return of(these, "ScaledObject", "llm-structure")["spec"]["triggers"][0]["metadata"]


def add_setting(these, text):
    of(these, "ConfigMap", "invoices")["data"]["invoices.yaml"] += text


# What is spoiled, how, and what must be said of it.
MISTAKES = [
    (objects.schemas, lambda these: of(these, "StatefulSet", "llm-structure")["spec"].update(replica=3), "replica"),
    (objects.schemas, lambda these: of(these, "StatefulSet", "kafka")["spec"].update(replicas="3"), "'3'"),
    (objects.schemas, lambda these: of(these, "ScaledObject", "llm-structure")["spec"].update(maxReplicas=3), "maxReplicas"),
    (objects.pods, lambda these: pod(these).update(hostNetwork=True), "no host namespaces"),
    (objects.pods, lambda these: pod(these)["securityContext"].update(runAsUser=0), "runAsNonRoot"),
    (objects.pods, lambda these: pod(these)["securityContext"].pop("seccompProfile"), "seccompProfile"),
    (objects.pods, lambda these: pod(these)["volumes"].append({"name": "x", "hostPath": {"path": "/"}}), "volumes"),
    (objects.pods, lambda these: pod(these).pop("automountServiceAccountToken"), "no service account token"),
    (objects.pods, lambda these: container(these)["securityContext"].update(allowPrivilegeEscalation=True), "no privilege escalation"),
    (objects.pods, lambda these: container(these)["securityContext"].pop("capabilities"), "drops all capabilities"),
    (objects.pods, lambda these: container(these)["securityContext"].update(readOnlyRootFilesystem=False), "read-only root"),
    (objects.pods, lambda these: container(these)["resources"].pop("limits"), "requests"),
    (objects.pods, lambda these: container(these)["volumeMounts"].append({"name": "none", "mountPath": "/x"}), "mounts"),
    (objects.settings, lambda these: add_setting(these, "\nlog:\n  lvl: debug\n"), "log.lvl"),
    (objects.settings, lambda these: container(these)["env"].append({"name": "INVOICES__LLM__KEY_FILE", "value": "/x"}), "LLM__KEY_FILE"),
    (objects.grace, lambda these: pod(these).update(terminationGracePeriodSeconds=135), "terminationGracePeriodSeconds"),
    (objects.references, lambda these: pod(these).update(serviceAccountName="other"), "ServiceAccount other"),
    (objects.references, lambda these: pod(these)["volumes"][0].update(secret={"secretName": "other"}), "Secret other"),
    (objects.references, lambda these: these.remove(of(these, "ConfigMap", "invoices")), "no ConfigMap"),
    (objects.selectors, lambda these: of(these, "PodDisruptionBudget", "console")["spec"]["selector"]["matchLabels"].update(x="y"), "selects no pod"),
    (objects.scaling, lambda these: trigger(these).update(topic="invoices.llm"), "its topic"),
    (objects.scaling, lambda these: trigger(these).update(bootstrapServers="other:9092"), "brokers"),
    (objects.scaling, lambda these: trigger(these).update(excludePersistentLag="false"), "stuck"),
    (objects.scaling, lambda these: of(these, "ScaledObject", "llm-structure")["spec"].update(maxReplicaCount=13), "partitions"),
    (objects.scaling, lambda these: of(these, "StatefulSet", "llm-structure")["spec"].update(replicas=2), "without replicas"),
    (objects.production, lambda these: None, "digest"),
    (objects.production, lambda these: None, "bucket"),
]


def main(path):
    right = [one for one in yaml.safe_load_all(pathlib.Path(path).read_text()) if one]
    missed = []
    for number, (check, spoil, said) in enumerate(MISTAKES):
        spoiled = copy.deepcopy(right)
        spoil(spoiled)
        found = objects.Objects("production", spoiled)
        check(found)
        if not any(said in mistake for mistake in found.mistakes):
            missed.append(f"mistake {number} was not found by {check.__name__}: {said}")
    print("\n".join(missed) or f"refusals: {len(MISTAKES)} mistakes found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
