#!/usr/bin/env python3
"""Compares extractors of PDF text on a folder of PDFs, and prints one table.

    compare.py FOLDER [--extractor-binary PATH]

The folder holds PDFs. `truth.json`, if it is there, says what is printed on them: {"file.pdf": {"field": value}}.
`MANIFEST.tsv`, if it is there, says to which group a file belongs in its columns `file` and `group`; files of the
groups `invoice` and `document`, or of none, are ordinary files, others are hostile.

Columns: files that gave text or a clean error; crashes; F1 of the bag of words beside pdfplumber and beside poppler;
expected fields found; of the core fields (number, date, total), those whose row in pdfplumber's text is one line of the
output; processor time per file, of the whole process with its children (of pdfplumber without imports).

Needs pdfplumber (PyPI) and pdftotext (poppler-utils): the tools that are measured against.
"""

import argparse
import collections
import concurrent.futures
import csv
import datetime
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import time
import unicodedata

TIMEOUT = 60
MEMORY = 1 << 30
CORE = ("invoice_number", "number", "date", "issue_date", "invoice_date", "amount", "total", "grand_total")


def words(text):
    text = unicodedata.normalize("NFKC", text).replace("\u00a0", " ")
    return collections.Counter(text.split())


def f1(mine, reference):
    common = sum((mine & reference).values())
    if not mine or not reference:
        return 1.0 if not mine and not reference else 0.0
    precision, recall = common / sum(mine.values()), common / sum(reference.values())
    return 0.0 if common == 0 else 2 * precision * recall / (precision + recall)


def run(command):
    """Text, outcome and processor seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, preexec_fn=limit)
        text, code = done.stdout.decode("utf-8", "replace"), done.returncode
        said = done.stderr.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        text, code, said = "", None, "timeout"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return text, code, said, cpu


def outcome(code, said):
    if code == 0:
        return "text"
    if code is None or code < 0 or re.search(r"extract\.(crashed|timeout|memory)|panicked", said):
        return "crash"
    return "error"


PLUMBER = """
import sys, time, resource
import pdfplumber
begun = time.process_time()
with pdfplumber.open(sys.argv[1]) as pdf:
    for page in pdf.pages:
        sys.stdout.write((page.extract_text() or "") + "\\n")
        page.flush_cache()
sys.stderr.write("CPU %f" % (time.process_time() - begun))
"""


def pdfplumber(path):
    text, code, said, cpu = run([sys.executable, "-c", PLUMBER, path])
    measured = re.search(r"CPU ([0-9.]+)", said)
    return text, outcome(code, said), float(measured.group(1)) if measured else cpu


def poppler(path):
    text, code, said, cpu = run(["pdftotext", "-layout", path, "-"])
    return text, outcome(code, said), cpu


def ours(binary, extractor):
    def read(path):
        text, code, said, cpu = run([binary, "extract", f"--extractor={extractor}", path])
        return text, outcome(code, said), cpu

    return read


def forms(value):
    """The ways in which a value may be printed."""
    text = str(value)
    found = {text}
    if isinstance(value, (int, float)):
        for digits in (f"{value:.2f}", f"{value:,.2f}", f"{value:g}", f"{value:,.0f}"):
            found |= {digits, digits.replace(",", "\0").replace(".", ",").replace("\0", "."), digits.replace(",", " ")}
            found |= {digits.replace(",", "'"), digits.replace(".", ",")}
    elif re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        day = datetime.date.fromisoformat(text)
        patterns = "%d.%m.%Y %d/%m/%Y %m/%d/%Y %d-%m-%Y %d.%m.%y %m/%d/%y %d/%m/%y %B|%d,|%Y %b|%d,|%Y %d|%B|%Y %d|%b|%Y %d-%b-%Y %Y%m%d"
        for pattern in patterns.split():
            printed = day.strftime(pattern.replace("|", " "))
            found |= {printed, re.sub(r"\b0(\d)", r"\1", printed)}
    return found


def squeeze(text):
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).casefold()


def find(value, text):
    return any(squeeze(form) in text for form in forms(value))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--extractor-binary", default="target/release/fetch-extract")
    parser.add_argument("--details", action="store_true", help="name the files in which something is missing")
    parser.add_argument("--only", help="files whose names contain this")
    parser.add_argument("--ordinary", action="store_true", help="leave hostile files out")
    arguments = parser.parse_args()
    tools = {
        "pdfplumber": pdfplumber,
        "poppler -layout": poppler,
        "ours (hayro)": ours(arguments.extractor_binary, "hayro"),
        "ours (pdf-extract)": ours(arguments.extractor_binary, "pdf-extract"),
    }
    truth, groups = {}, {}
    if (arguments.folder / "truth.json").exists():
        truth = json.loads((arguments.folder / "truth.json").read_text())
    if (arguments.folder / "MANIFEST.tsv").exists():
        with open(arguments.folder / "MANIFEST.tsv") as manifest:
            groups = {row["file"]: row["group"] for row in csv.DictReader(manifest, delimiter="\t")}
    files = sorted(arguments.folder.glob("*.pdf"))
    if arguments.only:
        files = [path for path in files if arguments.only in path.name]
    group = {path.name: groups.get(path.name, "document") for path in files}
    if arguments.ordinary:
        files = [path for path in files if group[path.name] in ("invoice", "document")]
    read = {name: {path.name: tool(str(path)) for path in files} for name, tool in tools.items()}

    ordinary = [path.name for path in files if group[path.name] in ("invoice", "document")]
    hostile = [path.name for path in files if path.name not in ordinary]
    invoices = [name for name in ordinary if group[name] == "invoice"] or ordinary
    reference, second = read["pdfplumber"], read["poppler -layout"]
    printed = {
        (name, field): value
        for name in ordinary
        for field, value in truth.get(name, {}).items()
        if isinstance(value, (str, int, float)) and any(find(value, squeeze(of[name][0])) for of in read.values())
    }
    is_core = lambda field: field in CORE or field.endswith(("_number", "_date")) and "line" not in field
    rows = {}
    for (name, field), value in printed.items():
        if is_core(field):
            held = [line for line in reference[name][0].splitlines() if find(value, squeeze(line))]
            if held:
                rows[name, field] = held[0].split()

    print(f"{len(ordinary)} ordinary files ({len(invoices)} invoices), {len(hostile)} hostile; "
          f"{len(printed)} expected fields that somebody finds, {len(rows)} of them core fields with a row")
    header = ("extractor", "text", "empty", "error", "crash", "F1 plumber", "F1 poppler", "F1 plumber, all", "fields",
              "core with row", "CPU median", "CPU total", "hostile text/error/crash")
    print("| " + " | ".join(header) + " |\n|" + "---|" * len(header))
    for name, of in read.items():
        outcomes = collections.Counter(of[file][1] for file in ordinary)
        empty = [file for file in ordinary if of[file][1] == "text"
                 and sum(words(of[file][0]).values()) < 0.2 * sum(words(reference[file][0]).values())]
        both = [file for file in invoices if reference[file][1] == "text"]
        mean = lambda values: sum(values) / max(1, len(values))
        plumber = mean([f1(words(of[file][0]), words(reference[file][0])) for file in both])
        popped = mean([f1(words(of[file][0]), words(second[file][0])) for file in both])
        everywhere = [file for file in ordinary if reference[file][1] == "text"]
        wide = mean([f1(words(of[file][0]), words(reference[file][0])) for file in everywhere])
        found = {key for key, value in printed.items() if find(value, squeeze(of[key[0]][0]))}
        kept = set()
        for key, row in rows.items():
            need = collections.Counter(unicodedata.normalize("NFKC", " ".join(row)).split())
            lines = [words(line) for line in of[key[0]][0].splitlines()]
            # Words may be parted or joined otherwise; what counts is that the row's characters stand together.
            glued = "".join(sorted("".join(need)))
            if any(not need - line for line in lines) or any(
                not collections.Counter(glued) - collections.Counter("".join(line.elements())) for line in lines
            ):
                kept.add(key)
        cpu = sorted(of[file][2] for file in ordinary)
        bad = collections.Counter(of[file][1] for file in hostile)
        print(f"| {name} | {outcomes['text']} | {len(empty)} | {outcomes['error']} | {outcomes['crash']} | {plumber:.3f} "
              f"| {popped:.3f} | {wide:.3f} | {len(found)}/{len(printed)} | {len(kept)}/{len(rows)} "
              f"| {1000 * cpu[len(cpu) // 2]:.1f} ms | {sum(cpu):.1f} s | {bad['text']}/{bad['error']}/{bad['crash']} |")
        if arguments.details and name not in ("pdfplumber", "poppler -layout"):
            for file in ordinary:
                if of[file][1] != "text" or file in empty:
                    print(f"    {name}: {file}: {of[file][1]}{' (empty)' if file in empty else ''}")
            for file in both:
                score = f1(words(of[file][0]), words(reference[file][0]))
                if score < 0.95:
                    print(f"    {name}: {file}: F1 {score:.3f}")
            for key in printed:
                if key not in found:
                    print(f"    {name}: {key}: {printed[key]!r} is not found")
            for key in rows:
                if key not in kept:
                    print(f"    {name}: {key}: the row {' '.join(rows[key])!r} is torn")


if __name__ == "__main__":
    main()
