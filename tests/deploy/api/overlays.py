#!/usr/bin/env python3
"""Asks the API server that KUBECONFIG names about every object of the overlays, and about each pod that they would make.

    overlays.py OVERLAY ...

A workload's pods are made by controllers, which are not there: so each pod template is put to the server as a pod, which the namespace's
`restricted` level refuses or lets in. A warning is a mistake, too. At the end mistakes are made on purpose, and the server must
find them.
"""

import pathlib
import subprocess
import sys

import yaml

NAMESPACE = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "invoices", "labels": {f"pod-security.kubernetes.io/{what}": "restricted" for what in ("enforce", "warn", "audit")}},
}


def kubectl(*words, objects=None):
    """What it said on standard error, and whether it failed."""
    text = yaml.safe_dump_all(objects) if objects else None
    done = subprocess.run(["kubectl", *words], input=text, capture_output=True, text=True)
    return done.returncode != 0, done.stderr.strip()


def dry_run(objects):
    return kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "--namespace=invoices", "--filename=-", objects=objects)


def build(overlay):
    done = subprocess.run(["kubectl", "kustomize", overlay], capture_output=True, text=True, check=True)
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def pods(objects):
    """A pod for each workload's template."""
    for one in objects:
        template = one.get("spec", {}).get("template") if one["kind"] in ("StatefulSet", "Deployment", "Job") else None
        if template:
            meta = {"name": f"pod-of-{one['metadata']['name']}", "labels": template["metadata"]["labels"]}
            claims = [volume["metadata"]["name"] for volume in one["spec"].get("volumeClaimTemplates", [])]
            volumes = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims]
            spec = template["spec"] | {"volumes": template["spec"].get("volumes", []) + volumes}
            yield {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


def of(objects, kind):
    return next(one for one in objects if one["kind"] == kind)


# What is spoiled, and what the server must say of it.
MISTAKES = [
    ("ScaledObject", lambda one: one["spec"].update(maxReplicas=3), "field not declared in schema"),
    ("KafkaTopic", lambda one: one["spec"].update(partitions=0), "should be greater than or equal to 1"),
    ("StatefulSet", lambda one: one["spec"]["template"]["spec"].pop("securityContext"), "would violate PodSecurity"),
    ("StatefulSet", lambda one: one["spec"]["template"]["spec"]["containers"][0]["resources"].update(requests={"cpu": "1x"}), "quantities"),
    ("NetworkPolicy", lambda one: one["spec"].update(policyTypes=["In"]), "Unsupported value"),
    ("Pod", lambda one: one["spec"].pop("securityContext"), "violates PodSecurity"),
]


def missed(objects):
    """Mistakes that the server lets pass."""
    for kind, spoil, said in MISTAKES:
        spoiled = yaml.safe_load(yaml.safe_dump(of([*objects, *pods(objects)], kind)))
        spoil(spoiled)
        _, stderr = dry_run([spoiled])
        if said not in stderr:
            yield f"{kind}: the server does not say {said!r}, but {stderr!r}"


def main(overlays):
    failed, said = kubectl("apply", "--server-side", "--filename=-", objects=[NAMESPACE])
    wrong, known = [said] if failed else [], []
    for overlay in overlays:
        objects = build(overlay)
        made = list(pods(objects))
        failed, said = dry_run([*objects, *made])
        if failed or said:
            wrong.append(f"{overlay}: {said}")
        known += objects
        print(f"{pathlib.Path(overlay).name}: {len(objects)} objects, {len(made)} pods")
    wrong += missed(known)
    print("\n".join(wrong) or f"mistakes: {len(MISTAKES)} found by the server")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
