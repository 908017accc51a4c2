"""Detectors and explanations as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size

from leakwatch.detection.analyze import Considered, Explanation
from leakwatch.detection.profiles import PROFILES
from leakwatch_detectors.contract import Detector, Prefilter, Role

_HEADS = {
    "en": ("id", "severity", "JR/T 0171", "region", "default", "finds", "looks at lines with"),
    "zh": ("标识", "级别", "JR/T 0171", "地区", "默认", "内容", "只看含有以下内容的行"),
}
_SHOWN_LITERALS = 3
_GAP = "  "


def listing(detectors: Sequence[Detector], lang: str, width: int | None) -> Iterator[str]:
    """One line for each detector under a line of heads, cut to ``width`` cells; None: uncut."""
    rows = [_HEADS[lang], *(_row(detector, lang) for detector in detectors)]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (set_cell_size(cell, cells) for cell, cells in zip(row, widths, strict=True))
        line = _GAP.join(cells).rstrip()
        yield line if width is None or cell_len(line) <= width else set_cell_size(line, width - 1).rstrip() + "…"


def _row(detector: Detector, lang: str) -> tuple[str, ...]:
    return (
        detector.id,
        detector.severity if detector.role is Role.REPORT else "–",
        detector.grades.get("jrt0171", "–"),
        detector.region.value,
        _default(detector) if detector.role is Role.REPORT else "–",
        getattr(detector.title, lang),
        gate(detector.prefilter, lang),
    )


def gate(prefilter: Prefilter, lang: str) -> str:
    """What a line must hold for the detector to look at it."""
    chinese = lang == "zh"
    parts = []
    if prefilter.digits:
        parts.append(f"{prefilter.digits} 位以上数字" if chinese else f"{prefilter.digits}+ digits")
    if prefilter.literals:
        first = ", ".join(word.strip() for word in prefilter.literals[:_SHOWN_LITERALS])
        more = len(prefilter.literals) - _SHOWN_LITERALS
        rest = (f" 等 {len(prefilter.literals)} 个词之一" if chinese else f" (or {more} more)") if more > 0 else ""
        parts.append(first + rest)
    return (" + " if chinese else " and ").join(parts) or ("每一行都看" if chinese else "anything: runs on every line")


def lines(detector: Detector, lang: str) -> Iterator[str]:
    """All about one detector."""
    scores = detector.scores
    yield f"{detector.id}  {getattr(detector.title, lang)}"
    yield f"  entity     {detector.entity}"
    yield f"  region     {detector.region.value}"
    yield f"  default    {_default(detector)}"
    if detector.role is Role.REPORT:
        yield f"  severity   {detector.severity}"
        for number, profile in enumerate(PROFILES.values()):
            grade = profile.grade(detector)
            told = f"{grade} ({profile.severities[grade].label} by that profile)" if grade else "–"
            yield f"  {'' if number else 'grades':<10} {profile.name:<9} {told}"
    yield f"  gate       {gate(detector.prefilter, lang)}"
    yield f"  pattern    {detector.pattern}"
    yield f"  validator  {'yes' if detector.validator else 'none: the pattern and its borders are all'}"
    bare = f"{scores.bare:.2f}" if scores.bare else "never reported"
    named = f"key {scores.key:.2f}, context {scores.context:.2f}, another key {scores.negative:.2f}"
    yield f"  score      alone {bare}, {named}"
    for name, words in (
        *(("keys", detector.keys), ("not with", detector.negative_keys)),
        *(("context", detector.words), ("not near", detector.negative_words)),
    ):
        if words:
            yield f"  {name:<10} {', '.join(words)}"
    yield f"  advice     {getattr(detector.advice, lang)}"
    yield "  examples   (what is found stands in ⟦marks⟧)"
    for example in detector.examples:
        yield f"    {example.line}"
        yield f"      {example.why}"


def explanation(explained: Explanation, lang: str) -> Iterator[str]:
    """Every candidate of a text, with its evidence and what decided."""
    if not explained.candidates:
        yield "没有任何疑似内容" if lang == "zh" else "Nothing in it looks like anything that is searched for."
    for one in explained.candidates:
        yield f"{one.line}:{one.start_column}-{one.end_column}  {one.detector}  {one.masked}"
        yield f"    {_evidence(one)}"
        if one.tolerance:
            yield f"    {getattr(one.tolerance.reason, lang)}"
        yield f"    → {one.decision}" + (f" by {one.by}" if one.by else "")


def _evidence(one: Considered) -> str:
    checked = {True: "passes its check", False: "fails its check", None: "has no check"}[one.valid]
    key = f" ({one.key})" if one.key else ""
    return (
        f"matches the pattern, {checked}; evidence: {one.evidence}{key}; "
        f"score {one.score:.2f}, needs {one.threshold:.2f}"
    )


def _default(detector: Detector) -> str:
    if detector.role is Role.NEGATIVE:
        return "only keeps others silent"
    return "on" if detector.default else "off"
