"""What a scan comes to: its exit code, and its last words to a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.filesize import decimal

from leakwatch.core.errors import Exit
from leakwatch.core.model import Severity
from leakwatch.telemetry.scan_stats import ScanStats

REASONS = {
    "unsupported-format": ("unsupported format", "不支持的格式"),
    "encrypted": ("encrypted", "已加密"),
    "permission": ("permission denied", "没有权限"),
    "not-regular": ("not a regular file", "不是普通文件"),
    "too-large": ("over the size limit", "超过大小上限"),
    "too-deep": ("nested too deep", "嵌套过深"),
    "too-many-members": ("too many members", "成员过多"),
    "ratio": ("compressed like a bomb", "压缩比异常"),
    "time-out": ("out of time", "超时"),
    "decode": ("undecodable text", "文字无法解码"),
    "damaged": ("could not be read or analysed", "无法读取或分析"),
    "vanished": ("no such file", "文件不存在"),
    "loop": ("a loop of links", "链接成环"),
}

_RULES_SHOWN = 8
_KEYS = {
    "config": ("the configured key", "配置的密钥"),
    "state": ("the service's key", "服务的密钥"),
    "user": ("your own key", "用户自己的密钥"),
    "ephemeral": ("a key for this run only, not comparable with other runs", "仅本次有效的密钥,不能与其他扫描比较"),
}
_SEVERITIES = {
    Severity.CRITICAL: ("critical", "严重"),
    Severity.HIGH: ("high", "高"),
    Severity.MEDIUM: ("medium", "中"),
    Severity.LOW: ("low", "低"),
    Severity.INFO: ("info", "提示"),
}


@dataclass(frozen=True, slots=True)
class ScanVerdict:
    """How a scan ended. ``fail_on`` None: findings never fail it."""

    stats: ScanStats
    fail_on: Severity | None
    strict: bool = False
    interrupted: Exit | None = None

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for was looked at."""
        stats = self.stats
        unread = stats.named_unread or stats.gaps or not stats.files or (self.strict and sum(stats.skipped.values()))
        return self.interrupted is None and not unread

    @property
    def code(self) -> Exit:
        """The exit code; a finding is worse than an incomplete scan."""
        if self.interrupted is not None:
            return self.interrupted
        worst = self.stats.worst
        if self.fail_on is not None and worst is not None and worst >= self.fail_on:
            return Exit.FOUND
        return Exit.OK if self.complete else Exit.INCOMPLETE


def reason(word: str, lang: str) -> str:
    """A skip reason in words."""
    return REASONS[word][lang == "zh"]


def last_words(verdict: ScanVerdict, *, seconds: float, key: str, lang: str) -> Iterator[str]:
    """The summary for a person, line by line."""
    words = _Chinese() if lang == "zh" else _English()
    stats = verdict.stats
    levels = [(stats.by_severity[level], names[lang == "zh"]) for level, names in _SEVERITIES.items()]
    asides = (
        (stats.suppressed, words.suppressed),
        (stats.hidden, words.hidden),
        (stats.masked_seen, words.masked),
        (stats.placeholders, words.placeholders),
    )
    yield " · ".join(
        [
            _mark(verdict) + words.found(stats.findings, [level for level in levels if level[0]]),
            *([words.subjects(stats.subjects)] if stats.findings else []),
            *(say(number) for number, say in asides if number),
        ]
    )
    speed = decimal(int(stats.bytes_read / seconds)) if seconds > 0 else "–"
    yield "  " + words.scanned(stats.files, stats.members, decimal(stats.bytes_read), seconds, speed)
    if stats.skipped:
        yield "  " + words.skipped([(count, reason(word, lang)) for word, count in sorted(stats.skipped.items())])
    if stats.by_rule:
        yield "  " + words.by_rule([f"{name} {count}" for name, count in stats.by_rule.most_common(_RULES_SHOWN)])
    yield "  " + words.key(_KEYS[key][lang == "zh"])
    if not verdict.complete:
        yield "  " + words.incomplete(_cause(verdict))
    if stats.worst_detector is not None:
        yield "  " + words.next(f"leakwatch detectors show {stats.worst_detector}")


def _mark(verdict: ScanVerdict) -> str:
    if verdict.stats.findings:
        return "✗ "
    return "✓ " if verdict.complete else "! "


def _cause(verdict: ScanVerdict) -> str:
    stats = verdict.stats
    if verdict.interrupted is not None:
        return "interrupted"
    if stats.gaps:
        return "gaps"
    if stats.named_unread:
        return "unread"
    return "strict" if stats.files else "nothing"


class _English:
    def found(self, count: int, levels: Sequence[tuple[int, str]]) -> str:
        parts = ", ".join(f"{number} {name}" for number, name in levels)
        return _count(count, "finding") + (f" ({parts})" if parts else "")

    def subjects(self, count: int) -> str:
        return _count(count, "distinct identifying value")

    def by_rule(self, rules: Sequence[str]) -> str:
        return "suppressed by " + ", ".join(rules)

    def suppressed(self, count: int) -> str:
        return f"{count} suppressed"

    def hidden(self, count: int) -> str:
        return f"{count} below --min-severity"

    def masked(self, count: int) -> str:
        return f"{count} masked already"

    def placeholders(self, count: int) -> str:
        return _count(count, "placeholder") + " ignored"

    def scanned(self, files: int, members: int, size: str, seconds: float, speed: str) -> str:
        inside = f" ({_count(members, 'member')} inside)" if members else ""
        return f"scanned {_count(files, 'file')}{inside}, {size} in {seconds:.1f} s ({speed}/s)"

    def skipped(self, reasons: Sequence[tuple[int, str]]) -> str:
        return "not scanned: " + ", ".join(f"{count} {words}" for count, words in reasons)

    def key(self, words: str) -> str:
        return f"fingerprints made with {words}"

    def next(self, command: str) -> str:
        return f"what to do about it: {command}"

    def incomplete(self, cause: str) -> str:
        return {
            "interrupted": "interrupted: the report is partial",
            "gaps": "incomplete: parts of inputs could not be analysed",
            "unread": "incomplete: a named input could not be read",
            "nothing": "incomplete: there was no file to scan",
            "strict": "incomplete: inputs were skipped, and --strict is given",
        }[cause]


class _Chinese:
    def found(self, count: int, levels: Sequence[tuple[int, str]]) -> str:
        parts = "、".join(f"{name} {number}" for number, name in levels)
        return f"发现 {count} 处" + (f"({parts})" if parts else "")

    def subjects(self, count: int) -> str:
        return f"{count} 个不同的个人标识"

    def by_rule(self, rules: Sequence[str]) -> str:
        return "已按规则忽略：" + "、".join(rules)

    def suppressed(self, count: int) -> str:
        return f"{count} 处已抑制"

    def hidden(self, count: int) -> str:
        return f"{count} 处低于 --min-severity"

    def masked(self, count: int) -> str:
        return f"{count} 处原已脱敏"

    def placeholders(self, count: int) -> str:
        return f"忽略占位号码 {count} 个"

    def scanned(self, files: int, members: int, size: str, seconds: float, speed: str) -> str:
        inside = f"(内含 {members} 个成员)" if members else ""
        return f"扫描 {files} 个文件{inside},{size},用时 {seconds:.1f} 秒({speed}/s)"

    def skipped(self, reasons: Sequence[tuple[int, str]]) -> str:
        return "未扫描:" + "、".join(f"{words} {count}" for count, words in reasons)

    def key(self, words: str) -> str:
        return f"指纹使用{words}"

    def next(self, command: str) -> str:
        return f"如何处理:{command}"

    def incomplete(self, cause: str) -> str:
        return {
            "interrupted": "已中断:报告不完整",
            "gaps": "不完整:部分内容未能分析",
            "unread": "不完整:指定的输入未能读取",
            "nothing": "不完整:没有可扫描的文件",
            "strict": "不完整:有输入未扫描,且指定了 --strict",
        }[cause]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
