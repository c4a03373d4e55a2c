#!/usr/bin/env python3
"""What the engine and the kernel say of the running containers.

    measure.py health CONTAINERS     waits until all are as they should be; CONTAINERS is a file of ids
    measure.py idle CONTAINERS       prints the resident memory of each program once it is at rest

Standard library alone.
"""

import json
import pathlib
import subprocess
import sys
import time

WAIT_S = 600
# What starts fills caches and ends; what is still there after this is what an idle program holds.
REST_S = 60
PROGRAMS = ("fetch-extract", "llm-structure", "post-to-zoho", "console")
MOST_MIB = 30


def inspect(containers):
    ids = pathlib.Path(containers).read_text().split()
    told = json.loads(subprocess.run(["docker", "inspect", *ids], check=True, capture_output=True).stdout)
    return {container["Config"]["Labels"]["com.docker.compose.service"]: container for container in told}


def mistake(state):
    """Why a container is not as it should be; one that has ended in order and one without a check that runs are."""
    if state["Status"] == "exited":
        return None if state["ExitCode"] == 0 else f"ended with {state['ExitCode']}"
    if "Health" not in state:
        return None if state["Status"] == "running" else state["Status"]
    last = (state["Health"]["Log"] or [{"Output": ""}])[-1]["Output"].strip()
    return None if state["Health"]["Status"] == "healthy" else f"{state['Health']['Status']}: {last}"


def health(containers):
    deadline = time.monotonic() + WAIT_S
    while True:
        states = {name: container["State"] for name, container in inspect(containers).items()}
        mistakes = {name: why for name, state in states.items() if (why := mistake(state))}
        if not mistakes or time.monotonic() > deadline:
            break
        time.sleep(1)
    checked = sorted(name for name, state in states.items() if "Health" in state)
    print(f"       healthy by their own word: {', '.join(checked)}")
    for name, why in mistakes.items():
        print(f"{name}: {why}")
    return 1 if mistakes else 0


def resident(pid):
    """What the kernel counts as resident, in MiB: all of it, and what is not a page of a file, which others can share."""
    status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return tuple(int(status[key].split()[0]) / 1024 for key in ("VmRSS", "RssAnon"))


def idle(containers):
    time.sleep(REST_S)
    over = []
    for name, container in inspect(containers).items():
        if name not in PROGRAMS:
            continue
        whole, own = resident(container["State"]["Pid"])
        print(f"       idle {name:14} {whole:5.1f} MiB resident, {own:5.1f} MiB of it its own")
        over += [f"{name}: {whole:.1f} MiB"] if whole > MOST_MIB else []
    if over:
        print(f"       more than the {MOST_MIB} MiB that are asked for: {', '.join(over)}")
    return 0


if __name__ == "__main__":
    sys.exit({"health": health, "idle": idle}[sys.argv[1]](sys.argv[2]))
