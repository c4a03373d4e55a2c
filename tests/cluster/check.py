#!/usr/bin/env python3
"""Runs the product in the cluster that KUBECONFIG points at and holds it to its promises; README.md says what is needed.

    check.py                    everything
    check.py --keep             and leaves the product there
    check.py --only network     a section, on a product that is there already
"""

import argparse
import os
import pathlib
import random
import subprocess
import sys

import beginning
import disturbances
import network
import scaling
from images import WORK
from kubernetes import NAMESPACE, Refused, kubectl
from trial import STAGES, Trial, Wrong

SECTIONS = {
    "up": [beginning.comes_up],
    "restricted": [beginning.restricted],
    "samples": [beginning.samples],
    "network": [network.bites],
    "scaling": [scaling.a_parked_stage_stays_small, scaling.up_and_down],
    "deletions": [disturbances.deletions],
    "update": [disturbances.update],
}


def keep_logs():
    """Where what the pods said outlives them."""
    folder = WORK / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    for words, name in (
        (["get", "pods,statefulsets,scaledobjects,hpa,events", "--output=wide"], "objects"),
        *((["logs", f"--selector=app.kubernetes.io/name={stage}", "--tail=-1", "--prefix"], stage) for stage in (*STAGES, "console", "kafka")),
    ):
        done = subprocess.run(["kubectl", f"--namespace={NAMESPACE}", *words], capture_output=True, text=True)
        pathlib.Path(folder / f"{name}.log").write_text(done.stdout + done.stderr)
    return folder


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--only", nargs="+", choices=SECTIONS)
    arguments.add_argument("--keep", action="store_true", help="leave the product in the cluster")
    arguments.add_argument("--seed", type=int, default=random.randrange(10_000), help="decides which pods are deleted, and when")
    given = arguments.parse_args()
    if not os.environ.get("KUBECONFIG"):
        sys.exit("KUBECONFIG names no cluster; tests/cluster/README.md says what this needs")
    trial = Trial(given.seed)
    try:
        if given.only and "up" not in given.only:
            trial.adopt()
        for section in given.only or SECTIONS:
            for check in SECTIONS[section]:
                check(trial)
    except (Wrong, Refused, TimeoutError) as error:
        print(f"WRONG {error}\nthe seed was {given.seed}; logs are in {keep_logs()}", file=sys.stderr)
        return 1
    finally:
        trial.product.close()
    if not (given.keep or given.only):
        kubectl("delete", "namespace", NAMESPACE, "--wait=false", namespace="default")
    trial.say("done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
