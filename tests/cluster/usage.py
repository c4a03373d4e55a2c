"""What the pods use while something goes on, by metrics-server, for the requests and limits of the manifests."""

import re
import threading

from kubernetes import Refused, kubectl


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
        return ", ".join(kinds) or "unknown, as the cluster has no metrics-server"


def rows():
    try:
        lines = kubectl("top", "pods", "--no-headers").splitlines()
    except Refused:
        return
    for line in lines:
        pod, cores, memory = line.split()
        yield pod, int(cores.removesuffix("m")), int(memory.removesuffix("Mi"))
