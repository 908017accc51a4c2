"""The template of a log line (the line without its values) and the logger that wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable

ANY = "<*>"

MAX_CHARACTERS = 2_000
"""A line is known by its beginning: the template of a very long one ends here."""

_ALIKE = bytes.maketrans(b"123456789", b"0" * 9)

_NAME = r"[A-Za-z_$][A-Za-z0-9_$]*(?:-[A-Za-z0-9_$]+)*"
_DOTTED = rf"{_NAME}(?:\.{_NAME})+"
_LEVEL = r"(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL|NOTICE|trace|debug|info|warn|warning|error|fatal)"

_HEAD = 600
_LOGGER = "logger"
"""A character that every match of the first pattern has: searching it costs a hundredth."""

_LOGGERS = tuple(
    re.compile(pattern)
    for pattern in (
        # {"logger":"c.e.Foo"} and its relatives, also escaped
        r"""["']?\b(?:logger|logger_?[nN]ame|log_logger|log\.logger)\\*["']?\s*[:=]\s*\\*["']?([A-Za-z_$][\w.$\-]*)""",
        # logback, log4j, Spring Boot: … INFO 123 --- [main] c.e.Foo : …   … INFO [main] c.e.Foo - …
        (
            rf"\b{_LEVEL}\b\]?(?:\s+[0-9]+)?(?:\s+---)?(?:\s*\[[^\]\n]*\]){{0,4}}\s+(?:\[[^\]\n]*\]\s+)?"
            rf"({_DOTTED}|{_NAME})(?:\.[\w$<>]+\([^)]*\))?(?:\[[0-9]+\]|:[0-9]+)?\s*(?:\[[^\]\n]*\]\s*)?"
            r"(?:-|:|\||–)\s"
        ),
        # python logging: … - app.module - INFO - …   INFO:app.module:…
        rf"\s-\s({_DOTTED}|{_NAME})\s-\s{_LEVEL}\b",
        rf"\b{_LEVEL}:({_DOTTED}|{_NAME}):",
        # ZooKeeper, HBase: … INFO [thread:o.a.z.s.NettyServerCnxn@123] - …
        rf"\b{_LEVEL}\b\s+\[[^\]\n]*:({_DOTTED})@[0-9]+\]",
        # logger before the level: … c.e.Foo INFO …   … [c.e.Foo] INFO …
        rf"\s\[?({_DOTTED})\]?\s*(?:\[[^\]\n]*\]\s*)?[\[|(-]?\s*{_LEVEL}\b",
        # zap console: 2026-01-01T00:00:00Z<tab>INFO<tab>loan/sms.go:12<tab>…
        rf"\t{_LEVEL}\t({_DOTTED})\t",
        rf"\t{_LEVEL}\t([\w./\-]+\.go):[0-9]+\t",
        # syslog: Mar  1 10:15:32 host program[123]: …
        r"^(?:<[0-9]+>)?[A-Z][a-z]{2}\s+[0-9]{1,2}\s[0-9:]{8}\s\S+\s([A-Za-z][\w.\-/]*)(?:\[[0-9]+\])?:\s",
        r"^(?:<[0-9]+>1?\s?)?[0-9]{4}-[0-9]{2}-[0-9]{2}T\S+\s\S+\s([A-Za-z][\w.\-/]*)\[[0-9]+\]:\s",
    )
)

_AT_THE_END = re.compile(rf"\b{_LEVEL}\b.*\(({_DOTTED})\)\s*$")

_STRING = r'"(?:[^"\\]|\\.)*"'
_SAYS = r"(?:message|msg|event|@m|short_message)"
_VALUE = re.compile(
    rf"""
      (?P<said> (?: "{_SAYS}"\s*: | \b{_SAYS}= ) \s*" ) (?P<words> (?:[^"\\]|\\.)* ) (?P<quote> " )
    | (?P<key> {_STRING}\s*: )
    | (?<=\[) (?: [^\[\]\s]{{1,64}} (?=\]) | [^\[\]]{{1,64}} (?=\]\s*{_LEVEL}\b) )   # a tag, a thread
    | (?<=---\ \[) [^\[\]]{{1,64}}
    | {_STRING}
    | (?<![A-Za-z])'[^']*'
    | (?<=[\w\]]=) [^\s,;&|)\]}}]+
    | [0-9A-Za-z+/_\-]* [0-9] [0-9A-Za-z+/_\-]* (?: [.:,] [0-9A-Za-z]* [0-9] [0-9A-Za-z]* )*
    """,
    re.VERBOSE,
)
_REPEATED = re.compile(rf"{re.escape(ANY)}(?:[\s,.:;/\-]*{re.escape(ANY)})+")
_SPACES = re.compile(r"\s+")
_DIGIT = re.compile("[0-9]")
_KEPT = 4096


def without_digits(text: str) -> bytes:
    """The text in UTF-8 with 0 for each digit: patterns that only test for digits treat both alike."""
    return text.encode("utf-8", "surrogatepass").translate(_ALIKE)


def logger_of(line: str) -> str | None:
    """The logger (class, module, program) named in the head of a log line; None when unsure."""
    head = line[:_HEAD]
    for pattern in _LOGGERS if _LOGGER in head else _LOGGERS[1:]:
        found = pattern.search(head)
        if found is not None:
            return found[1]
    found = _AT_THE_END.search(line[-_HEAD:])
    return found[1] if found is not None else None


class Templates:
    """The templates of lines, computed once for lines that differ only in digits. Not thread-safe.

    Holds plaintext: only digests of templates may leave.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, str] = {}

    def of(self, text: str, spans: Iterable[tuple[int, int]]) -> str:
        """The constant part of a line; ``spans`` are the values found in it.

        Numbers, identifiers, quoted values and what follows a ``=`` go out too: all lines of one log statement have
        one template. Han text stays.
        """
        line = _without_values(text, spans)
        alike = without_digits(line)
        known = self._known.get(alike)
        if known is None:
            known = _constant_part(line)
            # patterns only test for digits: if none is left here, none would be left with other digits
            if not _DIGIT.search(known):
                if len(self._known) >= _KEPT:
                    self._known.clear()
                self._known[alike] = known
        return known


def _without_values(text: str, spans: Iterable[tuple[int, int]]) -> str:
    pieces: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if start > MAX_CHARACTERS:
            break
        if start >= at:
            pieces += text[at:start], ANY
        at = max(at, end)
    pieces.append(text[at : max(MAX_CHARACTERS, at)])
    return "".join(pieces)


def _constant_part(text: str) -> str:
    without = _VALUE.sub(_constant, text)
    return _SPACES.sub(" ", _REPEATED.sub(ANY, without)).strip()


def _constant(value: re.Match[str]) -> str:
    """What stays of a value: the key of a member, and of a message its words."""
    if value["said"]:
        return value["said"] + _VALUE.sub(_constant, value["words"]) + value["quote"]
    return value["key"] or ANY
