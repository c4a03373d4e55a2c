#!/usr/bin/env python3
"""Has a real Prometheus collect from the running product while invoices succeed and fail, and asks it for every expression of every
panel: `dashboards.py PATH-OF-LOCAL PATH-OF-PROMETHEUS`. What shows nothing is a mistake, unless UNSEEN says why."""

import contextlib
import itertools
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
WITHIN = 240
# What of expressions this does not bring about.
UNSEEN = {
    "invoice_reconcile_differences": "nobody compares the books here",
    "(invoice_stage_wait_reason) > 0": "no stage waits for long; each stage's own panel shows the zeros",
    'invoice_stage_rate_used_ratio{stage="post-to-zoho"}': "calls to the sandbox have no limit",
}
SETTINGS = {
    "INVOICES__ENGINE__TIME_SCALE": "0.1",
    "INVOICES__LLM__USD_PER_DAY": "100",
    "INVOICES__LLM__REQUESTS_PER_MINUTE": "100000",
    "INVOICES__ZOHO__CALLS_PER_DAY": "100000",
}
# Each hits a call now and then: what is retried, and what nothing helps.
FAULTS = [
    {"endpoint": "pdf", "kind": "status", "status": 503, "rate": 0.2, "seed": 1},
    {"endpoint": "pdf", "kind": "status", "status": 404, "rate": 0.1, "seed": 2},
    {"endpoint": "llm", "kind": "garbage", "rate": 0.1, "seed": 3},
    {"endpoint": "llm", "kind": "reset", "rate": 0.1, "seed": 4},
    {"endpoint": "bills", "kind": "status", "status": 500, "method": "POST", "rate": 0.2, "seed": 5},
    {"endpoint": "bills", "kind": "status", "status": 400, "method": "POST", "rate": 0.2, "seed": 6},
]


def call(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or "null")


@contextlib.contextmanager
def running(command, **how):
    process = subprocess.Popen(command, **how)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def listens(product):
    """Where everything listens, once it is ready."""
    found = {}
    for line in product.stdout:
        if line.strip() == "ready":
            return found
        name, _, address = line.strip().partition(" ")
        found[name] = address.strip()
    sys.exit("the product ended before it was ready")


def admins():
    run = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "run"
    services = json.loads((run / "endpoints.json").read_text())["services"]
    return [service["admin"].removeprefix("http://") for service in services]


def configuration(folder, targets):
    rules = str(ROOT / "observability/rules/invoices.yaml")
    collect = {"job_name": "invoices", "static_configs": [{"targets": targets}]}
    often = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    path = folder / "prometheus.yaml"
    # JSON is YAML.
    path.write_text(json.dumps({"global": often, "rule_files": [rules], "scrape_configs": [collect]}))
    return path


def panels():
    for path in sorted((ROOT / "observability/dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                yield f"{path.stem}: {panel['title']}", target["expr"].replace("$__rate_interval", "30s")


def shows(prometheus, expression):
    answer = call(f"{prometheus}/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
    return any(sample["value"][1] != "NaN" for sample in answer["data"]["result"])


def submit(addresses, number):
    body = {"pdf_url": f"{addresses['sandbox']}/pdf/numbered/{number}.pdf"}
    call(f"{addresses['console']}/api/v1/invoices", body)


def look(prometheus, addresses):
    left = list(panels())
    count = len(left)
    began = time.monotonic()
    for number in itertools.count():
        submit(addresses, number)
        left = [one for one in left if not shows(prometheus, one[1])]
        if all(any(name in expression for name in UNSEEN) for _, expression in left):
            break
        if time.monotonic() - began > WITHIN:
            break
        time.sleep(0.5)
    mistakes = [f"{where}: {expression}" for where, expression in left if not any(name in expression for name in UNSEEN)]
    groups = call(f"{prometheus}/api/v1/rules")["data"]["groups"]
    broken = [rule["name"] for group in groups for rule in group["rules"] if rule["health"] != "ok"]
    mistakes += [f"{name}: the rule cannot be evaluated" for name in broken]
    print("\n".join(mistakes) or f"dashboards: {count - len(left)} of {count} expressions show something, {len(left)} are not brought about here")
    return 1 if mistakes else 0


def main():
    local, prometheus = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        folder = pathlib.Path(folder)
        with running([local, "up"], env=os.environ | SETTINGS, stdout=subprocess.PIPE, text=True) as product:
            addresses = listens(product)
            config = configuration(folder, admins())
            options = [f"--config.file={config}", f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"]
            with open(folder / "log", "w") as log, running([prometheus, *options], stdout=log, stderr=log):
                address = f"http://127.0.0.1:{port}"
                for _ in range(100):
                    with contextlib.suppress(urllib.error.URLError, ConnectionError):
                        urllib.request.urlopen(f"{address}/-/ready", timeout=5).read()
                        break
                    time.sleep(0.2)
                for fault in FAULTS:
                    call(f"{addresses['sandbox']}/_sandbox/faults", fault)
                return look(address, addresses)


if __name__ == "__main__":
    sys.exit(main())
