"""Where the results of a scan go: standard output, files, or both, each in its own format."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from leakwatch.core.errors import UsageError
from leakwatch.core.model import Finding, Report, Skipped
from leakwatch.reports import FORMATS, format_of
from leakwatch.reports.render_options import RenderOptions


class ReportFile:
    """A report on its way to a file: written beside it under another name (mode 0600), then put in its place.

    That the file can be written is known before anything is scanned. ``UsageError`` when it cannot.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._target = Path(path).resolve()
        self._draft: Path | None = None
        try:
            self.stream = self._open()
        except OSError as error:
            raise UsageError(f"the report {path} cannot be written: {os.strerror(error.errno or 0)}") from None

    def _open(self) -> TextIO:
        if self._target.exists() and not self._target.is_file():
            return self._target.open("w", encoding="utf-8")  # a device or pipe is written to, never replaced
        draft = self._target.with_name(f".{self._target.name}.{secrets.token_hex(4)}.part")
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        self._draft = draft
        return os.fdopen(fd, "w", encoding="utf-8")

    def ours(self, path: Path) -> bool:
        """Whether a path is this report: what we write ourselves is not scanned."""
        return path in {self._target, self._draft}

    def finish(self) -> None:
        """Make the report appear, whole."""
        self.stream.flush()
        if self._draft is not None:
            os.fsync(self.stream.fileno())
            self._draft.replace(self._target)
            self._draft = None
        self.stream.close()

    def abandon(self) -> None:
        """Leave no trace, unless it is finished."""
        self.stream.close()
        if self._draft is not None:
            self._draft.unlink()
            self._draft = None


class Outputs:
    """All reports of one scan, written together. ``before`` is called before standard output is written to."""

    def __init__(self, stdout: tuple[str, TextIO, RenderOptions] | None, paths: Sequence[str], lang: str) -> None:
        self.before: Callable[[], None] = lambda: None
        self._files: list[ReportFile] = []
        self._reports: list[Report] = []
        if len({Path(path).resolve() for path in paths}) < len(paths):
            raise UsageError("two reports go to one file; give each -o a file of its own")
        formats = [format_of(path) for path in paths]
        try:
            for path, name in zip(paths, formats, strict=True):
                file = ReportFile(path)
                self._files.append(file)
                self._reports.append(FORMATS[name].begin(file.stream, RenderOptions(lang=lang)))
            if stdout is not None:
                name, stream, look = stdout
                self._reports.append(FORMATS[name].begin(stream, look))
        except BaseException:
            self.abandon()
            raise

    def ours(self, path: Path) -> bool:
        """Whether a path is one of the reports."""
        return any(file.ours(path) for file in self._files)

    def take(self, item: Finding | Skipped) -> None:
        """Hand one result to every report."""
        self.before()
        for report in self._reports:
            if isinstance(item, Skipped):
                report.skipped(item)
            else:
                report.finding(item)

    def close(self, summary: Mapping[str, Any]) -> None:
        """End every report and make the files appear."""
        self.before()
        for report in self._reports:
            report.close(summary)
        for file in self._files:
            file.finish()

    def abandon(self) -> None:
        """Remove what was begun and not finished."""
        for file in self._files:
            file.abandon()
