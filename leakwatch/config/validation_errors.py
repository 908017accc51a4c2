"""Turns pydantic's errors into messages for the author of the file. Values are never repeated: they may be secrets."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from leakwatch.config.config_model import Config
from leakwatch.config.problems import Problem
from leakwatch.config.section import Section
from leakwatch.config.yaml_document import Node, Steps, spell

_SAID = {
    "missing": "is missing; add it",
    "string_type": "must be a text; put it in quotes",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "path_type": "must be a path",
    "tuple_type": "must be a list: [a, b], or one line per item, starting with -",
    "dict_type": "must be a mapping: lines like `key: value`",
    "model_type": "must be a mapping: lines like `key: value`",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
    "date_type": "must be a date, such as 2027-01-31",
    "date_parsing": "must be a date, such as 2027-01-31",
    "date_from_datetime_parsing": "must be a date, such as 2027-01-31",
    "date_from_datetime_inexact": "must be a date without a time, such as 2027-01-31",
}


def mistakes(error: ValidationError, tree: Node, root: type[Section] = Config) -> Iterator[Problem]:
    """Every error of pydantic as a problem with its place in ``tree``."""
    details = error.errors(include_url=False, include_input=False)
    for detail in details:
        steps: Steps = detail["loc"]
        if steps[-1:] == ("[key]",):  # pydantic's marker for a wrong key, as opposed to a wrong value
            steps = steps[:-1]
        if detail["type"] == "too_short" and any(other["loc"][:-1] == steps for other in details):
            continue  # pydantic counts only the items it accepted
        yield Problem(tree.nearest(steps).at, spell(steps), _text(detail, steps, tree, root))


def _text(detail: ErrorDetails, steps: Steps, tree: Node, root: type[Section]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return "unknown key" + _suggestion(steps, root)
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return _choice(context["expected"], tree.nearest(steps).value)
    for bound, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if bound in context:
            return f"must be {words} {context[bound]:g}"
    return _SAID.get(kind, f"is not valid ({kind.replace('_', ' ')})")


def _choice(expected: str, given: Any) -> str:
    words = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    near = difflib.get_close_matches(str(given), words, n=1)
    listed = "must be " + (words[0] if len(words) == 1 else f"one of {', '.join(words)}")
    return listed + (f"; did you mean {near[0]}?" if near else "")


def _suggestion(steps: Steps, root: type[Section]) -> str:
    """The remedy for an unknown key: the nearest name here, the same name elsewhere, or all names known here."""
    *above, key = steps
    here = _section(tuple(above), root)
    known = list(here.model_fields)
    near = difflib.get_close_matches(str(key), known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    elsewhere = [path for path in known_keys(root) if path.endswith(f".{key}")]
    if elsewhere:
        return f" here; did you mean {elsewhere[0]}?"
    return f"; known here: {', '.join(known)}"


def _section(steps: Steps, root: type[Section]) -> type[Section]:
    section = root
    for step in steps:
        if isinstance(step, str):
            section = _inner(section.model_fields[step].annotation) or section
    return section


def _inner(annotation: Any) -> type[Section] | None:
    """The section a field holds, alone, optional or in a tuple."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next(filter(None, map(_inner, get_args(annotation))), None)


def known_keys(section: type[Section] = Config, prefix: str = "") -> Mapping[str, type[Section]]:
    """Every key of the configuration by its path, lists marked with ``[]``, with the section it is in."""
    found: dict[str, type[Section]] = {}
    for name, field in section.model_fields.items():
        found[prefix + name] = section
        inner = _inner(field.annotation)
        if inner:
            many = "[]" if "tuple" in str(field.annotation) else ""
            found |= known_keys(inner, f"{prefix}{name}{many}.")
    return found
