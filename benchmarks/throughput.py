"""Measure MB/s of leakwatch beside plain Presidio with the same recognisers, ripgrep and the fastest peers.

``python benchmarks/throughput.py`` generates its texts from a seed, runs everything in turns and prints medians. MB are
10^6 bytes of UTF-8 text; seconds are CPU time unless they say wall. Compare figures of one run only with each other.
ripgrep gets the patterns without look-around and only counts lines.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import speed_peers  # noqa: E402
from support import made_up  # noqa: E402
from support.pattern_examples import without_looks  # noqa: E402

from leakwatch.config.config_model import Config  # noqa: E402
from leakwatch.core.model import Limits, Origin  # noqa: E402
from leakwatch.detection.prefilter.pattern_set import shape  # noqa: E402
from leakwatch.pipeline import active_detectors, engine  # noqa: E402
from leakwatch.privacy.redaction import Fingerprinter  # noqa: E402
from leakwatch.readers import open_input  # noqa: E402
from leakwatch_detectors.catalog import detectors  # noqa: E402

MB = 1_000_000
LEAKWATCH = str(Path(sys.executable).parent / "leakwatch")

_LAUNCHER = """
import json, os, subprocess, sys, time
begun = time.monotonic()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
usage = [used.ru_utime + used.ru_stime, time.monotonic() - begun, used.ru_maxrss / 1024]
print(json.dumps([os.waitstatus_to_exitcode(status), *usage]))
"""
"""Start a command from a small process: the peak RSS of a process includes that of its parent."""


@dataclass(frozen=True)
class Usage:
    """Resources of a process and its children: CPU and wall seconds, MB of peak RSS."""

    cpu: float
    wall: float
    memory: float


def usage_of(argv: Sequence[str]) -> Usage:
    """Run a command and return what it used."""
    output = subprocess.run([sys.executable, "-S", "-c", _LAUNCHER, *argv], check=True, capture_output=True).stdout
    code, *figures = json.loads(output)
    if code not in {0, 1}:
        print(f"{' '.join(argv)} ended with {code}: this figure is useless", file=sys.stderr)
    return Usage(*figures)


def scan(path: Path, jobs: int = 1) -> list[str]:
    return [LEAKWATCH, "scan", "--no-state", "-q", "-f", "jsonl", "-j", str(jobs), str(path)]


# ----------------------------------------------------------------------------------- engines, each in its own process


def everything() -> Config:
    """A configuration with every detector, also those that are off by default."""
    return Config.model_validate({"detect": {"enable": [one.id for one in detectors() if not one.default]}})


def inner(what: str, path: Path, size: int) -> None:
    """Run one engine over the beginning of a file and print MB/s, without start-up, and the number of findings."""
    config = everything() if what.endswith("all") else Config()
    if what.startswith("ours"):
        analyzer = engine(config, Fingerprinter(b"k" * 32))
        analyzer.warm()
        length = path.stat().st_size
        begun = time.process_time()
        with path.open("rb") as file:
            chunks = open_input(file, Origin(str(path)), Limits(seconds=3600))
            found = sum(len(analyzer.analyze(chunk).findings) for chunk in chunks)
    else:
        from leakwatch_detectors.presidio import LANGUAGE, build_engine  # noqa: PLC0415 (expensive, and not every engine needs it)

        presidio = build_engine(active_detectors(config))
        if what == "blank":
            presidio.nlp_engine = blank()
        with path.open("rb") as file:
            data = file.read(size)
        data = data[: data.rindex(b"\n") + 1]
        length = len(data)
        lines = data.decode().splitlines()
        presidio.analyze(".", language=LANGUAGE)
        begun = time.process_time()
        found = sum(len(presidio.analyze(line, language=LANGUAGE)) for line in lines)
    print(json.dumps({"speed": length / MB / (time.process_time() - begun), "found": found}))


def blank():
    """Presidio's spaCy engine with an empty Chinese pipeline."""
    import spacy  # noqa: PLC0415 (expensive)
    from presidio_analyzer.nlp_engine import SpacyNlpEngine  # noqa: PLC0415 (expensive)

    with tempfile.TemporaryDirectory() as folder:
        spacy.blank("zh").to_disk(folder)
        made = SpacyNlpEngine([{"lang_code": "zh", "model_name": folder}])
        made.load()
        return made


def run_inner(what: str, path: Path, size: int = 0) -> float:
    argv = [sys.executable, __file__, "--inner", what, str(path), str(size)]
    return json.loads(subprocess.run(argv, check=True, capture_output=True).stdout)["speed"]


# ------------------------------------------------------------------------------------------------------------ ripgrep


def ripgrep() -> str | None:
    """The path of ripgrep; installed if missing and possible."""
    if shutil.which("rg") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "ripgrep"], check=False, capture_output=True)
    return shutil.which("rg")


def union(rg: str, file: Path) -> int:
    """Write those patterns of the default detectors that ripgrep accepts; return how many it refuses."""
    refused, taken = 0, []
    for one in active_detectors(Config()):
        if one.role.value != "report":
            continue
        core = re.sub(r"\(\?P<[a-z]+>", "(", without_looks(shape(one.pattern))).replace("*+", "*").replace("++", "+")
        answer = subprocess.run([rg, "-c", "-e", core], input=b"", capture_output=True, check=False)
        if answer.returncode == 2:
            refused += 1
        else:
            taken.append(core)
    file.write_text("\n".join(taken) + "\n")
    return refused


# -------------------------------------------------------------------------------------------------------------- texts


@dataclass(frozen=True)
class Texts:
    """The files to measure on; ``sizes`` are the bytes of their text as UTF-8."""

    folder: Path
    sizes: dict[str, int] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        return self.folder / name

    def add(self, name: str, data: bytes, size: int | None = None) -> Path:
        self.path(name).write_bytes(data)
        self.sizes[name] = len(data) if size is None else size
        return self.path(name)

    def repeat(self, name: str, data: bytes, size: int, head: bytes = b"") -> Path:
        """Write a file of about ``size`` bytes by repeating lines."""
        with self.path(name).open("wb") as file:
            file.write(head)
            while file.tell() < size:
                file.write(data)
            self.sizes[name] = file.tell()
        return self.path(name)


def make_texts(folder: Path, log_size: int, table_size: int) -> Texts:
    from openpyxl import Workbook  # noqa: PLC0415 (only needed here)

    texts = Texts(folder)
    chance = random.Random(7)
    log, table = made_up.log(chance, log_size), made_up.export(chance, table_size)
    texts.add("log.log", log)
    texts.add("log-gb18030.log", log.decode().encode("gb18030"), len(log))
    texts.add("log.log.gz", gzip.compress(log, 1), len(log))
    texts.add("table.csv", table)
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in table.decode().splitlines():
        sheet.append(line.split(","))
    book.save(folder / "table.xlsx")
    texts.sizes["table.xlsx"] = len(table)
    clean = b"2026-01-05 10:00:00.123 INFO [main] c.e.loan.Job - request served in 12 ms by node a\n"
    texts.repeat("clean.log", clean, 100_000)
    texts.repeat("clean-big.log", clean, 20 * MB)
    texts.add("small.log", "手机号=13900001234\n".encode())
    header, _, rows = table.partition(b"\n")
    # the gain of a second process shows on inputs large enough to be split, against half of each
    for name, data, size, head in (("log", log, 600 * MB, b""), ("csv", rows, 30 * MB, header + b"\n")):
        texts.repeat(f"pair.{name}", data, size, head)
        texts.repeat(f"half.{name}", data, size // 2, head)
    return texts


# ------------------------------------------------------------------------------------------------------------ running


class Results:
    """Figures by name, one per round."""

    def __init__(self) -> None:
        self.figures: dict[str, list[float]] = defaultdict(list)

    def add(self, name: str, value: float) -> None:
        self.figures[name].append(value)

    def __getitem__(self, name: str) -> float:
        return statistics.median(self.figures[name]) if self.figures.get(name) else float("nan")

    def ratio(self, one: str, other: str) -> str:
        """The median ratio of two figures of the same round, with minimum and maximum."""
        pairs = zip(self.figures.get(one, ()), self.figures.get(other, ()), strict=False)
        ratios = [a / b for a, b in pairs if b > 0]
        if not ratios:
            return "-"
        return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


PLAIN = {"plain": MB // 10, "blank": MB // 25, "plain-all": MB // 25}
"""Sample size in bytes for the slow engines."""

PEERS = MB * 3 // 10
FILES = ("log.log", "log-gb18030.log", "log.log.gz", "table.csv", "table.xlsx")


def one_round(texts: Texts, results: Results, tools: dict[str, Callable[[Path], float]], *, pairs: bool) -> None:
    """Measure everything once."""
    for file in ("log.log", "table.csv"):
        path = texts.path(file)
        for what in ("ours", "ours-all", *PLAIN):
            results.add(f"{what} {file}", run_inner(what, path, PLAIN.get(what, 0)))
        for name, measured in tools.items():
            results.add(f"{name} {file}", measured(path))
    for file in FILES:
        for jobs in (1, 2):
            used = usage_of(scan(texts.path(file), jobs))
            size = texts.sizes[file] / MB
            results.add(f"cpu {jobs} {file}", size / used.cpu)
            results.add(f"wall {jobs} {file}", size / used.wall)
            results.add(f"memory {jobs} {file}", used.memory)
    for name in ("log", "csv") if pairs else ():
        for jobs in (1, 2):
            big, small = (usage_of(scan(texts.path(f"{part}.{name}"), jobs)).wall for part in ("pair", "half"))
            more = (texts.sizes[f"pair.{name}"] - texts.sizes[f"half.{name}"]) / MB
            results.add(f"pair {jobs} {name}", more / max(big - small, 1e-3))
    results.add("help", usage_of([LEAKWATCH, "--help"]).wall)
    results.add("clean", usage_of(scan(texts.path("clean.log"))).wall)
    results.add("small", usage_of(scan(texts.path("small.log"))).wall)
    results.add("light", usage_of(scan(texts.path("clean-big.log"))).memory)


def growth(texts: Texts, results: Results, largest: int) -> None:
    """Measure time and memory for logs of growing size."""
    data = texts.path("log.log").read_bytes()
    size = 10 * MB
    while size <= largest:
        path = texts.repeat("growing.log", data[: data.rindex(b"\n", 0, min(size, len(data))) + 1], size)
        used = usage_of(scan(path))
        results.add(f"growth {size}", used.cpu)
        results.add(f"growth memory {size}", used.memory)
        path.unlink()
        size *= 10


# ---------------------------------------------------------------------------------------------------------- reporting


def report(results: Results, rounds: int, tools: Sequence[str], refused: int, texts: Texts) -> str:
    lines = [
        f"{machine()}; medians of {rounds} alternating rounds; MB of UTF-8 text.",
        "",
        "| engines without start-up (tools: with it) | sparse log MB/s | × plain | dense CSV MB/s | × plain |",
        "|---|---|---|---|---|",
    ]
    titles = {
        "plain": "plain Presidio, NoOp, line by line",
        "blank": "plain Presidio, spaCy blank zh",
        "ours": "**leakwatch**, default detectors",
        "plain-all": "plain Presidio, NoOp, every detector",
        "ours-all": "leakwatch, every detector",
        "rg": f"rg -j1 -c, the same patterns without look-around ({refused} refused)",
    }
    for what in (*titles, *(tool for tool in tools if tool not in titles)):
        if f"{what} log.log" in results.figures:
            plain = "plain-all" if what.endswith("-all") else "plain"
            cells = []
            for file in ("log.log", "table.csv"):
                figure = results[f"{what} {file}"]
                cells += [f"{figure:.3g}", f"{figure / results[f'{plain} {file}']:.3g}"]
            lines.append(f"| {titles.get(what, what)} | {' | '.join(cells)} |")
    lines += [
        "",
        "| `leakwatch scan`, whole | MB | 1 process: MB/s wall | MB/s cpu | RSS MB | 2: MB/s wall | MB/s cpu |",
    ]
    lines.append("|---|---|---|---|---|---|---|")
    for file in FILES:
        cells = [f"{texts.sizes[file] / MB:.0f}"]
        for jobs in (1, 2):
            cells += [f"{results[f'wall {jobs} {file}']:.1f}", f"{results[f'cpu {jobs} {file}']:.1f}"]
            cells += [f"{results[f'memory 1 {file}']:.0f}"] if jobs == 1 else []
        lines.append(f"| {file} | {' | '.join(cells)} |")
    lines += ["", "| log | CPU seconds | RSS MB |", "|---|---|---|"]
    for name in results.figures:
        if name.startswith("growth ") and "memory" not in name:
            size = int(name.split()[1])
            lines.append(f"| {size // MB} MB | {results[name]:.1f} | {results[f'growth memory {size}']:.0f} |")
    lines += ["", "| figure | median (min–max) | goal |", "|---|---|---|"]
    fastest = max(
        (tool for tool in tools if tool not in {"rg", "wc"}), key=lambda tool: results[f"{tool} log.log"], default=""
    )
    for title, value, goal in (
        ("sparse log ÷ plain Presidio", results.ratio("ours log.log", "plain log.log"), "≥ 200"),
        ("sparse log ÷ rg", results.ratio("ours log.log", "rg log.log"), "≥ 0.5"),
        ("dense CSV ÷ plain Presidio", results.ratio("ours table.csv", "plain table.csv"), "≥ 80"),
        (f"sparse log ÷ {fastest}", results.ratio("ours log.log", f"{fastest} log.log"), "≥ 100"),
        ("2 processes ÷ 1, sparse log, wall", results.ratio("pair 2 log", "pair 1 log"), "≥ 1.6"),
        ("2 processes ÷ 1, dense CSV, wall", results.ratio("pair 2 csv", "pair 1 csv"), "≥ 1.6"),
        ("GB18030 ÷ UTF-8", results.ratio("cpu 1 log-gb18030.log", "cpu 1 log.log"), "≥ 0.4"),
        ("RSS MB, without a finding", f"{results['light']:.0f}", "≤ 64"),
        ("RSS MB, with Presidio", f"{results['memory 1 log.log']:.0f}", "≤ 150"),
        ("`--help`, s", f"{results['help']:.2f}", "≤ 0.3"),
        ("100 kB without a leak, s", f"{results['clean']:.2f}", "≤ 0.5"),
        ("a small file with a leak, s", f"{results['small']:.2f}", "≤ 2.5"),
    ):
        lines.append(f"| {title} | {value} | {goal} |")
    return "\n".join(lines) + "\n"


def machine() -> str:
    """The machine of this run."""
    models = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    model = models[0] if models else platform.machine()
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    return f"{model}, {cores} cores, load {load:.1f} at the end, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=40 * MB, help="bytes of log")
    parser.add_argument("--table", type=int, default=4 * MB, help="bytes of CSV")
    parser.add_argument("--growth", type=int, default=1000 * MB, help="size of the largest log, in bytes")
    parser.add_argument("--without-peers", action="store_true", help="install nothing")
    parser.add_argument("--without-pairs", action="store_true", help="do not measure the gain of a second process")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "speed.md")
    parser.add_argument("--inner", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inner:
        what, path, size = given.inner
        inner(what, Path(path), int(size))
        return
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program starts from bytecode
    with tempfile.TemporaryDirectory(prefix="leakwatch-bench-") as name:
        texts = make_texts(Path(name), given.size, given.table)
        tools, refused = measured_tools(Path(name), with_peers=not given.without_peers)
        results = Results()
        for number in range(given.rounds):
            begun = time.monotonic()
            one_round(texts, results, tools, pairs=not given.without_pairs)
            print(f"round {number + 1} took {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        growth(texts, results, given.growth)
        table = report(results, given.rounds, list(tools), refused, texts)
    print(table)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(table)


def measured_tools(folder: Path, *, with_peers: bool) -> tuple[dict[str, Callable[[Path], float]], int]:
    """Functions that measure the MB/s of each tool and peer on a file, and how many patterns ripgrep refuses."""
    tools: dict[str, Callable[[Path], float]] = {}
    refused = 0

    def timed(argv: Sequence[str]) -> Callable[[Path], float]:
        return lambda path: path.stat().st_size / MB / max(usage_of([*argv, str(path)]).cpu, 0.001)

    rg = ripgrep()
    if rg is None:
        print("ripgrep is missing and cannot be installed: on Debian, apt install ripgrep", file=sys.stderr)
    else:
        refused = union(rg, folder / "patterns")
        limits = ["--regex-size-limit=1G", "--dfa-size-limit=1G"]
        tools["rg"] = timed([rg, "-j1", "-c", *limits, "-f", str(folder / "patterns")])
    tools["wc"] = timed(["wc", "-l"])
    for name, python in speed_peers.peers().items() if with_peers else ():
        tools[name] = lambda path, name=name, python=python: speed_peers.speed(name, python, path, PEERS)
    return tools, refused


if __name__ == "__main__":
    main()
