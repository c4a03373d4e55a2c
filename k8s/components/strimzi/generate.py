#!/usr/bin/env python3
"""Writes topics.yaml and users.yaml from what the product itself says of its topics and access rules:

    shared/stream/src/topics/plan.rs   the table of topics in its test
    docs/security/kafka.md             the table of rules, which a test holds to the code
    config/default.yaml                partitions and retention

With --check it writes nothing and fails when the files are not what it would write.
"""

import pathlib
import re
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DAY_MS = 86_400_000
# As `stream::topics::plan::ADMISSION_WINDOW`: an id is known to be used for at least that long.
ADMISSION_DAYS = 180
PART_OF = {"app.kubernetes.io/part-of": "invoices", "strimzi.io/cluster": "kafka"}
# What a console is allowed as long as the page has no rules of its own for it: to look, to submit, and to pause stages.
CONSOLE = [("observer", None), ("publisher", None), ("operator", "invoices.stages"), ("operator", "invoices.history")]
# Settings of compacted topics beyond those that all have.
COMPACTED = {
    "invoices.status": {"segment.ms": DAY_MS, "min.cleanable.dirty.ratio": "0.2", "max.compaction.lag.ms": DAY_MS},
    "invoices.stages": {
        "segment.ms": 600_000, "min.cleanable.dirty.ratio": "0.1", "max.compaction.lag.ms": 600_000, "delete.retention.ms": DAY_MS,
    },
}
# The topics that have one partition whatever the settings say.
SINGLE = {"invoices.stages"}


def topics():
    layout = yaml.safe_load((ROOT / "config/default.yaml").read_text())["topics"]
    source = (ROOT / "shared/stream/src/topics/plan.rs").read_text()
    rows = re.findall(r'\("(invoices[^"]*)", "([^"]+)", [^,]+, ([\d_]+)\)', source)
    if len(rows) < 12:
        sys.exit("plan.rs: the table of topics was not found")
    for name, cleanup, size in rows:
        config = {
            "cleanup.policy": cleanup,
            "max.message.bytes": size.replace("_", ""),
            "message.timestamp.type": "LogAppendTime",
            "min.insync.replicas": "2",
            "retention.bytes": "-1",
            "retention.ms": retention(name, layout),
        }
        if cleanup != "delete":
            if name not in COMPACTED:
                sys.exit(f"{name} is compacted: say in COMPACTED what plan.rs says of it")
            config |= {key: str(value) for key, value in COMPACTED[name].items()} | {"segment.bytes": str(16 * 1024 * 1024)}
        partitions = 1 if name in SINGLE else layout["partitions"]
        spec = {"topicName": name, "partitions": partitions, "replicas": 3, "config": dict(sorted(config.items()))}
        yield resource("KafkaTopic", name, spec)


def retention(name, layout):
    kept = {
        "dlq": layout["dead_letter_retention_days"],
        "posted": layout["posted_retention_days"],
        "history": layout["history_retention_days"],
        "status": max(layout["dead_letter_retention_days"], ADMISSION_DAYS),
    }
    days = kept.get(name.rsplit(".", 1)[1])
    return "-1" if days is None else str(days * DAY_MS)


def users():
    page = (ROOT / "docs/security/kafka.md").read_text()
    rows = re.findall(r"^\| ([a-z-]+) \| ([A-Za-z, ]+) \| (topic|group|transactional-id|cluster) (.+?) \|", page, re.MULTILINE)
    rules = {}
    for user, operations, kind, names in rows:
        for name in re.findall(r"`([^`]+)`", names):
            target = {"type": {"transactional-id": "transactionalId"}.get(kind, kind)}
            if kind != "cluster":
                target |= {"name": name.removesuffix("*"), "patternType": "prefix" if name.endswith("*") else "literal"}
            rules.setdefault(user, []).append({"resource": target, "operations": operations.split(", ")})
    if len(rules) < 7:
        sys.exit("kafka.md: the table of rules was not found")
    rules.setdefault("console", list(of_console(rules)))
    for user, acls in rules.items():
        spec = {"authentication": {"type": "scram-sha-512"}, "authorization": {"type": "simple", "acls": acls}}
        yield resource("KafkaUser", user, spec)


def of_console(rules):
    for role, topic in CONSOLE:
        yield from (rule for rule in rules[role] if topic is None or rule["resource"].get("name") == topic)


def resource(kind, name, spec):
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": PART_OF},
        "spec": spec,
    }


def main():
    wrong = []
    for file, objects in (("topics.yaml", topics()), ("users.yaml", users())):
        text = "# Made by generate.py; change what that reads.\n" + yaml.safe_dump_all(list(objects), sort_keys=False, width=120)
        path = HERE / file
        if "--check" not in sys.argv:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            wrong.append(file)
    if wrong:
        sys.exit(f"k8s/components/strimzi: {' and '.join(wrong)} are not as the product says: run generate.py")


if __name__ == "__main__":
    main()
