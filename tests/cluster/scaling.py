"""KEDA takes llm-structure from one replica to four on its lag and back, the other stages staying as they are."""

import threading
import time

import kubernetes
from kubernetes import kubectl, until
from trial import STAGES, must
from usage import Usage

STAGE = "llm-structure"
MOST = 4
INVOICES = 2800
MEASURED_FOR = 30
# Of four replicas against one.
AT_LEAST = 3.6


def calls(trial):
    """How many calls of the language model were answered, and when that was."""
    return trial.product.of_sandbox("/_sandbox/calls")["endpoints"]["llm"]["ok"], time.monotonic()


def rate(trial, seconds=MEASURED_FOR):
    """Calls a second over so many seconds."""
    before, since = calls(trial)
    time.sleep(seconds)
    after, then = calls(trial)
    return (after - before) / (then - since)


def annotate(value):
    kubectl("annotate", f"scaledobject/{STAGE}", f"autoscaling.keda.sh/paused-replicas{value}", "--overwrite")


def replicas(stage):
    return kubernetes.get("statefulset", stage)["spec"]["replicas"]


class Watch:
    """The most replicas of each stage while something goes on."""

    def __init__(self):
        self.most, self.over = dict.fromkeys(STAGES, 0), threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self):
        while not self.over.wait(1):
            for stage in STAGES:
                self.most[stage] = max(self.most[stage], replicas(stage))

    def __enter__(self):
        self.thread.start()
        return self.most

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def balanced(trial):
    """Whether four replicas share all partitions, each with calls in the air."""
    working = [len(one["partitions"]) for one in trial.product.replicas(STAGE) if one["in_flight"]]
    return len(working) == MOST and sum(working) == 12


def a_parked_stage_stays_small(trial):
    """Paused, with all the work of this section before it. Leaves it so."""
    trial.product.pause(STAGE, "check-cluster: fills the queue")
    trial.submit_numbered(INVOICES)
    since = time.monotonic()
    with Watch() as most, Usage() as usage:
        until("fetch-extract has read all", 900, lambda: trial.product.stage_counts()[STAGE] >= INVOICES, every=2)
        trial.say(f"fetch-extract: {INVOICES / (time.monotonic() - since):.0f} PDFs a second; the most that a pod used: {usage}")
        # Three polls of KEDA and two of the autoscaler.
        time.sleep(35)
    must(most[STAGE] == 1, f"a paused {STAGE} with a lag of {INVOICES} was scaled to {most[STAGE]}")
    trial.say(f"parked: {STAGE} is paused with a lag of {INVOICES} and stays at 1 replica")
    for stage in STAGES:
        until(f"{stage} has come down", 300, lambda stage=stage: replicas(stage) == 1 and trial.ready(stage) == 1)


def up_and_down(trial):
    annotate("=1")
    before, _ = calls(trial)
    trial.product.resume(STAGE, "check-cluster: the queue is full")
    until("calls are answered", 120, lambda: calls(trial)[0] >= before + 48)
    one = rate(trial)
    annotate("-")
    since = time.monotonic()
    with Watch() as most, Usage() as usage:
        until(f"{MOST} replicas of {STAGE}", 300, lambda: trial.ready(STAGE) == MOST)
        up = time.monotonic() - since
        until("they share the work", 120, lambda: balanced(trial))
        four = rate(trial)
        left = trial.product.stage_counts()[STAGE]
        trial.say(f"KEDA: 1 to {MOST} replicas in {up:.0f} s; calls a second {one:.2f} with 1, {four:.2f} with {MOST}: x{four / one:.2f}")
        must(left > 0, "the queue was empty before the measurement was over: this says nothing")
        must(four / one >= AT_LEAST, f"four replicas are worth {four / one:.2f} of one")
        trial.say(f"the most that a pod used meanwhile: {usage}")
        trial.wait_until_all_ended(within=600)
        since = time.monotonic()
        until(f"{STAGE} is one again", 300, lambda: replicas(STAGE) == 1 and trial.ready(STAGE) == 1)
    trial.say(f"KEDA: back to 1 replica {time.monotonic() - since:.0f} s after the last invoice; the most of the others: "
              f"{ {stage: count for stage, count in most.items() if stage != STAGE} }")
    must(most["fetch-extract"] == 1, "fetch-extract was scaled with it")
    trial.check_books()

