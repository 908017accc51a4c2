"""How much text a second: our engine beside plain Presidio with the same recognisers, ripgrep with the same patterns.

``python benchmarks/throughput.py`` makes its texts (from a seed), runs everything in turns and prints medians. MB are
10^6 bytes of the text as UTF-8, seconds are those of the processor unless wall is said. Figures of one run can be
compared with each other, and with nothing else. ripgrep takes the patterns without look-around, and only counts lines.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import madeup  # noqa: E402
import spacy  # noqa: E402
from openpyxl import Workbook  # noqa: E402
from presidio_analyzer.nlp_engine import SpacyNlpEngine  # noqa: E402

from leakwatch.config import Config  # noqa: E402
from leakwatch.model import Limits, Origin  # noqa: E402
from leakwatch.pipeline import engine  # noqa: E402
from leakwatch.policy import select  # noqa: E402
from leakwatch.prefilter.databases import shape  # noqa: E402
from leakwatch.readers import open_input  # noqa: E402
from leakwatch.redaction import Fingerprinter  # noqa: E402
from leakwatch.rules import catalogue  # noqa: E402
from leakwatch_detectors.catalog import detectors  # noqa: E402
from leakwatch_detectors.presidio import LANGUAGE, build_engine  # noqa: E402

MB = 1_000_000


_LAUNCHER = """
import json, os, subprocess, sys, time
begun = time.monotonic()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
told = [used.ru_utime + used.ru_stime, time.monotonic() - begun, used.ru_maxrss / 1024]
print(json.dumps([os.waitstatus_to_exitcode(status), *told]))
"""
"""Starts a process from a small one: what a process starts from counts in its largest resident set."""


def spent(argv: list[str]) -> tuple[float, float, float]:
    """Seconds of the processor and of wall, and the largest resident set (MB) of one process, of a process tree."""
    told = subprocess.run([sys.executable, "-S", "-c", _LAUNCHER, *argv], check=True, capture_output=True).stdout
    code, cpu, wall, memory = json.loads(told)
    if code not in {0, 1}:
        raise SystemExit(f"{argv[0]} ended with {code}")
    return cpu, wall, memory


def inner(what: str, path: Path, size: int) -> None:
    """In a process of its own: one engine over the beginning of a file, start-up left out; prints MB/s and findings."""
    with path.open("rb") as file:
        data = file.read(size)
    data = data[: data.rindex(b"\n") + 1]
    if what == "ours":
        analyzer = engine(Config(), Fingerprinter(b"k" * 32))
        analyzer.warm()
        begun = time.process_time()
        with path.open("rb") as file:
            chunks = open_input(file, Origin(str(path)), Limits(seconds=3600))
            found = sum(len(analyzer.analyze(chunk).findings) for chunk in chunks)
        length = path.stat().st_size
    else:
        config = Config()
        presidio = build_engine(select(catalogue(config), config.detect.regions, ()))
        if what == "blank":
            presidio.nlp_engine = blank()
        lines = data.decode().splitlines()
        presidio.analyze(".", language=LANGUAGE)
        begun = time.process_time()
        found = sum(len(presidio.analyze(line, language=LANGUAGE)) for line in lines)
        length = len(data)
    print(json.dumps({"speed": length / MB / (time.process_time() - begun), "found": found}))


def blank():
    """Presidio's spaCy engine with an empty Chinese pipeline."""
    with tempfile.TemporaryDirectory() as folder:
        spacy.blank("zh").to_disk(folder)
        made = SpacyNlpEngine([{"lang_code": "zh", "model_name": folder}])
        made.load()
        return made


def run_inner(what: str, path: Path, size: int) -> float:
    argv = [sys.executable, __file__, "--inner", what, str(path), str(size)]
    return json.loads(subprocess.run(argv, check=True, capture_output=True).stdout)["speed"]


def union(rg: str, file: Path) -> int:
    """Write what ripgrep takes of the default detectors' patterns; how many it refuses."""
    refused, taken = 0, []
    for one in detectors():
        if not one.default or one.role.value != "report":
            continue
        core = re.sub(r"\(\?P<[a-z]+>", "(", without_looks(shape(one.pattern))).replace("*+", "*").replace("++", "+")
        answer = subprocess.run([rg, "-c", "-e", core], input=b"", capture_output=True, check=False)
        if answer.returncode == 2:
            refused += 1
        else:
            taken.append(core)
    file.write_text("\n".join(taken) + "\n")
    return refused


def without_looks(pattern: str) -> str:
    """A pattern without its look-arounds."""
    kept, at = [], 0
    while at < len(pattern):
        if pattern.startswith(("(?=", "(?!", "(?<=", "(?<!"), at):
            at = _end_of_group(pattern, at)
            continue
        step = 2 if pattern[at] == "\\" else 1
        kept.append(pattern[at : at + step])
        at += step
    return "".join(kept)


def _end_of_group(pattern: str, at: int) -> int:
    depth, in_class = 0, False
    while True:
        sign = pattern[at]
        if sign == "\\":
            at += 1
        elif in_class:
            in_class = sign != "]"
        elif sign == "[":
            in_class = True
        else:
            depth += (sign == "(") - (sign == ")")
            if not depth:
                return at + 1
        at += 1


def median(run: Callable[[], float], rounds: int) -> float:
    return statistics.median(run() for _ in range(rounds))


def make_texts(folder: Path, size: int) -> Iterator[tuple[str, Path, int]]:
    """The files that whole scans are measured on: name, path, bytes of text in it."""
    chance = random.Random(7)
    log, export = madeup.log(chance, size), madeup.export(chance, size // 20)
    for name, data, text in (
        ("log, 0.5 % of lines leak", log, log),
        ("the same in GB18030", log.decode().encode("gb18030"), log),
        ("the same, gzip", gzip.compress(log, 1), log),
        ("CSV, every row leaks", export, export),
    ):
        suffix = {"the same, gzip": ".log.gz", "CSV, every row leaks": ".csv"}.get(name, f"-{len(data)}.log")
        path = folder / f"made{suffix}"
        path.write_bytes(data)
        yield name, path, len(text)

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in export.decode().splitlines():
        sheet.append(line.split(","))
    book.save(folder / "made.xlsx")
    yield "the same in XLSX", folder / "made.xlsx", len(export)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=40 * MB, help="bytes of log")
    parser.add_argument("--growth", type=int, default=200 * MB, help="bytes of the log whose memory is compared")
    parser.add_argument("--inner", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inner:
        what, path, size = given.inner
        inner(what, Path(path), int(size))
        return
    with tempfile.TemporaryDirectory(prefix="leakwatch-bench-") as name:
        folder = Path(name)
        texts = list(make_texts(folder, given.size))
        engines(texts[0][1], texts[3][1], folder, given.rounds)
        scans(texts, given.rounds)
        growth(texts[0][1], folder, given.growth)


def engines(log: Path, export: Path, folder: Path, rounds: int) -> None:
    """Engines without their start-up, and tools with theirs, in turns."""
    print(f"Engines, MB/s of processor time, medians of {rounds}, start-up left out\n")
    print(f"{'':34}{'log':>10}{'x plain':>9}{'CSV':>10}{'x plain':>9}")
    for title, what, sample in (
        ("plain Presidio, a line at a time", "plain", MB // 5),
        ("the same, spaCy blank zh", "blank", MB // 10),
        ("leakwatch, whole engine, reading", "ours", MB),
    ):
        speeds = [median(lambda path=path: run_inner(what, path, sample), rounds) for path in (log, export)]  # noqa: B023
        if what == "plain":
            plain = speeds
        told(title, speeds, plain)
    rg = shutil.which("rg")
    if rg is None:
        print("ripgrep is not here: on Debian, apt install ripgrep")
    else:
        refused = union(rg, folder / "patterns")
        argv = [rg, "-j1", "-c", "--regex-size-limit=1G", "--dfa-size-limit=1G", "-f", str(folder / "patterns")]
        speeds = [
            median(lambda path=path: path.stat().st_size / MB / spent([*argv, str(path)])[0], rounds)
            for path in (log, export)
        ]
        told(f"rg -j1 -c, {refused} patterns refused", speeds, plain)
    speed = median(lambda: log.stat().st_size / MB / max(spent(["wc", "-l", str(log)])[0], 0.001), rounds)
    print(f"{'wc -l':34}{speed:10.0f}\n")


def told(title: str, speeds: list[float], plain: list[float]) -> None:
    columns = "".join(f"{speed:10.2f}{speed / other:9.1f}" for speed, other in zip(speeds, plain, strict=True))
    print(f"{title:34}{columns}", flush=True)


def scans(texts: list[tuple[str, Path, int]], rounds: int) -> None:
    """Whole scans as a person runs them."""
    print(f"`leakwatch scan`, whole processes with their start-up, medians of {rounds}\n")
    print(f"{'':28}{'MB':>7}{'jobs':>6}{'MB/s cpu':>10}{'MB/s wall':>11}{'RSS MB':>8}")
    for (title, path, size), jobs in itertools.product(texts, (1, 2)):
        runs = [spent(scan(path, jobs)) for _ in range(rounds)]
        cpu, wall, memory = (statistics.median(values) for values in zip(*runs, strict=True))
        print(
            f"{title:28}{size / MB:7.1f}{jobs:6}{size / MB / cpu:10.1f}{size / MB / wall:11.1f}{memory:8.0f}",
            flush=True,
        )


def growth(log: Path, folder: Path, size: int) -> None:
    """Memory does not grow with the file."""
    data = log.read_bytes()
    for length in (10 * MB, size):
        path = folder / "growing.log"
        with path.open("wb") as file:
            for at in range(0, length, len(data)):
                file.write(data[: length - at])
        print(f"{length / MB:.0f} MB of log: {spent(scan(path, 1))[2]:.0f} MB resident", flush=True)
        path.unlink()


def scan(path: Path, jobs: int) -> list[str]:
    return [
        str(Path(sys.executable).parent / "leakwatch"),
        "scan",
        "--no-state",
        "-q",
        "-f",
        "jsonl",
        "-j",
        str(jobs),
        str(path),
    ]


if __name__ == "__main__":
    main()
