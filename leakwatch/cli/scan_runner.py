"""One scan from the command line: configuration, fingerprint key, inputs, reports, verdict."""

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
from leakwatch.cli.progress_bar import ProgressBar
from leakwatch.cli.report_outputs import ReportOutputs, StdoutReport
from leakwatch.cli.scan_summary import ScanVerdict, summary_lines
from leakwatch.cli.standard_input import StandardInput
from leakwatch.core.errors import StateError
from leakwatch.core.model import Limits, Origin, Severity, Skipped
from leakwatch.core.scan_settings import ScanSettings
from leakwatch.detection.analyze import Analyzer
from leakwatch.detection.suppressions import by_value
from leakwatch.files.walk import FoundFile, walk
from leakwatch.pipeline import INLINE_BYTES, Input, Pipeline, Pool, engine, scan_analyzers
from leakwatch.privacy.keyring import keyring
from leakwatch.privacy.redaction import KEY_FILE, Fingerprinter, KeyOrigin, load_key
from leakwatch.reports import REPORT_FORMATS
from leakwatch.reports.render_options import RenderOptions, printable
from leakwatch.telemetry import lazy_log
from leakwatch.telemetry.scan_stats import ScanStats

FILES_SAMPLED = 256
"""Files whose sizes decide whether worker processes are started at once."""


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """The validated command line. ``standard_input`` is the name of standard input if that is scanned, else None."""

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


def scan(context: CliContext, request: ScanRequest) -> int:
    """Scan, report, and return the exit code."""
    started = time.monotonic()
    lazy_log.open_later(partial(_open_log, context), context.log_level)
    settings = context.scan_settings()
    outputs = _open_outputs(context, request)
    try:
        fingerprinter = open_key(context, settings, ephemeral=request.no_state)
        with Interrupt() as interrupt:
            run = _ScanRun(context, request, settings, fingerprinter, outputs, interrupt)
            pool = run.start_pool()
            with closing(pool) if pool else nullcontext():
                stats = run.scan(pool)
            verdict = ScanVerdict(stats, request.fail_on, request.strict, interrupt.code)
            seconds = time.monotonic() - started
            outputs.close(stats.summary(complete=verdict.complete, seconds=seconds, key=fingerprinter.origin))
    finally:
        outputs.discard()
    for line in summary_lines(verdict, seconds=seconds, key=fingerprinter.origin, lang=context.lang):
        context.note(line)
    return verdict.code


def analyzer_for(context: CliContext) -> Analyzer:
    """The analyzer of a scan, with an ephemeral key unless a suppression matches by value."""
    settings = context.scan_settings()
    return engine(settings, open_key(context, settings, ephemeral=not by_value(settings)))


def open_key(context: CliContext, settings: ScanSettings, *, ephemeral: bool) -> Fingerprinter:
    """The fingerprint key: the configured one, else the daemon's if it is readable, else the user's own."""
    state = settings.state_dir if os.access(settings.state_dir / KEY_FILE, os.R_OK) else None
    home = Path(context.env.get("HOME") or "/")
    base = Path(context.env.get("XDG_STATE_HOME") or home / ".local/state")
    try:
        key = load_key(settings.fingerprint_key_file, state, base / "leakwatch", ephemeral=ephemeral)
    except StateError as error:
        raise StateError(f"{error}; --no-state scans with a temporary key") from None
    # template digests use the state's oldest key, so that they equal the daemon's after a key change
    return keyring(settings.state_dir, key).current if key.origin in {KeyOrigin.CONFIG, KeyOrigin.STATE} else key


@dataclass(frozen=True, slots=True)
class _ScanRun:
    context: CliContext
    request: ScanRequest
    settings: ScanSettings
    fingerprinter: Fingerprinter
    outputs: ReportOutputs
    interrupt: Interrupt

    def start_pool(self) -> Pool | None:
        """The worker processes; started early if there is much to scan, while this process is still importing."""
        request = self.request
        # findings of a pipe are reported as they arrive, not once there is enough data for several workers
        if request.jobs == 1 or request.standard_input is not None:
            return None
        make = partial(scan_analyzers, self.settings, self.fingerprinter, ner=request.ner)
        pool = Pool(make, request.jobs, inline_bytes=INLINE_BYTES)
        sample = islice(walk(request.paths), FILES_SAMPLED)
        if sum(found.size for found in sample if isinstance(found, FoundFile)) > INLINE_BYTES:
            with suppress(OSError):  # reported when the first task is submitted
                pool.start()
        return pool

    def scan(self, pool: Pool | None) -> ScanStats:
        """Scan every input and write the results to the outputs."""
        request = self.request
        stats = ScanStats()
        analyzer = engine(self.settings, self.fingerprinter, ner=request.ner)
        progress = _progress_bar(self.context, request)
        named = request.paths if request.standard_input is None else (request.standard_input,)
        pipeline = Pipeline(
            analyzer,
            stats,
            limits=self._limits(),
            encoding=request.encoding,
            named=named,
            min_severity=request.min_severity,
            stop=self.interrupt,
            advance=progress.advance if progress else lambda _: None,
            pool=pool,
        )
        named_shown = {pipeline.redacted_name(path) for path in named}
        if progress:
            self.outputs.before_write = progress.clear
        for result in pipeline.run(self._inputs()):
            self.outputs.write(result)
            if not isinstance(result, Skipped):
                if progress:
                    progress.finding(result.path)
            elif not result.origin.inside and result.origin.path in named_shown:
                reason = self.context.message(f"skip_reason.{result.reason}")
                print(f"leakwatch: {printable(result.origin.path)}: {reason}", file=sys.stderr)  # noqa: T201
        if progress:
            progress.clear()
        return stats

    def _inputs(self) -> Iterator[Input | Skipped]:
        if self.request.standard_input is not None:
            yield StandardInput(Origin(self.request.standard_input), self.interrupt)
            return
        for found in walk(self.request.paths):
            if not (isinstance(found, FoundFile) and self.outputs.owns(Path(found.root, *found.parts))):
                yield found

    def _limits(self) -> Limits:
        limits, maximum = self.settings.limits, self.request.max_file_size
        return limits if maximum is None else replace(limits, file_bytes=maximum)


def _open_log(context: CliContext) -> None:
    from leakwatch.telemetry import logs  # noqa: PLC0415  most scans log nothing

    style = logs.style_for(sys.stderr, context.env)
    logs.setup(sys.stderr, style, context.log_level, colors=context.colored(sys.stderr))


def _open_outputs(context: CliContext, request: ScanRequest) -> ReportOutputs:
    if request.outputs and request.format is None:
        return ReportOutputs(None, request.outputs, context.lang)
    name = request.format or "table"
    if isinstance(sys.stdout, io.TextIOWrapper):
        # an undecodable file name must not end the scan; line buffering lets a reader follow
        sys.stdout.reconfigure(errors="backslashreplace", line_buffering=True)
        if name != "table":
            sys.stdout.reconfigure(encoding="utf-8")
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    options = RenderOptions(context.colored(sys.stdout), width, context.lang)
    return ReportOutputs(StdoutReport(REPORT_FORMATS[name], sys.stdout, options), request.outputs, context.lang)


def _progress_bar(context: CliContext, request: ScanRequest) -> ProgressBar | None:
    if context.quiet or not request.progress or not sys.stderr.isatty() or context.env.get("TERM") == "dumb":
        return None
    total = sum(found.size for found in walk(request.paths) if isinstance(found, FoundFile))
    width = shutil.get_terminal_size().columns
    return ProgressBar(sys.stderr, 0 if request.standard_input else total, width, context.lang)
