#!/usr/bin/env python3
"""Makes what is made of a template: Grafana's dashboards, Prometheus' rules, the same rules as a PrometheusRule.

With --check it writes nothing and fails when a file is not what it would write. With --expressions it prints every expression of
the dashboards as a file of rules, for promtool to read.
"""

import json
import pathlib
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent


class Dumper(yaml.SafeDumper):
    """Writes what has several lines as such."""


Dumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)
)

SECONDS, BYTES, USD, RATIO, COUNT, PER_MINUTE = "s", "bytes", "currencyUSD", "percentunit", "short", "short"


def rules():
    groups = yaml.safe_load((HERE / "rules.yaml").read_text())
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
        ("Retries and dead letters, a minute", PER_MINUTE,
         [(f"60 * sum by (error_code) (rate(invoice_stage_retries_total{{{own}}}[$__rate_interval]))", "retried {{error_code}}"),
          (f"60 * sum by (error_code) (rate(invoice_dead_letters_total{{{own}}}[$__rate_interval]))", "dead {{error_code}}")]),
        ("Behind the end of the topics", COUNT, [(f"sum by (topic) (kafka_consumer_lag_records{{{own}}})", "{{topic}}")]),
        ("In the air, and what may be", COUNT,
         [(f"sum(invoice_stage_in_flight{{{own}}})", "in the air"), (f"sum(invoice_stage_concurrency{{{own}}})", "may be"),
          (f"sum(invoice_stage_waiting{{{own}}})", "received and waiting")]),
        ("Time of an attempt", SECONDS, quantiles("invoice_stage_handle_duration_seconds")),
        ("Oldest open record", SECONDS, [(f"max by (source) (invoice_stage_oldest_open_seconds{{{own}}})", "{{source}}")]),
        ("Settled and not committed", SECONDS, [(f"max by (source) (invoice_stage_uncommitted_seconds{{{own}}})", "{{source}}")]),
        ("Why it waits", COUNT, [(f"max by (reason) (invoice_stage_wait_reason{{{own}}})", "{{reason}}")]),
        ("Dead letters that wait for somebody", COUNT,
         [(f"sum by (error_code) (invoice_dead_letters_open{{{own}}})", "{{error_code}}")]),
        ("Since the last success", SECONDS, [(f"time() - max(invoice_stage_last_success_timestamp_seconds{{{own}}})", "since")]),
        ("Transactions, a minute", PER_MINUTE,
         [(f"60 * sum by (outcome) (rate(kafka_transactions_total{{{own}}}[$__rate_interval]))", "{{outcome}}")]),
        ("Time of a transaction", SECONDS, quantiles("kafka_transaction_duration_seconds")),
        ("Rebalances in five minutes", COUNT,
         [(f"sum by (source, event) (increase(kafka_rebalances_total{{{own}}}[5m]))", "{{source}} {{event}}")]),
        ("Bytes of records held, fetched ahead, to be sent", BYTES,
         [(f"sum(invoice_stage_held_bytes{{{own}}})", "held"), (f"sum(kafka_fetch_queue_bytes{{{own}}})", "fetched"),
          (f"sum(kafka_producer_queue_bytes{{{own}}})", "to be sent")]),
        ("Round trip to the brokers", SECONDS,
         [(f"max by (client, quantile) (kafka_broker_round_trip_seconds{{{own}}})", "{{client}} {{quantile}}")]),
        ("Calls to the outside, a minute", PER_MINUTE,
         [(f"60 * sum by (code) (rate(invoice_external_request_duration_seconds_count{{{own}}}[$__rate_interval]))", "{{code}}")]),
        ("Time of a call to the outside", SECONDS, quantiles("invoice_external_request_duration_seconds")),
    ]
    if stage == "fetch-extract":
        panels += [
            ("Invoice ids that admission knows", COUNT, [(f"sum(invoice_admission_known_ids{{{own}}})", "ids")]),
            ("Children that read PDFs", COUNT,
             [(f"sum(invoice_extraction_children_busy{{{own}}})", "busy"), (f"sum(invoice_extraction_waiting{{{own}}})", "PDFs that wait"),
              (f"60 * sum(rate(invoice_extraction_children_started_total{{{own}}}[$__rate_interval]))", "started, a minute")]),
            ("Time to read a PDF", SECONDS, quantiles("invoice_extraction_duration_seconds")),
        ]
    else:
        panels += [
            ("Calls that wait for the rate limit", COUNT, [(f"sum(invoice_stage_permits_waiting{{{own}}})", "calls")]),
            ("Share of the limit of calls: used, left by refusals", RATIO,
             [(f"sum(invoice_stage_rate_used_ratio{{{own}}})", "used"),
              (f"min(invoice_stage_rate_speed_ratio{{{own}}})", "left to the slowest replica")]),
        ]
    if stage == "llm-structure":
        panels += [
            ("Tokens, a minute", PER_MINUTE,
             [(f"60 * sum by (model, direction) (rate(invoice_llm_tokens_total{{{own}}}[$__rate_interval]))", "{{model}} {{direction}}")]),
            ("Share of the budget that is spent", RATIO,
             [(f"sum by (period) (invoice_llm_budget_used_ratio{{{own}}})", "{{period}}")]),
            ("US dollars, an hour", USD, [(f"sum by (model) (increase(invoice_llm_usd_total{{{own}}}[1h]))", "{{model}}")]),
        ]
    if stage == "post-to-zoho":
        panels.append(("Share of Zoho's calls of the day", RATIO, [("invoices:zoho_day_quota_used:ratio", "of the last 24 hours")]))
    return panels


def pipeline():
    ended = 'stage="post-to-zoho", exit="forwarded"'
    return [
        ("Bills in 24 hours", COUNT, [(f"sum(increase(invoice_stage_records_total{{{ended}}}[24h]))", "bills")]),
        ("Dead letters in 24 hours", COUNT,
         [("sum by (error_code) (increase(invoice_dead_letters_total[24h]))", "{{error_code}}")]),
        ("Dead letters that wait for somebody", COUNT,
         [("sum by (stage, error_code) (invoice_dead_letters_open)", "{{stage}} {{error_code}}")]),
        ("Bills, a minute", PER_MINUTE, [(f"60 * sum(rate(invoice_stage_records_total{{{ended}}}[$__rate_interval]))", "bills")]),
        ("Dead letters, a minute", PER_MINUTE,
         [("60 * sum by (stage, error_code) (rate(invoice_dead_letters_total[$__rate_interval]))", "{{stage}} {{error_code}}")]),
        ("From submission to the bill", SECONDS,
         [(f'histogram_quantile({q}, sum by (le) (rate(invoice_end_to_end_duration_seconds_bucket{{exit="forwarded"}}[$__rate_interval])))',
           f"p{int(q * 100)}") for q in (0.5, 0.95)]),
        ("Behind the end of the topics", COUNT, [("sum by (topic) (kafka_consumer_lag_records)", "{{topic}}")]),
        ("Oldest open record", SECONDS, [("max by (stage) (invoice_stage_oldest_open_seconds)", "{{stage}}")]),
        ("Why stages wait", COUNT, [("max by (stage, reason) (invoice_stage_wait_reason) > 0", "{{stage}} {{reason}}")]),
        ("Replicas", COUNT, [("count by (service, version) (invoice_build_info)", "{{service}} {{version}}")]),
        ("Retries, a minute", PER_MINUTE,
         [("60 * sum by (stage, error_code) (rate(invoice_stage_retries_total[$__rate_interval]))", "{{stage}} {{error_code}}")]),
        ("US dollars, a day", USD, [("sum by (model) (increase(invoice_llm_usd_total[1d]))", "{{model}}")]),
        ("US dollars a bill, over a day", USD,
         [(f"sum(increase(invoice_llm_usd_total[1d])) / sum(increase(invoice_stage_records_total{{{ended}}}[1d]))", "a bill")]),
        ("Differences between postings and books", COUNT, [("sum by (kind) (invoice_reconcile_differences)", "{{kind}}")]),
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
    for one in dashboards():
        name = one["uid"].removeprefix("invoices-")
        yield HERE / f"dashboards/{name}.json", json.dumps(one, indent=1) + "\n"


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
