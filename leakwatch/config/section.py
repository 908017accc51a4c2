"""What every part of the configuration model shares: the base of its sections and the kinds of values they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import pydantic
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from leakwatch.config.units import (
    DURATION_PATTERN,
    SHARE_PATTERN,
    SIZE_PATTERN,
    in_bytes,
    in_percent,
    in_words,
    seconds,
    share,
    size,
)
from leakwatch.core.model import Severity

SEVERITIES = tuple(severity.label for severity in Severity)


class Section(BaseModel):
    """A part of the configuration: frozen, complete with defaults, and refusing keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _key_without_value_is_default(cls, given: Any) -> Any:
        # `channels:` with every line below it commented out is null in YAML; people mean "none", not an error
        if not isinstance(given, Mapping):
            return given
        fields = cls.model_fields
        return {key: value for key, value in given.items() if value is not None or not _holds_parts(fields.get(key))}


def _holds_parts(field: Any) -> bool:
    return (
        field is not None
        and not field.is_required()
        and isinstance(field.get_default(call_default_factory=True), Section | tuple | dict)
    )


class Secret(pydantic.Secret[str]):
    """A text that must not be shown: ``str`` and ``repr`` give ``<secret>``."""

    def _display(self) -> str:
        return "<secret>"


def _severity(given: object) -> Severity:
    if isinstance(given, Severity):
        return given
    try:
        return Severity.of(str(given))
    except ValueError:
        raise ValueError(f"is not a severity; write one of {', '.join(SEVERITIES)}") from None


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("is not an absolute path; begin it with /")
    return path


def _name(text: str) -> str:
    if not text.strip() or len(text) > 64 or not text.isprintable():
        raise ValueError("is not a name; write 1 to 64 printable characters")
    return text


def _label_name(text: str) -> str:
    if _LABEL.fullmatch(text) is None:
        raise ValueError("is not a label's name; write letters, digits and _, beginning with a letter, 64 at most")
    return text


def _label_value(text: str) -> str:
    if len(text) > 256 or not text.isprintable():
        raise ValueError("is not a label's value; write at most 256 printable characters")
    return text


_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_LISTEN = re.compile(r"^(\[[0-9A-Fa-f:.]+\]|[^:\s\[\]]+):([0-9]{1,5})$")


def _listen(given: object) -> str | None:
    if given is None or given is False:
        return None
    match = _LISTEN.fullmatch(given) if isinstance(given, str) else None
    if match is None or not isinstance(given, str) or int(match[2]) > 65535:
        raise ValueError('is not an address; write host:port in quotes, such as "127.0.0.1:9464", or off')
    return given


Name = Annotated[str, AfterValidator(_name)]
LabelName = Annotated[str, AfterValidator(_label_name)]
LabelValue = Annotated[str, AfterValidator(_label_value)]
MAX_LABELS = 16
"""Labels of one watch: they are in every message."""
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
Listen = Annotated[
    str | None,
    BeforeValidator(_listen),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": _LISTEN.pattern}, {"enum": [False, None]}]}),
]
Duration = Annotated[
    float,
    BeforeValidator(seconds),
    PlainSerializer(in_words, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN}),
]
Size = Annotated[
    int,
    BeforeValidator(size),
    Field(gt=0),
    PlainSerializer(in_bytes, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": SIZE_PATTERN}),
]
Level = Annotated[
    Severity,
    BeforeValidator(_severity),
    PlainSerializer(lambda severity: severity.label, return_type=str, when_used="json"),
    WithJsonSchema({"enum": list(SEVERITIES)}),
]
Share = Annotated[
    float,
    BeforeValidator(share),
    PlainSerializer(in_percent, return_type=str, when_used="json"),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": SHARE_PATTERN}, {"type": "number", "exclusiveMinimum": 0}]}
    ),
]
