"""What all sections share: the product, what was submitted so far, and how it must end."""

import random
import threading
import time

import audit
import kubernetes
import product
from kubernetes import Refused, until

STAGES = ("fetch-extract", "llm-structure", "post-to-zoho")


class Wrong(Exception):
    """A promise that does not hold."""


def must(holds, sentence):
    if not holds:
        raise Wrong(sentence)


class Trial:
    def __init__(self, seed):
        self.product = product.Product()
        self.chance = random.Random(seed)
        # Of each invoice id, whether it becomes a bill.
        self.expected = {}
        self.started = time.monotonic()
        self.next_number = 1
        # Answers of the model that were paid for again so far, after kills.
        self.repeated_answers = 0

    def adopt(self):
        """Takes what an earlier run has left as given: how it ended is right."""
        self.expected = {invoice: row["state"] == "posted" for invoice, row in product.statuses().items()}
        self.repeated_answers = audit.repeated(self.product.answers())
        self.next_number = time.time_ns() // 1_000_000 % 4_000_000_000

    def say(self, sentence):
        print(f"{time.monotonic() - self.started:5.0f} s  {sentence}", flush=True)

    def submit(self, urls, becomes_a_bill=True):
        for invoice in self.product.submit(urls):
            self.expected[invoice] = becomes_a_bill

    def open(self):
        """How many invoices are on their way."""
        return len(self.expected) - self.product.ended()

    def submit_numbered(self, count):
        """So many invoices, all of them different and good."""
        numbers = range(self.next_number, self.next_number + count)
        self.next_number += count
        self.submit([f"{product.SANDBOX}/pdf/numbered/{number}.pdf" for number in numbers])

    def wait_until_all_ended(self, within):
        try:
            until("every invoice has ended", within, lambda: self.product.ended() >= len(self.expected), every=2)
        except TimeoutError:
            raise Wrong(f"not all of {len(self.expected)} invoices have ended: {self.product.totals()}") from None

    def check_books(self, at_risk=0):
        """Nothing lost, nothing twice. So many answers of the model were cut off by kills and may have been asked for again."""
        [sandbox] = kubernetes.pods("app.kubernetes.io/name=sandbox")
        must(sandbox["status"]["containerStatuses"][0]["restartCount"] == 0, "the sandbox was restarted, and its books went with it")
        found = audit.audit(self.expected, self.product.bills(), product.statuses())
        for sentence in found[:10]:
            print("WRONG", sentence)
        must(not found, f"{len(found)} of {len(self.expected)} invoices are not as they must be")
        repeated = audit.repeated(self.product.answers())
        again, self.repeated_answers = repeated - self.repeated_answers, repeated
        must(again <= at_risk, f"{again} answers of the language model were paid for again")
        bills = sum(self.expected.values())
        self.say(f"books: {len(self.expected)} invoices so far, {bills} bills, each once; {again} answers paid for again")

    def ready(self, stage):
        return sum(map(kubernetes.is_ready, kubernetes.pods(f"app.kubernetes.io/name={stage}")))


class Load:
    """At least so many invoices on their way at every moment, until it ends."""

    def __init__(self, trial, at_least):
        self.trial, self.at_least, self.failed = trial, at_least, None
        self.over, self.thread = threading.Event(), threading.Thread(target=self.feed, daemon=True)

    def feed(self):
        try:
            while not self.over.wait(1):
                if self.trial.open() < self.at_least:
                    self.trial.submit_numbered(self.at_least)
        except Exception as error:  # Told by __exit__: a thread's own end is not heard.
            self.failed = error

    def __enter__(self):
        self.trial.submit_numbered(2 * self.at_least)
        self.before = self.trial.product.ended()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        must(self.failed is None, f"the load broke off: {self.failed}")
        self.ended = self.trial.product.ended() - self.before
        must(self.trial.open() > 0, "nothing was on its way at the end: this says nothing")


def rolled_out(stage, within=300):
    try:
        kubernetes.kubectl("rollout", "status", f"statefulset/{stage}", f"--timeout={within}s")
    except Refused as error:
        raise Wrong(f"{stage} was not rolled out within {within} s: {error}") from None
