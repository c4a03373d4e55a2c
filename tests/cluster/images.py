#!/usr/bin/env python3
"""Makes the images that the cluster runs, without a container engine, and hands each to the hook that loads it.

    images.py            makes all of them and loads them by LOAD_IMAGE
    images.py --only kafka fetch-extract

A program's image is what the Dockerfile makes: the release binary, what it links against, the certificates that it trusts, a user
that is not root, and nothing else. The libraries are this machine's own, so the machine should be a Debian 12. Kafka's image has a
broker of Maven's jars on a Java of `jlink`, and takes its settings from the environment as the image `apache/kafka` does.
"""

import argparse
import hashlib
import io
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
WORK = TARGET / "cluster"
# Where the programs are; a faster build to try things with may be named instead.
BINARIES = pathlib.Path(os.environ.get("BINARIES", TARGET / "release"))

PROGRAMS = ("fetch-extract", "llm-structure", "post-to-zoho", "console", "sandbox", "invoicectl")
KAFKA = "invoices/kafka:local"
NOBODY = 65532
BROKER = 1000
CERTIFICATES = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
JAVA_MODULES = "java.se,jdk.unsupported,jdk.management,jdk.crypto.ec,jdk.security.auth,jdk.zipfs"


def name_of(program):
    return KAFKA if program == "kafka" else f"invoices/{program}:local"


class Layer:
    """A tar that is the same whenever its files are."""

    def __init__(self, path):
        self.path = path
        self.tar = tarfile.open(path, "w", format=tarfile.GNU_FORMAT)
        self.known = set()

    def put(self, name, info, content=None):
        if name not in self.known:
            self.known.add(name)
            info.name, info.mtime = name, 0
            self.tar.addfile(info, content)

    def folder(self, name, mode=0o755, owner=0):
        info = tarfile.TarInfo()
        info.type, info.mode, info.uid, info.gid = tarfile.DIRTYPE, mode, owner, owner
        self.put(name, info)

    def text(self, name, text, mode=0o644):
        info = tarfile.TarInfo()
        info.size, info.mode = len(text.encode()), mode
        self.put(name, info, io.BytesIO(text.encode()))

    def file(self, name, source, mode=0o644):
        info = tarfile.TarInfo()
        info.size, info.mode = source.stat().st_size, mode
        with source.open("rb") as content:
            self.put(name, info, content)

    def link(self, name, to):
        info = tarfile.TarInfo()
        info.type, info.linkname = tarfile.SYMTYPE, to
        self.put(name, info)

    def libraries(self, *programs):
        """What the dynamic linker would load for them, at the same paths."""
        for program in programs:
            said = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
            for library in (word for word in said.split() if word.startswith("/")):
                # What is beside the program comes with it.
                if not pathlib.Path(library).is_relative_to(WORK):
                    self.file(library.removeprefix("/"), pathlib.Path(library).resolve(), 0o755)

    def tree(self, name, source):
        for path in sorted(source.rglob("*")):
            inside = f"{name}/{path.relative_to(source)}"
            if path.is_symlink():
                self.link(inside, os.readlink(path))
            elif path.is_dir():
                self.folder(inside)
            else:
                self.file(inside, path, 0o755 if os.access(path, os.X_OK) else 0o644)

    def close(self):
        self.tar.close()
        return self


def archive(name, layers, config):
    """What `docker save` writes."""
    digests = [hashlib.file_digest(layer.path.open("rb"), "sha256").hexdigest() for layer in layers]
    image = json.dumps({
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine],
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
    }, sort_keys=True).encode()
    config_file = f"{hashlib.sha256(image).hexdigest()}.json"
    manifest = [{"Config": config_file, "RepoTags": [name], "Layers": [f"{digest}.tar" for digest in digests]}]
    path = WORK / f"{name.split('/')[-1].split(':')[0]}.tar"
    out = Layer(path)
    out.text("manifest.json", json.dumps(manifest))
    out.text(config_file, image.decode())
    for layer, digest in zip(layers, digests, strict=True):
        out.file(f"{digest}.tar", layer.path)
    out.close()
    return path


def base(path, *programs):
    layer = Layer(path)
    layer.folder("tmp", 0o1777)
    layer.text("etc/passwd", f"root:x:0:0:root:/:/none\nnonroot:x:{NOBODY}:{NOBODY}::/tmp:/none\n")
    layer.text("etc/group", f"root:x:0:\nnonroot:x:{NOBODY}:\n")
    layer.text("etc/nsswitch.conf", "hosts: files dns\n")
    layer.file(str(CERTIFICATES).removeprefix("/"), CERTIFICATES)
    layer.libraries(*programs)
    return layer


def runtime():
    """What all programs share, so that it is loaded once."""
    layer = base(WORK / "runtime.layer", *(BINARIES / program for program in PROGRAMS))
    for folder in ("var/lib/invoices", "var/lib/invoices/documents", "var/lib/invoices/own"):
        layer.folder(folder, owner=NOBODY)
    return layer.close()


def program_image(program, shared):
    bare = WORK / program
    subprocess.run(["strip", "-o", bare, BINARIES / program], check=True)
    layer = Layer(WORK / f"{program}.layer")
    layer.file("app", bare, 0o755)
    config = {"User": f"{NOBODY}:{NOBODY}", "Entrypoint": ["/app"], "Env": ["PATH=/"], "WorkingDir": "/"}
    return archive(name_of(program), [shared, layer.close()], config)


def kafka_jars():
    jars = TARGET / "kafka/libs"
    if not jars.is_dir():
        pom = ROOT / "tools/local/kafka/pom.xml"
        subprocess.run(["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={jars}"], check=True)
    return jars


def busybox():
    """A shell for Kafka's entrypoint, and what the test looks at the network with."""
    found = WORK / "busybox/bin/busybox"
    if not found.exists():
        subprocess.run(["apt-get", "download", "-qq", "busybox-static"], cwd=WORK, check=True)
        subprocess.run(["dpkg", "-x", *WORK.glob("busybox-static_*.deb"), WORK / "busybox"], check=True)
    return found


def java():
    made = WORK / "java"
    if not made.exists():
        options = ["--no-header-files", "--no-man-pages", "--strip-java-debug-attributes"]
        subprocess.run(["jlink", *options, "--add-modules", JAVA_MODULES, "--output", made], check=True)
    return made


def kafka_image():
    home, shell = java(), busybox()
    programs = [home / "bin/java", *home.glob("lib/*.so"), *home.glob("lib/server/*.so")]
    layer = base(WORK / "kafka.layer", *programs)
    layer.file("bin/busybox", shell, 0o755)
    for applet in subprocess.run([shell, "--list"], capture_output=True, text=True, check=True).stdout.split():
        layer.link(f"bin/{applet}", "busybox")
    layer.tree("opt/java", home)
    layer.tree("opt/kafka/libs", kafka_jars())
    layer.folder("var/lib/kafka/data", owner=BROKER)
    layer.file("bin/broker", HERE / "broker.sh", 0o755)
    config = {"User": f"{BROKER}:{BROKER}", "Entrypoint": ["/bin/broker"], "Env": ["PATH=/opt/java/bin:/bin"], "WorkingDir": "/tmp"}
    return archive(KAFKA, [layer.close()], config)


def load(program, path):
    hook = os.environ.get("LOAD_IMAGE")
    if hook:
        subprocess.run([*shlex.split(hook), name_of(program), path], check=True, stdout=subprocess.DEVNULL)
    print(f"{name_of(program)}: {path.stat().st_size / 1e6:.0f} MB{', loaded' if hook else ', not loaded as LOAD_IMAGE is not set'}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--only", nargs="+", choices=(*PROGRAMS, "kafka"), default=(*PROGRAMS, "kafka"))
    wanted = arguments.parse_args().only
    missing = [program for program in PROGRAMS if not (BINARIES / program).exists()]
    if missing:
        sys.exit(f"{', '.join(missing)} not in {BINARIES}: cargo build --release --locked " + " ".join(f"--bin {one}" for one in PROGRAMS))
    WORK.mkdir(parents=True, exist_ok=True)
    shared = runtime()
    for program in wanted:
        load(program, kafka_image() if program == "kafka" else program_image(program, shared))


if __name__ == "__main__":
    main()
