#!/usr/bin/env python3
"""The sample invoices of the sandbox: which there are, and what came of them.

    samples.py urls SANDBOX                 a line of JSON for each, as `invoicectl submit --file` reads them
    samples.py books SANDBOX ENDED          ENDED is what `invoicectl submit --json --wait` said
    samples.py console CONSOLE ENDED        what the API and the pages show, with the token of COMPOSE_CHECK_TOKEN
    samples.py prometheus PROMETHEUS        that every service is found and answers

SANDBOX, CONSOLE and PROMETHEUS are HOST:PORT on this machine. Standard library alone.
"""

import collections
import json
import os
import pathlib
import sys
import time
import urllib.parse
import urllib.request

# Beside the samples, which all differ: a small invoice again and again, as a month's post has them.
NUMBERED = range(1, 41)
SERVICES = {"fetch-extract", "llm-structure", "post-to-zoho", "console"}


def answer(request):
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read().decode()


def get(address, path, **headers):
    return answer(urllib.request.Request(f"http://{address}{path}", headers=headers))


def expected(sandbox):
    """How each URL must end, by the URL as the services see it."""
    listed = json.loads(get(sandbox, "/pdf"))
    ends = {f"http://sandbox:8787/pdf/{sample['name']}.pdf": sample["expectation"] == "bill" for sample in listed}
    return ends | {f"http://sandbox:8787/pdf/numbered/{number}.pdf": True for number in NUMBERED}


def urls(sandbox):
    return [json.dumps({"pdf_url": url}) for url in expected(sandbox)]


def ended(path):
    """The URL and the state of each invoice, by id."""
    lines = [json.loads(line) for line in pathlib.Path(path).read_text().splitlines() if line.startswith("{")]
    submitted = {line["invoice_id"]: line["pdf_url"] for line in lines if "pdf_url" in line}
    states = {line["invoice_id"]: line["state"] for line in lines if "state" in line}
    return {invoice: (url, states.get(invoice, "open")) for invoice, url in submitted.items()}


def books(sandbox, path):
    """One sentence for everything that is not as it must be."""
    ends, found = expected(sandbox), ended(path)
    bills = collections.Counter(bill["reference_number"] for bill in json.loads(get(sandbox, "/_sandbox/bills")))
    for url in ends.keys() - {url for url, _ in found.values()}:
        yield f"{url} was not submitted"
    for invoice, (url, state) in found.items():
        has_bill = ends[url]
        if (state == "posted") != has_bill:
            yield f"{url} ended as {state}"
        if bills.pop(invoice, 0) != int(has_bill):
            yield f"{url} does not have {int(has_bill)} bills"
    for invoice, count in bills.items():
        yield f"{count} bills for {invoice}, which nobody submitted"
    print(f"       {sum(ends.values())} sample invoices have a bill each; {len(ends) - sum(ends.values())} wait for a person, as they must")


def log_in(console, token):
    """The pages as a browser sees them: a session by the form."""
    form = urllib.parse.urlencode({"token": token, "to": "/invoices"}).encode()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    headers = {"Origin": f"http://{console}", "Sec-Fetch-Site": "same-origin"}
    request = urllib.request.Request(f"http://{console}/login", data=form, headers=headers)
    with browser.open(request, timeout=30) as response:
        return response.url, response.read().decode()


def console(address, path):
    token = json.loads(os.environ["COMPOSE_CHECK_TOKEN"])[0]["token"]
    posted = {invoice for invoice, (_, state) in ended(path).items() if state == "posted"}
    shown = set()
    deadline = time.monotonic() + 30
    while shown != posted and time.monotonic() < deadline:
        page = json.loads(get(address, "/api/v1/invoices?state=posted&limit=200", Authorization=f"Bearer {token}"))
        shown = {row["invoice_id"] for row in page["items"]}
    if shown != posted:
        yield f"the console's API shows {len(shown)} posted invoices and there are {len(posted)}"
    try:
        get(address, "/api/v1/invoices")
        yield "the console's API answers whoever asks"
    except urllib.error.HTTPError as refused:
        if refused.code != 401:
            yield f"the console's API refuses with {refused.code}"
    url, page = log_in(address, token)
    on_page = sum(invoice in page for invoice in posted)
    if not url.endswith("/invoices") or not on_page:
        yield f"the list of invoices at {url} shows none of them"
    print(f"       the console shows {len(shown)} of them as posted, {on_page} on the first page")


def prometheus(address):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        targets = json.loads(get(address, "/api/v1/targets"))["data"]["activeTargets"]
        found = {target["labels"]["stage"] for target in targets if target["health"] == "up"}
        if found == SERVICES:
            break
        time.sleep(1)
    else:
        yield f"Prometheus reads {sorted(found)} and not all services"
    rules = [rule for group in json.loads(get(address, "/api/v1/rules"))["data"]["groups"] for rule in group["rules"]]
    failing = [rule["name"] for rule in rules if rule["health"] == "err"]
    if not rules or failing:
        yield f"of {len(rules)} rules these fail: {failing}"
    print(f"       Prometheus reads {len(found)} services and has {len(rules)} rules")


def main(what, *arguments):
    if what == "urls":
        print("\n".join(urls(*arguments)))
        return 0
    mistakes = list({"books": books, "console": console, "prometheus": prometheus}[what](*arguments))
    print("\n".join(mistakes), end="\n" if mistakes else "")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
