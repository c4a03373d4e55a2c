"""What the pods use while something goes on, for the requests and limits of the manifests."""

import json
import re
import threading

from kubernetes import NAMESPACE, Refused, get, kubectl


class Usage:
    """The most that a pod of each kind used: thousandths of a core, and MiB of working set."""

    def __init__(self):
        self.most, self.over = {}, threading.Event()
        self.thread = threading.Thread(target=self.follow, daemon=True)

    def follow(self):
        while not self.over.wait(5):
            for pod, cores, memory in rows():
                kind = re.sub(r"(-\d+|-[a-z0-9]+-[a-z0-9]{5})$", "", pod)
                before = self.most.get(kind, (0, 0))
                self.most[kind] = (max(before[0], cores), max(before[1], memory))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def __str__(self):
        kinds = (f"{kind} {cores}m {memory}Mi" for kind, (cores, memory) in sorted(self.most.items()))
        return ", ".join(kinds) or "not known"


def rows():
    """Pod, thousandths of a core, MiB, as each node's kubelet says: no metrics-server is needed."""
    for node in get("nodes")["items"]:
        try:
            summary = json.loads(kubectl("get", "--raw", f"/api/v1/nodes/{node['metadata']['name']}/proxy/stats/summary"))
        except Refused:
            continue
        for pod in summary["pods"]:
            if pod["podRef"]["namespace"] == NAMESPACE and "memory" in pod and "cpu" in pod:
                cores = pod["cpu"].get("usageNanoCores", 0) / 1e6
                yield pod["podRef"]["name"], round(cores), round(pod["memory"].get("workingSetBytes", 0) / 2**20)
