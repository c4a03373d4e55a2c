"""The product in the cluster, as its users meet it: the console's API, `invoicectl`, and the sandbox's books."""

import http.client
import json
import time
import urllib.error
import urllib.request

import kubernetes
from kubernetes import Forward

TOKEN = "not-a-secret-for-trials-only"
# As the sandbox is called inside of the cluster.
SANDBOX = "http://sandbox:8787"
MOST_AT_ONCE = 500
# A pod that is going takes its connections along.
CUT_OFF = (ConnectionError, http.client.HTTPException, TimeoutError)


class Product:
    def __init__(self):
        self.console, self.sandbox = Forward("console", 80), Forward("sandbox", 8787)

    def close(self):
        self.console.close()
        self.sandbox.close()

    def submit(self, urls):
        """The invoice ids. A request whose answer was cut off is repeated: the same URL is the same invoice."""
        ids = []
        for at in range(0, len(urls), MOST_AT_ONCE):
            asked = [{"pdf_url": url} for url in urls[at : at + MOST_AT_ONCE]]
            ids += [one["invoice_id"] for one in self.ask("/invoices", asked)["submitted"]]
        return ids

    def totals(self):
        """How many invoices are in which state."""
        return {one["state"]: one["count"] for one in self.ask("/totals")["by_state"]}

    def ended(self):
        """How many have ended, in whatever way."""
        return sum(count for state, count in self.totals().items() if state not in ("running", "retrying", "parked"))

    def replicas(self, stage):
        """The heartbeats of a stage's replicas that are there."""
        [report] = [report for report in self.ask("/stages")["stages"] if report["stage"] == stage]
        return [replica for replica in report["replicas"] if not replica["silent"]]

    def pause(self, stage, reason):
        self.ask(f"/stages/{stage}/pause", {"reason": reason})

    def resume(self, stage, reason):
        self.ask(f"/stages/{stage}/resume", {"reason": reason})

    def samples(self):
        return self.of_sandbox("/pdf")

    def bills(self):
        return self.of_sandbox("/_sandbox/bills")

    def answers(self):
        """Answers of the language model that came whole, by invoice id."""
        return self.of_sandbox("/_sandbox/calls")["llm"]["answers_completed"]

    def stage_counts(self):
        """How many invoices are on their way, by the stage where they are."""
        return {one["stage"]: one["running"] + one["retrying"] + one["parked"] for one in self.ask("/totals")["by_stage"]}

    def ask(self, path, body=None):
        return asked(self.console, f"/api/v1{path}", body, {"authorization": f"Bearer {TOKEN}"})

    def of_sandbox(self, path):
        return asked(self.sandbox, path)


def asked(forward, path, body=None, headers=None):
    """GET, or POST if there is a body; tried again for a minute when there is no way."""
    deadline = time.monotonic() + 60
    while True:
        try:
            data = json.dumps(body).encode() if body is not None else None
            request = urllib.request.Request(forward.open() + path, data, {"content-type": "application/json", **(headers or {})})
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
            return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            if error.code != 503 or time.monotonic() > deadline:
                raise RuntimeError(f"{path}: {error.code} {error.read().decode()}") from error
        except (urllib.error.URLError, *CUT_OFF):
            if time.monotonic() > deadline:
                raise
        forward.close()
        time.sleep(0.5)


def invoicectl(*words):
    """Runs `invoicectl` in the cluster, in a pod as that of the topics Job, and returns what it wrote."""
    template = kubernetes.get("job", "topics")["spec"]["template"]
    spec = template["spec"] | {"restartPolicy": "Never"}
    spec["containers"] = [spec["containers"][0] | {"args": list(words)}]
    labels = {name: value for name, value in template["metadata"]["labels"].items() if name.startswith("app.kubernetes.io/")}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "invoicectl", "labels": labels}, "spec": spec}
    return kubernetes.run("invoicectl", pod)


def rows(text):
    """Those lines of an output with a log among it that are about an invoice."""
    lines = (json.loads(line) for line in text.splitlines() if line.startswith("{"))
    return [line for line in lines if "invoice_id" in line and "state" in line]


def statuses():
    """The latest state of every invoice, from the topic."""
    return {row["invoice_id"]: row for row in rows(invoicectl("export", "invoices", "--format", "json"))}
