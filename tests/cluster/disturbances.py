"""Pods that are deleted at random and a rolling update, under load: nothing is lost, nothing is done twice."""

import time

import kubernetes
from kubernetes import kubectl
from trial import STAGES, Load, rolled_out

# On their way at every moment.
OPEN = 300
DELETIONS = 16
# One in so many is not given the time to drain.
KILLED = 4
# What a replica of llm-structure has in the air at most.
IN_THE_AIR = 16


def deletions(trial):
    """Pods of all stages are deleted while invoices are on their way; some are killed a second later, in the middle of their calls."""
    killed, at_risk, since = [], 0, time.monotonic()
    with Load(trial, OPEN) as load:
        for number in range(DELETIONS):
            time.sleep(trial.chance.uniform(1, 6))
            victim = trial.chance.choice([pod["metadata"]["name"] for pod in kubernetes.pods("app.kubernetes.io/component=stage")])
            kill = number % KILLED == KILLED - 1
            kubectl("delete", "pod", victim, "--wait=false", *(["--grace-period=1"] if kill else []))
            killed += [victim] if kill else []
            at_risk += IN_THE_AIR if kill and victim.startswith("llm-structure") else 0
    took = time.monotonic() - since
    trial.say(f"deletions: {DELETIONS} pods in {took:.0f} s, of which {len(killed)} were killed ({', '.join(killed)}); {load.ended} invoices ended "
              "meanwhile")
    trial.wait_until_all_ended(within=900)
    trial.check_books(at_risk)


def update(trial):
    """All stages are replaced at once, a replica at a time, and everybody drains: no call is repeated."""
    since = time.monotonic()
    with Load(trial, OPEN) as load:
        kubectl("rollout", "restart", *(f"statefulset/{stage}" for stage in STAGES))
        for stage in STAGES:
            rolled_out(stage, within=600)
    took = time.monotonic() - since
    trial.say(f"update: all stages in {took:.0f} s; {load.ended} invoices ended meanwhile")
    trial.wait_until_all_ended(within=900)
    trial.check_books()
