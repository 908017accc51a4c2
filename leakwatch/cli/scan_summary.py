"""The verdict of a scan: its exit code, and its summary for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.filesize import decimal

from leakwatch.core.errors import Exit
from leakwatch.core.model import Severity
from leakwatch.telemetry.scan_stats import ScanStats
from leakwatch.text.messages import message

_RULES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class ScanVerdict:
    """How a scan ended. With ``fail_on`` None, findings do not change the exit code."""

    stats: ScanStats
    fail_on: Severity | None
    strict: bool = False
    interrupted: Exit | None = None

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for was scanned."""
        return self.incomplete_cause is None

    @property
    def incomplete_cause(self) -> str | None:
        """Why the scan is incomplete, as the last part of a ``scan.incomplete.*`` key; None when it is complete."""
        stats = self.stats
        if self.interrupted is not None:
            return "interrupted"
        if stats.gaps:
            return "gaps"
        if stats.named_unread:
            return "unread"
        if not stats.files:
            return "no_files"
        return "strict" if self.strict and stats.skipped.total() else None

    @property
    def code(self) -> Exit:
        """The exit code; findings take precedence over an incomplete scan."""
        if self.interrupted is not None:
            return self.interrupted
        worst = self.stats.worst
        if self.fail_on is not None and worst is not None and worst >= self.fail_on:
            return Exit.FOUND
        return Exit.OK if self.complete else Exit.INCOMPLETE


def summary_lines(verdict: ScanVerdict, *, seconds: float, key: str, lang: str) -> Iterator[str]:
    """The summary for people. ``key`` is the origin of the fingerprint key."""
    stats = verdict.stats
    yield " · ".join(_headline(verdict, lang))
    yield "  " + _volume(stats, seconds, lang)
    if stats.skipped:
        reasons = [
            f"{message(f'skip_reason.{reason}', lang)} ×{count:,}" for reason, count in sorted(stats.skipped.items())
        ]
        yield "  " + message("scan.skipped", lang, reasons=message("text.separator", lang).join(reasons))
    if stats.by_rule:
        rules = ", ".join(f"{rule} ×{count:,}" for rule, count in stats.by_rule.most_common(_RULES_SHOWN))
        yield "  " + message("scan.suppressed_by", lang, rules=rules)
    yield "  " + message(f"scan.key.{key}", lang)
    if verdict.incomplete_cause is not None:
        yield "  " + message(f"scan.incomplete.{verdict.incomplete_cause}", lang)
    if stats.worst_detector is not None:
        yield "  " + message("scan.advice", lang, command=f"leakwatch detectors show {stats.worst_detector}")


def _headline(verdict: ScanVerdict, lang: str) -> Iterator[str]:
    stats = verdict.stats
    symbol = "✗" if stats.findings else "✓" if verdict.complete else "!"
    severities = message("text.separator", lang).join(
        message(
            "scan.severity_count",
            lang,
            count=stats.by_severity[severity],
            severity=message(f"severity.{severity.label}", lang),
        )
        for severity in reversed(Severity)
        if stats.by_severity[severity]
    )
    yield f"{symbol} {message('scan.findings', lang, count=stats.findings)}{_parentheses(severities, lang)}"
    if stats.findings:
        yield message("scan.subjects", lang, count=stats.subjects)
    if stats.suppressed:
        yield message("scan.suppressed", lang, count=stats.suppressed)
    if stats.hidden:
        yield message("scan.below_min_severity", lang, count=stats.hidden)
    if stats.masked_seen:
        yield message("scan.already_masked", lang, count=stats.masked_seen)
    if stats.placeholders:
        yield message("scan.placeholders", lang, count=stats.placeholders)


def _volume(stats: ScanStats, seconds: float, lang: str) -> str:
    members = message("scan.members", lang, count=stats.members) if stats.members else ""
    return message(
        "scan.scanned",
        lang,
        files=message("scan.files", lang, count=stats.files),
        members=_parentheses(members, lang),
        size=decimal(stats.bytes_read),
        seconds=seconds,
        speed=decimal(int(stats.bytes_read / seconds)) if seconds > 0 else "–",
    )


def _parentheses(text: str, lang: str) -> str:
    return message("text.parentheses", lang, text=text) if text else ""
