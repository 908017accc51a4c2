"""Turns rule files into detectors. Mistakes are reported with file, line and remedy."""

from __future__ import annotations

import difflib
import functools
import glob
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

import regex
from pydantic import ValidationError

from leakwatch.config.problems import InvalidConfigError, Mark, Problem
from leakwatch.config.validation_errors import mistakes
from leakwatch.config.yaml_document import Node, spell
from leakwatch.config.yaml_document import parse as parse_yaml
from leakwatch.detection.rules.anchors import prefilter_of
from leakwatch.detection.rules.growth import grows_too_fast, nested
from leakwatch.detection.rules.rule_model import Names, Rule, RuleFile
from leakwatch.detection.rules.syntax import SyntaxRefusedError, parse
from leakwatch.detection.rules.tree import shortest, written
from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.values import checksums
from leakwatch_detectors.values.boundaries import LEFT, RIGHT

VALIDATORS: dict[str, Callable[[str], bool]] = {
    one.__name__: one
    for one in (
        *(checksums.luhn, checksums.mod_11_2, checksums.uscc, checksums.org_code, checksums.hkid, checksums.tw_id),
        *(checksums.tw_resident, checksums.tw_ubn, checksums.mrz_td3, checksums.vin),
    )
}
"""The check digits that rules can ask for, by name. They get the value without separators, in capitals."""

_SEPARATORS = regex.compile(r"[ \-./()（）]")
_ADVICE = Title("这是自定义规则：请联系规则的维护者。", "A rule of your own: ask its maintainer.")
_OPEN, _CLOSE = "⟦", "⟧"


def load_rules(patterns: Iterable[str], taken: Collection[str]) -> tuple[Detector, ...]:
    """The detectors of all rule files; ``patterns`` are absolute paths or globs, ``taken`` the ids that exist already.

    ``InvalidConfigError`` has everything that is wrong with them. A glob without files is no error, a named file is.
    """
    found: list[Detector] = []
    problems: list[Problem] = []
    seen: dict[str, Mark] = {}
    for path in _files(patterns, problems):
        try:
            status = path.stat()
            made = _read(path, status.st_mtime_ns, status.st_size)
        except OSError as error:
            problems.append(Problem(Mark(str(path)), "", f"cannot be read: {os.strerror(error.errno or 0)}"))
            continue
        except InvalidConfigError as error:
            problems += error.problems
            continue
        for detector, mark in made:
            if detector.id in taken:
                text = f"there is a built-in detector {detector.id}; rules only add: choose another id"
                problems.append(Problem(mark, "id", text))
            elif detector.id in seen:
                problems.append(Problem(mark, "id", f"the same id is used at {seen[detector.id]}; rename one"))
            seen.setdefault(detector.id, mark)
            found.append(detector)
    if problems:
        raise InvalidConfigError(problems)
    return tuple(found)


def _files(patterns: Iterable[str], problems: list[Problem]) -> list[Path]:
    files: dict[Path, None] = {}
    for pattern in patterns:
        matching = sorted(glob.glob(pattern))  # noqa: PTH207 (an absolute pattern, which Path.glob refuses)
        if not matching and not glob.has_magic(pattern):
            problems.append(Problem(Mark(pattern), "", "does not exist; detect.rules names it"))
        files.update(dict.fromkeys(map(Path, matching)))
    return list(files)


@functools.lru_cache(maxsize=256)
def _read(path: Path, _modified: int, _size: int) -> tuple[tuple[Detector, Mark], ...]:
    """The detectors of one file, each with the place of its id. Kept until the file changes: measuring takes time."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidConfigError([Problem(Mark(str(path)), "", "is not UTF-8; save it as UTF-8")]) from None
    tree = parse_yaml(text, str(path))
    try:
        file = RuleFile.model_validate(tree.plain())
    except ValidationError as error:
        raise InvalidConfigError(list(mistakes(error, tree, RuleFile))) from None
    made: list[tuple[Detector, Mark]] = []
    problems: list[Problem] = []
    for number, rule in enumerate(file.rules):
        place = tree.nearest(("rules", number))
        wrong = list(_faults(rule, place, number))
        problems += wrong
        if not wrong:
            made.append((_detector(rule, place), place.nearest(("id",)).at))
    if problems:
        raise InvalidConfigError(problems)
    return tuple(made)


def _faults(rule: Rule, place: Node, number: int) -> Iterator[Problem]:
    def fault(key: str, text: str) -> Problem:
        return Problem(place.nearest((key,)).at, spell(("rules", number, key)), text)

    if rule.validator is not None and rule.validator not in VALIDATORS:
        near = difflib.get_close_matches(rule.validator, VALIDATORS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(VALIDATORS)}"
        yield fault("validator", f"there is no such check; {hint}")
    refused = refusal(rule.pattern)
    if refused:
        yield fault("pattern", refused)
        return
    pattern = regex.compile(_pattern(rule), regex.ASCII)
    for line in rule.examples.match:
        values = marked(line)
        if not values:
            yield fault("examples", f"a line under match has no value in {_OPEN}marks{_CLOSE}")
        elif not all(pattern.fullmatch(value) or _meets(pattern, line, value) for value in values):
            yield fault("examples", f"the pattern does not match a value in {_OPEN}marks{_CLOSE}")
    if any(marked(line) for line in rule.examples.no_match):
        yield fault("examples", f"a line under no_match has {_OPEN}marks{_CLOSE}; nothing is to be found in it")


def refusal(pattern: str) -> str:
    """Why a rule cannot use the pattern, and what to do; empty when it can."""
    try:
        tree = parse(pattern)
    except SyntaxRefusedError as error:
        return str(error)
    if not shortest(tree):
        return "matches an empty text; at least one character must be needed"
    if nested(tree):
        return "repeats a repetition, both unbounded: hostile text can take forever; bound them, such as {1,40}"
    try:
        compiled = regex.compile(f"{LEFT}(?:{written(tree)}){RIGHT}", regex.ASCII)
    except regex.error as error:
        return f"is no regular expression: {error.msg}"
    if grows_too_fast(compiled, tree) or grows_too_fast(regex.compile(written(tree), regex.ASCII), tree):
        return (
            "takes much longer the longer a text is; bound its repetitions, such as {1,40}, and let parts not overlap"
        )
    return ""


def marked(line: str) -> list[str]:
    """The values in ⟦marks⟧."""
    return [part.split(_CLOSE)[0] for part in line.split(_OPEN)[1:]]


def _meets(pattern: regex.Pattern[str], line: str, value: str) -> bool:
    """Whether the value is found in its line: lookarounds need the whole line."""
    text = line.replace(_OPEN, "").replace(_CLOSE, "")
    return any(found[0] == value for found in pattern.finditer(text))


def _pattern(rule: Rule) -> str:
    inside = f"(?:{written(parse(rule.pattern))})"
    return LEFT + inside + RIGHT if rule.borders else inside


def _detector(rule: Rule, place: Node) -> Detector:
    band = rule.score
    grades = {"jrt0171": rule.jrt0171, "gbt35273": rule.gbt35273}
    keys = tuple(" ".join(key.lower().split()) for key in rule.keys)
    words = tuple(word.lower() for word in rule.words)
    return Detector(
        entity=rule.id.upper().replace("-", "_"),
        region=Region.ANY,
        title=_title(rule.title),
        severity=rule.severity.label,
        grades={name: grade for name, grade in grades.items() if grade},
        pattern=_pattern(rule),
        prefilter=_prefilter(rule, keys, words),
        scores=Scores(band.bare, band.key, band.context, band.negative),
        advice=_title(rule.advice) if rule.advice else _ADVICE,
        examples=tuple(_examples(rule, place)),
        validator=_checked(VALIDATORS[rule.validator]) if rule.validator else None,
        keys=keys,
        words=words,
        negative_keys=tuple(" ".join(key.lower().split()) for key in rule.not_keys),
        negative_words=tuple(word.lower() for word in rule.not_words),
        mask=rule.mask,
    )


def _examples(rule: Rule, place: Node) -> Iterator[Example]:
    for kind, lines in (("match", rule.examples.match), ("no_match", rule.examples.no_match)):
        for number, line in enumerate(lines):
            at = place.nearest(("examples", kind, number)).at
            yield Example(line, f"{kind}, {at.file}:{at.line}")


def _prefilter(rule: Rule, keys: tuple[str, ...], words: tuple[str, ...]) -> Prefilter:
    return prefilter_of(parse(rule.pattern), keys, words, only_named=not rule.score.bare)


def _title(names: Names) -> Title:
    return Title(names.zh or names.en, names.en or names.zh)


def _checked(check: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda value: check(_SEPARATORS.sub("", value).upper())
