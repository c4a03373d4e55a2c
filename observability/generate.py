#!/usr/bin/env python3
"""Makes what is made of a template: Grafana's dashboards, Prometheus' rules, the same rules as a PrometheusRule; and docs/METRICS.md of
what the code says about its metrics.

With --check it writes nothing and fails when a file is not what it would write. With --expressions it prints every expression of
the dashboards as a file of rules, for promtool to read.
"""

import json
import pathlib
import re
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
CODES = ROOT / "shared/contract/src/code.rs"


class Dumper(yaml.SafeDumper):
    """Writes what has several lines as such."""


Dumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)
)

SECONDS, BYTES, USD, RATIO, COUNT, PER_MINUTE = "s", "bytes", "currencyUSD", "percentunit", "short", "short"


def codes(*classes):
    found = re.findall(r'= "([a-z_]+\.[a-z0-9_]+)", (\w+);', CODES.read_text())
    if len(found) < 50:
        sys.exit("code.rs: the catalogue was not found")
    return "|".join(code.replace(".", "[.]") for code, of in found if of in classes)


def rules():
    text = (HERE / "rules.yaml").read_text().split("groups:", 1)[1]
    text = text.replace("@TRANSIENT@", codes("Transient", "Unavailable")).replace("@REVIEW@", codes("Review"))
    groups = yaml.safe_load("groups:" + text)
    for group in groups["groups"]:
        for rule in group["rules"]:
            if "alert" in rule:
                rule["annotations"]["runbook"] = f"docs/alerts/{rule['alert']}.md"
    return groups


# A panel: its title, its unit, and pairs of an expression and what its lines are called. `$stage` is the stage's name.
def quantiles(metric):
    by = "sum by (le) (rate({}_bucket{{stage=\"$stage\"}}[$__rate_interval]))".format(metric)
    return [(f"histogram_quantile({q}, {by})", f"p{int(q * 100)}") for q in (0.5, 0.95, 0.99)]


def per_stage(stage):
    own = 'stage="$stage"'
    panels = [
        ("Records that left, a minute", PER_MINUTE,
         [(f"60 * sum by (exit) (rate(invoice_stage_records_total{{{own}}}[$__rate_interval]))", "{{exit}}")]),
        ("Errors, a minute", PER_MINUTE,
         [(f"60 * sum by (exit, code) (rate(invoice_stage_errors_total{{{own}}}[$__rate_interval]))", "{{exit}} {{code}}")]),
        ("Behind the end of the topics", COUNT, [(f"sum by (topic) (kafka_consumer_lag_records{{{own}}})", "{{topic}}")]),
        ("In the air, and what may be", COUNT,
         [(f"sum(invoice_stage_in_flight{{{own}}})", "in the air"), (f"sum(invoice_stage_concurrency{{{own}}})", "may be"),
          (f"sum(invoice_stage_waiting{{{own}}})", "received and waiting")]),
        ("Time of an attempt", SECONDS, quantiles("invoice_stage_handle_seconds")),
        ("Oldest open record", SECONDS, [(f"max by (source) (invoice_stage_oldest_open_seconds{{{own}}})", "{{source}}")]),
        ("Settled and not committed", SECONDS, [(f"max by (source) (invoice_stage_uncommitted_seconds{{{own}}})", "{{source}}")]),
        ("Breaker open or parked; paused", COUNT,
         [(f"max(invoice_stage_breaker_open{{{own}}})", "open"), (f"max(invoice_stage_paused{{{own}}})", "paused")]),
        ("Transactions, a minute", PER_MINUTE,
         [(f"60 * sum by (outcome) (rate(kafka_transactions_total{{{own}}}[$__rate_interval]))", "{{outcome}}")]),
        ("Time of a transaction", SECONDS, quantiles("kafka_transaction_seconds")),
        ("Rebalances in five minutes", COUNT,
         [(f"sum by (source, event) (increase(kafka_rebalances_total{{{own}}}[5m]))", "{{source}} {{event}}")]),
        ("Bytes of records held", BYTES, [(f"sum(invoice_stage_held_bytes{{{own}}})", "held")]),
    ]
    if stage == "fetch-extract":
        panels.append(("Invoice ids that admission knows", COUNT, [(f"sum(invoice_admission_known_ids{{{own}}})", "ids")]))
    else:
        panels += [
            ("Calls that wait for the rate limit", COUNT, [(f"sum(invoice_stage_permits_waiting{{{own}}})", "calls")]),
            ("Share of the rate that refusals left", RATIO, [(f"min(invoice_stage_rate_speed_ratio{{{own}}})", "slowest replica")]),
        ]
    if stage == "llm-structure":
        panels += [
            ("Tokens, a minute", PER_MINUTE,
             [(f"60 * sum by (model, direction) (rate(invoice_llm_tokens_total{{{own}}}[$__rate_interval]))", "{{model}} {{direction}}")]),
            ("US dollars, an hour", USD, [(f"sum by (model) (increase(invoice_llm_usd_total{{{own}}}[1h]))", "{{model}}")]),
        ]
    return panels


def pipeline():
    ended = 'stage="post-to-zoho", exit="forwarded"'
    return [
        ("Bills in 24 hours", COUNT, [(f"sum(increase(invoice_stage_records_total{{{ended}}}[24h]))", "bills")]),
        ("Dead letters in 24 hours", COUNT,
         [('sum by (code) (increase(invoice_stage_errors_total{exit="dead_lettered"}[24h]))', "{{code}}")]),
        ("Bills, a minute", PER_MINUTE, [(f"60 * sum(rate(invoice_stage_records_total{{{ended}}}[$__rate_interval]))", "bills")]),
        ("Dead letters, a minute", PER_MINUTE,
         [('60 * sum by (stage, code) (rate(invoice_stage_errors_total{exit="dead_lettered"}[$__rate_interval]))', "{{stage}} {{code}}")]),
        ("From submission to the end", SECONDS,
         [(f"histogram_quantile({q}, sum by (le) (rate(invoice_end_to_end_seconds_bucket[$__rate_interval])))", f"p{int(q * 100)}")
          for q in (0.5, 0.95)]),
        ("Behind the end of the topics", COUNT, [("sum by (topic) (kafka_consumer_lag_records)", "{{topic}}")]),
        ("Oldest open record", SECONDS, [("max by (stage) (invoice_stage_oldest_open_seconds)", "{{stage}}")]),
        ("Breaker open or parked; paused", COUNT,
         [("max by (stage) (invoice_stage_breaker_open)", "{{stage}} open"), ("max by (stage) (invoice_stage_paused)", "{{stage}} paused")]),
        ("Replicas", COUNT, [("count by (stage, version) (invoice_build_info)", "{{stage}} {{version}}")]),
        ("Retries, a minute", PER_MINUTE,
         [('60 * sum by (stage, code) (rate(invoice_stage_errors_total{exit="retried"}[$__rate_interval]))', "{{stage}} {{code}}")]),
        ("US dollars, a day", USD, [("sum by (model) (increase(invoice_llm_usd_total[1d]))", "{{model}}")]),
        ("US dollars a bill, over a day", USD,
         [(f"sum(increase(invoice_llm_usd_total[1d])) / sum(increase(invoice_stage_records_total{{{ended}}}[1d]))", "a bill")]),
        ("Differences between postings and books", COUNT, [("sum by (kind) (invoices_reconcile_differences)", "{{kind}}")]),
        ("Alerts", COUNT, [('sum by (alertname, severity) (ALERTS{alertstate="firing", alertname=~"Invoice.*"})', "{{alertname}}")]),
    ]


def dashboard(name, title, panels):
    return {
        "uid": f"invoices-{name}",
        "title": title,
        "tags": ["invoices"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "links": [{"type": "dashboards", "tags": ["invoices"], "title": "Invoices", "asDropdown": True}],
        "panels": [panel(number, *one, stage=name) for number, one in enumerate(panels)],
    }


def panel(number, title, unit, lines, stage):
    source = {"type": "prometheus", "uid": "prometheus"}
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": title,
        "datasource": source,
        "gridPos": {"h": 8, "w": 12, "x": 12 * (number % 2), "y": 8 * (number // 2)},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0, "custom": {"fillOpacity": 10}}, "overrides": []},
        "options": {"legend": {"displayMode": "table", "placement": "right", "calcs": ["lastNotNull", "max"]},
                    "tooltip": {"mode": "multi", "sort": "desc"}},
        "targets": [
            {"refId": chr(ord("A") + at), "datasource": source, "expr": expression.replace("$stage", stage), "legendFormat": legend}
            for at, (expression, legend) in enumerate(lines)
        ],
    }


def dashboards():
    yield dashboard("pipeline", "Invoices: the pipeline", pipeline())
    for stage in ("fetch-extract", "llm-structure", "post-to-zoho"):
        yield dashboard(stage, f"Invoices: {stage}", per_stage(stage))


def files():
    head = "# Made by observability/generate.py of observability/rules.yaml.\n"
    plain = rules()
    yield HERE / "rules/invoices.yaml", head + yaml.dump(plain, Dumper=Dumper, sort_keys=False, width=1000)
    custom = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "invoices", "labels": {"app.kubernetes.io/part-of": "invoices"}},
        "spec": plain,
    }
    yield ROOT / "k8s/components/monitoring/rules.yaml", head + yaml.dump(custom, Dumper=Dumper, sort_keys=False, width=1000)
    yield ROOT / "docs/METRICS.md", metrics()
    for one in dashboards():
        name = one["uid"].removeprefix("invoices-")
        yield HERE / f"dashboards/{name}.json", json.dumps(one, indent=1) + "\n"


# Where metrics are made, and by whom.
SOURCES = [
    ("Stages", "shared/stream/src/metrics.rs"),
    ("All services", "shared/runtime/src/service.rs"),
    ("The console", "services/console/src/metrics.rs"),
    ("`invoicectl reconcile --metrics`", "tools/invoicectl/src/commands/reconcile/metrics.rs"),
]
KINDS = {"counter": "counter", "seconds": "histogram", "gauge": "gauge", "by_partition": "gauge", "head": "gauge"}
METRIC = re.compile(
    r'(\w+)\(\s*(?:&mut text,\s*)?"((?:invoices?|kafka)_\w+)",\s*"([^"]+)"(?:,\s*&\[([^\]]*)\])?,?\s*\)?,?\s*(?:&\[([^\]]*)\])?'
)


def metrics():
    lines = [
        "# Metrics",
        "",
        "Made by observability/generate.py of the code that makes them. Each service has them at `/metrics` of its admin port. Whoever",
        "collects them adds `stage`, the service's name. No label is an invoice, a link or a name.",
    ]
    for who, path in SOURCES:
        source = ROOT / path
        text_of_source = source.read_text() if source.exists() else ""
        for name in re.findall(r'let name = ("[^"]+");', text_of_source):
            text_of_source = text_of_source.replace("&mut text, name,", f"&mut text, {name},")
        found = METRIC.findall(text_of_source)
        code = text_of_source.split("#[cfg(test)]")[0]
        missed = set(re.findall(r'"((?:invoices?|kafka)_[a-z_]+)"', code)) - {name for _, name, *_ in found}
        if missed:
            sys.exit(f"{path}: {', '.join(sorted(missed))} could not be read; see METRIC in observability/generate.py")
        if found:
            lines += ["", f"## {who}", "", "| name | kind | labels | what |", "|---|---|---|---|"]
        for call, name, text, one, other in found:
            kind = KINDS.get(call, "counter" if name.endswith("_total") else "gauge")
            labels = '"source", "partition"' if call == "by_partition" else one or other
            names = re.findall(r'"(\w+)"', labels) or re.findall(name + r"\{\{(\w+)=", text_of_source)
            if call == "new" and not names:
                names = re.findall(r'const_label\("(\w+)"', text_of_source)
            shown = ", ".join(f"`{label}`" for label in names)
            lines.append(f"| `{name}` | {kind} | {shown} | {text} |")
    return "\n".join(lines) + "\n"


def expressions():
    found = [
        {"record": f"panel:{board['uid'].replace('-', '_')}:{panel['id']}{target['refId']}",
         "expr": target["expr"].replace("$__rate_interval", "5m")}
        for board in dashboards() for panel in board["panels"] for target in panel["targets"]
    ]
    return yaml.safe_dump({"groups": [{"name": "panels", "rules": found}]}, width=1000)


def main():
    if "--expressions" in sys.argv:
        return print(expressions())
    old = []
    for path, text in files():
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            old.append(str(path.relative_to(ROOT)))
    if old:
        sys.exit(f"older than their template: {', '.join(old)}; run observability/generate.py")


if __name__ == "__main__":
    main()
