"""One scan from the command line: configuration, key, inputs, reports, verdict."""

from __future__ import annotations

import io
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

from leakwatch.cli.cli_context import CliContext
from leakwatch.cli.interrupt import Interrupt
from leakwatch.cli.progress_bar import Progress
from leakwatch.cli.report_outputs import ReportOutputs, StdoutReport
from leakwatch.cli.scan_summary import ScanVerdict, last_words, reason
from leakwatch.cli.standard_input import StandardInput
from leakwatch.core.errors import StateError
from leakwatch.core.model import Limits, Origin, Severity, Skipped
from leakwatch.core.scan_settings import ScanSettings
from leakwatch.detection.analyze import Analyzer
from leakwatch.detection.suppressions import by_value
from leakwatch.files.walk import FoundFile, walk
from leakwatch.pipeline import ALONE_BYTES, Input, Pipeline, Pool, engine, scanning
from leakwatch.privacy.keyring import keyring
from leakwatch.privacy.redaction import KEY_FILE, Fingerprinter, KeyOrigin, load_key
from leakwatch.reports import REPORT_FORMATS
from leakwatch.reports.render_options import RenderOptions, printable
from leakwatch.telemetry import lazy_log
from leakwatch.telemetry.scan_stats import ScanStats

LOOKED_AT = 256
"""So many files are looked at to see whether there is much to do."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the person asked for, checked. ``standard_input`` is its name where it is what to scan."""

    paths: tuple[str, ...]
    format: str | None = None
    outputs: tuple[str, ...] = ()
    fail_on: Severity | None = Severity.LOW
    strict: bool = False
    min_severity: Severity = Severity.INFO
    no_state: bool = False
    encoding: str = "auto"
    max_file_size: int | None = None
    standard_input: str | None = None
    progress: bool = True
    jobs: int = 1
    ner: bool | None = None


def scan(session: CliContext, request: Request) -> int:
    """Scan, report, and return the exit code."""
    begun = time.monotonic()
    lazy_log.open_later(partial(_open_log, session), session.log_level)
    settings = session.settings()
    outputs = _outputs(session, request)
    try:
        fingerprinter = open_key(session, settings, ephemeral=request.no_state)
        with Interrupt() as interrupt:
            stats = _scan(session, request, settings, fingerprinter, outputs, interrupt)
            verdict = ScanVerdict(stats, request.fail_on, request.strict, interrupt.code)
            seconds = time.monotonic() - begun
            outputs.close(stats.summary(complete=verdict.complete, seconds=seconds, key=fingerprinter.origin))
    finally:
        outputs.discard()
    for line in last_words(verdict, seconds=seconds, key=fingerprinter.origin, lang=session.lang):
        session.note(line)
    return verdict.code


def _open_log(session: CliContext) -> None:
    from leakwatch.telemetry import logs  # noqa: PLC0415  most scans have nothing to say in it

    style = logs.style_for(sys.stderr, session.env)
    logs.setup(sys.stderr, style, session.log_level, colors=session.colored(sys.stderr))


def analyzer_for(session: CliContext) -> Analyzer:
    """The analyzer a scan would use, with a key that is not kept unless a suppression goes by a value."""
    settings = session.settings()
    return engine(settings, open_key(session, settings, ephemeral=not by_value(settings)))


def open_key(session: CliContext, settings: ScanSettings, *, ephemeral: bool) -> Fingerprinter:
    """The key of fingerprints: configured, else the service's where we may read it, else the user's own."""
    state = settings.state_dir if os.access(settings.state_dir / KEY_FILE, os.R_OK) else None
    home = Path(session.env.get("HOME") or "/")
    base = Path(session.env.get("XDG_STATE_HOME") or home / ".local/state")
    try:
        key = load_key(settings.fingerprint_key_file, state, base / "leakwatch", ephemeral=ephemeral)
    except StateError as error:
        raise StateError(f"{error}; --no-state scans with a key that is not kept") from None
    # templates have one name for the service and for us, however often its key has changed
    return keyring(settings.state_dir, key).current if key.origin in {KeyOrigin.CONFIG, KeyOrigin.STATE} else key


def _scan(
    session: CliContext,
    request: Request,
    settings: ScanSettings,
    fingerprinter: Fingerprinter,
    outputs: ReportOutputs,
    interrupt: Interrupt,
) -> ScanStats:
    pool = _pool(request, settings, fingerprinter)
    with closing(pool) if pool else nullcontext():
        return _scanned(session, request, settings, fingerprinter, outputs, interrupt, pool)


def _pool(request: Request, settings: ScanSettings, fingerprinter: Fingerprinter) -> Pool | None:
    """Those who help, at once when there is much to do: they begin while this process still makes itself ready."""
    # what comes through a pipe is told as it comes, and not when enough has come to keep others busy
    if request.jobs == 1 or request.standard_input is not None:
        return None
    pool = Pool(partial(scanning, settings, fingerprinter, ner=request.ner), request.jobs, alone=ALONE_BYTES)
    first = islice(walk(request.paths), LOOKED_AT)
    if sum(found.size for found in first if isinstance(found, FoundFile)) > ALONE_BYTES:
        with suppress(OSError):  # said when there is something to give them
            pool.begin()
    return pool


def _scanned(
    session: CliContext,
    request: Request,
    settings: ScanSettings,
    fingerprinter: Fingerprinter,
    outputs: ReportOutputs,
    interrupt: Interrupt,
    pool: Pool | None,
) -> ScanStats:
    stats = ScanStats()
    analyzer = engine(settings, fingerprinter, ner=request.ner)
    progress = _progress(session, request)
    named = request.paths if request.standard_input is None else (request.standard_input,)
    pipeline = Pipeline(
        analyzer,
        stats,
        limits=_limits(settings, request),
        encoding=request.encoding,
        named=named,
        min_severity=request.min_severity,
        stop=interrupt,
        advance=progress.advance if progress else lambda _: None,
        pool=pool,
    )
    shown = {pipeline.shown(path) for path in named}
    if progress:
        outputs.before_write = progress.clear
    for item in pipeline.run(_inputs(request, outputs, interrupt)):
        outputs.write(item)
        if not isinstance(item, Skipped):
            if progress:
                progress.candidate(item.path)
        elif not item.origin.inside and item.origin.path in shown:
            why = reason(item.reason, session.lang)
            print(f"leakwatch: {printable(item.origin.path)}: {why}", file=sys.stderr)  # noqa: T201
    if progress:
        progress.clear()
    return stats


def _inputs(request: Request, outputs: ReportOutputs, interrupt: Interrupt) -> Iterator[Input | Skipped]:
    if request.standard_input is not None:
        yield StandardInput(Origin(request.standard_input), interrupt)
        return
    for found in walk(request.paths):
        if not (isinstance(found, FoundFile) and outputs.owns(Path(found.root, *found.parts))):
            yield found


def _limits(settings: ScanSettings, request: Request) -> Limits:
    limits = settings.limits
    return limits if request.max_file_size is None else replace(limits, file_bytes=request.max_file_size)


def _outputs(session: CliContext, request: Request) -> ReportOutputs:
    if request.outputs and request.format is None:
        return ReportOutputs(None, request.outputs, session.lang)
    name = request.format or "table"
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a file name that is no text must not end the scan; each line is for whoever reads along
        sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)
        if name != "table":
            sys.stdout.reconfigure(encoding="utf-8")
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    options = RenderOptions(session.colored(sys.stdout), width, session.lang)
    return ReportOutputs(StdoutReport(REPORT_FORMATS[name], sys.stdout, options), request.outputs, session.lang)


def _progress(session: CliContext, request: Request) -> Progress | None:
    if session.quiet or not request.progress or not sys.stderr.isatty() or session.env.get("TERM") == "dumb":
        return None
    total = sum(found.size for found in walk(request.paths) if isinstance(found, FoundFile))
    return Progress(sys.stderr, 0 if request.standard_input else total, shutil.get_terminal_size().columns)
