#!/usr/bin/env python3
"""Makes the strict JSON Schemas in tests/deploy/schemas from the CRDs that operators ship.

    schemas.py CRD.yaml ...

The sources are named in tests/deploy/README.md. A field that a CRD does not declare is refused by the schema, as a server
with strict validation refuses it. Descriptions are left out: they are four fifths of the size.
"""

import json
import pathlib
import sys

import yaml

HERE = pathlib.Path(__file__).parent / "schemas"
# What an API server adds and JSON Schema does not know.
OURS = ("x-kubernetes-", "description")


class Loader(yaml.SafeLoader):
    """Without `=`, which YAML 1.1 reads as a type of its own and prometheus-operator lists as a value."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:value"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def strict(node):
    if isinstance(node, list):
        return [strict(one) for one in node]
    if not isinstance(node, dict):
        return node
    is_open = node.get("x-kubernetes-preserve-unknown-fields", False)
    either = node.get("x-kubernetes-int-or-string", False)
    out = {}
    for key, value in node.items():
        if key == "properties":
            out[key] = {name: strict(one) for name, one in value.items()}
        elif not (key.startswith(OURS) and not isinstance(value, dict)) and not key.startswith("x-kubernetes-"):
            out[key] = strict(value)
    if either:
        out.pop("type", None)
        out["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    if "properties" in out and "additionalProperties" not in out and not is_open:
        out["additionalProperties"] = False
    return out


def main(paths):
    HERE.mkdir(exist_ok=True)
    for path in paths:
        for crd in yaml.load_all(pathlib.Path(path).read_text(), Loader):
            for version in crd["spec"]["versions"]:
                schema = strict(version["schema"]["openAPIV3Schema"])
                # `metadata` is Kubernetes' own; objects are checked for what they hold beside it.
                schema["properties"]["metadata"] = {"type": "object"}
                group, kind = crd["spec"]["group"], crd["spec"]["names"]["kind"]
                name = HERE / f"{group}_{version['name']}_{kind}.json"
                name.write_text(json.dumps(schema, sort_keys=True, separators=(",", ":")) + "\n")
                print(name, name.stat().st_size)


if __name__ == "__main__":
    main(sys.argv[1:])
