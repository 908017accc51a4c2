"""The reports of one scan: on standard output, in files, or both, each in its own format."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from leakwatch.core.errors import UsageError
from leakwatch.core.model import Finding, Report, Skipped
from leakwatch.reports import ReportFormat, format_for_path
from leakwatch.reports.render_options import RenderOptions


class StdoutReport(NamedTuple):
    """What to write to standard output."""

    format: ReportFormat
    stream: TextIO
    options: RenderOptions


class ReportFile:
    """A report file, written under a temporary name (mode 0600) beside its target and renamed when complete.

    Opened before the scan starts; ``UsageError`` if the target cannot be written.
    """

    def __init__(self, path: str) -> None:
        self._target = Path(path).resolve()
        self._temporary: Path | None = None
        try:
            self.stream = self._open()
        except OSError as error:
            raise UsageError(f"cannot write the report {path}: {os.strerror(error.errno or 0)}") from None

    def _open(self) -> TextIO:
        if self._target.exists() and not self._target.is_file():
            return self._target.open("w", encoding="utf-8")  # a device or pipe is written to, never replaced
        temporary = self._target.with_name(f".{self._target.name}.{secrets.token_hex(4)}.part")
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        self._temporary = temporary
        return os.fdopen(fd, "w", encoding="utf-8")

    def owns(self, path: Path) -> bool:
        """Whether ``path`` is this report or its temporary file, which must not be scanned."""
        return path in {self._target, self._temporary}

    def commit(self) -> None:
        """Put the complete report in place."""
        self.stream.flush()
        if self._temporary is not None:
            os.fsync(self.stream.fileno())
            self._temporary.replace(self._target)
            self._temporary = None
        self.stream.close()

    def discard(self) -> None:
        """Remove the temporary file, unless the report is committed."""
        self.stream.close()
        if self._temporary is not None:
            self._temporary.unlink()
            self._temporary = None


class ReportOutputs:
    """All reports of one scan, written together. ``before_write`` is called before each write."""

    def __init__(self, stdout: StdoutReport | None, paths: Sequence[str], lang: str) -> None:
        self.before_write: Callable[[], None] = lambda: None
        self._files: list[ReportFile] = []
        self._reports: list[Report] = []
        if len({Path(path).resolve() for path in paths}) < len(paths):
            raise UsageError("two reports have the same file; use a different file for each -o")
        formats = [format_for_path(path) for path in paths]
        try:
            for path, report_format in zip(paths, formats, strict=True):
                file = ReportFile(path)
                self._files.append(file)
                self._reports.append(report_format.open(file.stream, RenderOptions(lang=lang)))
            if stdout is not None:
                self._reports.append(stdout.format.open(stdout.stream, stdout.options))
        except BaseException:
            self.discard()
            raise

    def owns(self, path: Path) -> bool:
        """Whether ``path`` is one of the reports."""
        return any(file.owns(path) for file in self._files)

    def write(self, result: Finding | Skipped) -> None:
        """Pass one result to every report."""
        self.before_write()
        for report in self._reports:
            if isinstance(result, Skipped):
                report.skipped(result)
            else:
                report.finding(result)

    def close(self, summary: Mapping[str, Any]) -> None:
        """Finish every report and put the files in place."""
        self.before_write()
        for report in self._reports:
            report.close(summary)
        for file in self._files:
            file.commit()

    def discard(self) -> None:
        """Remove reports that are not complete."""
        for file in self._files:
            file.discard()
