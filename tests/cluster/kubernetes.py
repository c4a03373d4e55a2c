"""The cluster that KUBECONFIG points at, through `kubectl`."""

import json
import os
import re
import subprocess
import time

NAMESPACE = "invoices"


class Refused(Exception):
    """What `kubectl` said when it failed."""


def kubectl(*words, text=None, namespace=NAMESPACE):
    """Its output. Raises Refused with what it said."""
    done = subprocess.run(["kubectl", f"--namespace={namespace}", *words], input=text, capture_output=True, text=True)
    if done.returncode:
        raise Refused(f"kubectl {' '.join(words[:4])}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def get(*words, namespace=NAMESPACE):
    return json.loads(kubectl("get", *words, "--output=json", namespace=namespace))


def pods(selector):
    """Those that are not on their way out."""
    return [pod for pod in get("pods", f"--selector={selector}")["items"] if "deletionTimestamp" not in pod["metadata"]]


def is_ready(pod):
    return any(one["type"] == "Ready" and one["status"] == "True" for one in pod.get("status", {}).get("conditions", []))


def until(what, within, holds, every=0.5):
    """The first true answer of `holds`; raises TimeoutError when none comes within so many seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = holds()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within} s: {what}")
        time.sleep(every)


def run(name, pod, within=120):
    """Runs a pod to its end and returns what it wrote; raises Refused with that when it failed."""
    kubectl("delete", "pod", name, "--ignore-not-found", "--wait")
    kubectl("apply", "--filename=-", text=json.dumps(pod))
    phase = until(f"pod {name} has ended", within, lambda: ended(name))
    # The API's own stream ends where a log file was rotated; `--follow` of an ended pod reads them all.
    said = kubectl("logs", name, "--follow")
    kubectl("delete", "pod", name, "--wait=false")
    if phase != "Succeeded":
        raise Refused(f"pod {name}: {said[-2000:]}")
    return said


def ended(name):
    phase = get("pod", name)["status"].get("phase")
    return phase if phase in ("Succeeded", "Failed") else None


class Forward:
    """A port of this machine that leads to a Service. Opened anew when its pod has gone."""

    def __init__(self, service, port):
        self.service, self.port, self.process, self.url = service, port, None, None

    def open(self):
        if self.process and self.process.poll() is None:
            return self.url
        words = ["kubectl", f"--namespace={NAMESPACE}", "port-forward", f"service/{self.service}", f":{self.port}"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ)
        line = self.process.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", line)
        if not found:
            self.close()
            raise ConnectionError(f"no way to service/{self.service}")
        self.url = f"http://127.0.0.1:{found[1]}"
        return self.url

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None
