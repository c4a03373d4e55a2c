#!/usr/bin/env python3
"""Holds docker-compose.yml against what it promises: ports of this machine alone, no rights that nobody needs, health, longer to stop than to drain,
and settings that exist.

    compose.py docker-compose.yml SETTINGS.yaml
"""

import pathlib
import re
import sys

import objects
import yaml

# Neither has a root file system that it can do without.
WRITE_TO_THEIR_ROOT = {"kafka", "kafka-ui"}

# They have probes, and a program that asks them.
PROBED = {"fetch-extract", "llm-structure", "post-to-zoho", "console"}


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text)[1])


def mistakes(services, settings):
    for name, service in services.items():
        for port in service.get("ports", []):
            if not port.startswith("127.0.0.1:"):
                yield f"{name}: {port} is not of this machine alone"
        if service.get("cap_drop") != ["ALL"] or service.get("security_opt") != ["no-new-privileges:true"] or service.get("privileged"):
            yield f"{name}: has rights that it does not need"
        if not service.get("read_only") and name not in WRITE_TO_THEIR_ROOT:
            yield f"{name}: its root can be written to"
        if name in PROBED and service.get("healthcheck", {}).get("test") != ["CMD", "/app", "healthcheck", "--ready"]:
            yield f"{name}: nobody asks how it is"
        key = name.replace("-", "_")
        if key in objects.DEFAULTS["stages"]:
            drain = objects.DEFAULTS["stages"][key]["attempt_timeout_ms"] + objects.DRAIN_MS
            if seconds(service.get("stop_grace_period", "0s")) * 1000 <= drain:
                yield f"{name}: stop_grace_period must be more than {drain // 1000}s"
        for variable in service.get("environment", {}):
            path = tuple(variable.removeprefix("INVOICES__").lower().split("__"))
            if variable.startswith("INVOICES__") and not objects.known(path) and not objects.known((*path[:-1], path[-1].removesuffix("_file"))):
                yield f"{name}: {variable} sets nothing in config/default.yaml"
    for key in objects.unknown_keys(settings):
        yield f"compose/invoices.yaml: no setting {key} in config/default.yaml"


def main(compose, settings):
    services = yaml.safe_load(pathlib.Path(compose).read_text())["services"]
    found = list(mistakes(services, yaml.safe_load(pathlib.Path(settings).read_text())))
    print("\n".join(found) or f"compose: {len(services)} services")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
