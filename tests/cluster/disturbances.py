"""Pods that are deleted at random and a rolling update, under load: nothing is lost, nothing is done twice."""

import time

import kubernetes
from kubernetes import kubectl
from trial import STAGES, must, rolled_out

INVOICES = 900
DELETIONS = 16
# One in so many is not given the time to drain.
KILLED = 4
# What a replica of llm-structure has in the air at most.
IN_THE_AIR = 16


def deletions(trial):
    """Pods of all stages are deleted while invoices are on their way; some are killed a second later, in the middle of their calls."""
    trial.submit_numbered(INVOICES)
    killed, at_risk = [], 0
    for number in range(DELETIONS):
        time.sleep(trial.chance.uniform(1, 6))
        pods = [pod["metadata"]["name"] for pod in kubernetes.pods("app.kubernetes.io/component=stage")]
        victim = trial.chance.choice(pods)
        kill = number % KILLED == KILLED - 1
        kubectl("delete", "pod", victim, "--wait=false", *(["--grace-period=1"] if kill else []))
        killed += [victim] if kill else []
        at_risk += IN_THE_AIR if kill and victim.startswith("llm-structure") else 0
    open_still = len(trial.expected) - trial.product.ended()
    must(open_still > 0, "all was over before the last pod was deleted: this says nothing")
    trial.wait_until_all_ended(within=900)
    trial.say(f"deletions: {DELETIONS} pods, of which {len(killed)} were killed: {', '.join(killed)}; {open_still} invoices "
              "were open at the last one")
    trial.check_books(at_risk)


def update(trial):
    """All stages are replaced at once, a replica at a time, and everybody drains: no call is repeated."""
    trial.submit_numbered(INVOICES)
    time.sleep(8)
    before = trial.product.ended()
    since = time.monotonic()
    kubectl("rollout", "restart", *(f"statefulset/{stage}" for stage in STAGES))
    for stage in STAGES:
        rolled_out(stage, within=600)
    took = time.monotonic() - since
    after = trial.product.ended()
    must(after < len(trial.expected), "all was over before the update was: this says nothing")
    trial.wait_until_all_ended(within=900)
    trial.say(f"update: all stages in {took:.0f} s, {after - before} invoices ended meanwhile")
    trial.check_books()
