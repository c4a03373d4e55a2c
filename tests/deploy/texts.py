#!/usr/bin/env python3
"""Holds alerts, dashboards and pages against each other and against the code: each alert has a page and the page its severity, every metric
that is named is in docs/METRICS.md and has the labels that it is asked for, and every invoicectl command of the pages exists."""

import json
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Commands of invoicectl that have commands of their own.
GROUPS = {"dlq", "topics", "offsets", "config", "zoho"}
RUST = "\n".join(path.read_text() for folder in ("shared", "services", "tools") for path in (ROOT / folder).rglob("*.rs"))


ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \|", re.MULTILINE)
# Those of docs/METRICS.md with their labels; the first three are put on by a stage and by whoever collects.
MADE = {name: {"stage", "instance", "pod", "le"} | set(re.findall(r"`(\w+)`", labels)) for name, _, labels in ROW.findall((ROOT / "docs/METRICS.md").read_text())}


def metrics(expression):
    """The metrics that an expression names, and the labels by which it chooses among their series."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    for name, chosen in re.findall(r"(?<![:\w])((?:invoices?|kafka|llm)_[a-z_]+)\b(?:\{([^}]*)\})?", bare):
        yield re.sub(r"_(bucket|count|sum)$", "", name), set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", chosen))


def main():
    mistakes = []
    rules = yaml.safe_load((ROOT / "observability/rules/invoices.yaml").read_text())["groups"][0]["rules"]
    alerts = {rule["alert"]: rule for rule in rules if "alert" in rule}
    pages = {path.stem: path.read_text() for path in (ROOT / "docs/alerts").glob("Invoice*.md")}
    tested = (ROOT / "observability/tests/rules.yaml").read_text()
    index = (ROOT / "docs/alerts/README.md").read_text()
    for name in alerts.keys() ^ pages.keys():
        mistakes.append(f"{name}: an alert without a page, or a page without an alert")
    for name in alerts.keys() & pages.keys():
        severity = alerts[name]["labels"]["severity"]
        if f"Severity: {severity}." not in pages[name] or f"| [{name}]({name}.md) | {severity} |" not in index:
            mistakes.append(f"{name}: its page or docs/alerts/README.md does not say that it is {severity}")
        if f'ALERTS{{alertname="{name}", alertstate="firing", severity="{severity}"' not in tested:
            mistakes.append(f"{name}: no test makes it fire")
    expressions = [rule["expr"] for rule in rules]
    for path in (ROOT / "observability/dashboards").glob("*.json"):
        expressions += [target["expr"] for panel in json.loads(path.read_text())["panels"] for target in panel["targets"]]
    named = [one for expression in expressions for one in metrics(expression)]
    for name, labels in named:
        if name not in MADE:
            mistakes.append(f"{name}: no program makes this metric")
        elif labels - MADE[name]:
            mistakes.append(f"{name}: has no label {', '.join(sorted(labels - MADE[name]))}")
    for path in (ROOT / "docs").rglob("*.md"):
        for name in re.findall(r"\b((?:invoice|kafka)_\w+_(?:total|seconds|bytes|ratio|info|open|reason|records|flight|limit))\b", path.read_text()):
            if name not in MADE:
                mistakes.append(f"{path.relative_to(ROOT)}: no metric {name}")
    words = set(re.findall(r"pub\(crate\) enum \w+ \{(.*?)\n\}", RUST, re.DOTALL))
    known = {re.sub(r"(?<!^)(?=[A-Z])", "-", word).lower() for text in words for word in re.findall(r"^    ([A-Z]\w+)", text, re.MULTILINE)}
    documents = [*(ROOT / "docs/alerts").glob("*.md"), *(ROOT / "docs/operations").glob("*.md"), *(ROOT / "k8s").rglob("*.md")]
    for path in documents:
        for line in re.findall(r"invoicectl ([a-z][a-z-]*(?: [a-z][a-z-]*)?)", path.read_text()):
            first, *second = line.split()
            if first not in known or (first in GROUPS and second and second[0] not in known):
                mistakes.append(f"{path.relative_to(ROOT)}: no command invoicectl {line}")
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text()):
            if "://" not in link and not (path.parent / link).exists():
                mistakes.append(f"{path.relative_to(ROOT)}: a link to nothing: {link}")
    print("\n".join(mistakes) or f"texts: {len(alerts)} alerts, {len(expressions)} expressions, {len(documents)} pages")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
