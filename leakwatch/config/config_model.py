"""The configuration: every key, its default and its meaning, written once.

``Config()`` is the built-in default. The models are frozen; an unknown key is refused. The text below a field is its
description in the JSON Schema.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import regex
from pydantic import AfterValidator, Field, model_validator

from leakwatch.config.alerts import Alerts
from leakwatch.config.detect import Detect, WatchDetect
from leakwatch.config.section import (
    MAX_LABELS,
    AbsolutePath,
    Duration,
    LabelName,
    LabelValue,
    Listen,
    Name,
    Secret,
    Section,
    Share,
    Size,
)
from leakwatch.core import model
from leakwatch.core.scan_settings import STATE_DIR, ScanSettings
from leakwatch.text import charset

_LIMITS = model.Limits()
_MAGIC = frozenset("*?[")


def _encoding(name: str) -> str:
    try:
        charset.canonical(name)
    except LookupError:
        raise ValueError("unsupported encoding; use auto, utf-8, gb18030, utf-16, …") from None
    return name


def _expression(text: str) -> str:
    try:
        regex.compile(text)
    except regex.error as error:
        raise ValueError(f"is not a regular expression: {error.msg}") from None
    return text


def _watchable(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError("is not an absolute path; begin it with /")
    return path


class Watch(Section):
    """Directories or globs that are watched together. Files that appear later are found."""

    name: Name
    """Unique; used in alerts, `status` and metrics."""
    kind: Literal["log", "export"]
    """log: growing files are followed. export: each finished file is scanned whole."""
    paths: Annotated[tuple[Annotated[str, AfterValidator(_watchable)], ...], Field(min_length=1)]
    """Directories or globs."""
    service: str = ""
    """The service that writes these files; part of every alert."""
    owner: str = ""
    """The team that fixes it; part of every alert."""
    encoding: Annotated[str, AfterValidator(_encoding)] = "auto"
    """auto, or one of Python's codecs."""
    start_at: Literal["beginning", "end"] = "beginning"
    """Where the first read of an existing log starts; end skips what is there and reports it."""
    recursive: bool = True
    """Whether subdirectories are watched, too."""
    settle: Duration = 2.0
    """An export unchanged this long, and not open for writing, is finished."""
    labels: Annotated[dict[LabelName, LabelValue], Field(max_length=MAX_LABELS)] = Field(default_factory=dict)
    """Names and values of your own that are part of every alert."""
    detect: WatchDetect | None = None
    """Detection settings of this watch where they differ."""
    ner: bool | None = None
    """Whether to find names and addresses in free text by a model; overrides detect.ner."""

    @property
    def roots(self) -> tuple[Path, ...]:
        """The directories to watch: each path up to its first wildcard, without duplicates."""
        return tuple(dict.fromkeys(root_of(path) for path in self.paths))


def root_of(path: str) -> Path:
    """The part of a glob without a wildcard: the directory to list."""
    parts = Path(path).parts
    plain = next((at for at, part in enumerate(parts) if _MAGIC & set(part)), None)
    return Path(*parts) if plain is None else Path(*parts[:plain])


class Match(Section):
    """What a suppression matches: every key given must match."""

    entity: str | None = None
    """The entity's name, such as CN_LANDLINE."""
    path: str | None = None
    """A glob; ** crosses directories."""
    service: str | None = None
    """The service of the watch; a scan has none."""
    key: str | None = None
    """The key that names the value, in any spelling: userMobile is user_mobile."""
    template: str | None = None
    """The leaking statement, by its keyed digest (16 hex digits)."""
    fingerprint: str | None = None
    """One value, by its keyed fingerprint (32 hex digits)."""
    value: Secret | None = None
    """One value in plain text; only its fingerprint is kept."""
    regex: Annotated[str, AfterValidator(_expression)] | None = None
    """A regular expression for the whole value."""
    inverse: bool = False
    """All values but those that fingerprint, value and regex name."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        given = {name for name in type(self).model_fields if getattr(self, name) is not None} - {"inverse"}
        if not given:
            names = [name for name in type(self).model_fields if name != "inverse"]
            raise ValueError("matches everything; give at least one of " + ", ".join(names))
        if self.inverse and not given & {"fingerprint", "value", "regex"}:
            raise ValueError("inverse negates fingerprint, value or regex; give one of them")
        if self.fingerprint is not None and self.value is not None:
            raise ValueError("has value and fingerprint, which mean the same; remove one")
        return self


class Suppression(Section):
    """Findings that are counted but not reported, for a stated reason, until a day."""

    id: Name
    """Unique; shown where suppressed findings are counted."""
    match: Match
    """What it matches."""
    reason: Annotated[str, Field(min_length=1)]
    """Why. Required: it is forgotten otherwise."""
    owner: Annotated[str, Field(min_length=1)]
    """Who answers for it; required."""
    expires: date | None = None
    """From this day on it has no effect."""


class Archive(Section):
    """Limits for the content of one archive."""

    depth: Annotated[int, Field(ge=0)] = _LIMITS.depth
    """Archives within archives."""
    members: Annotated[int, Field(gt=0)] = _LIMITS.members
    """Members of one archive."""
    bytes: Size = _LIMITS.unpacked_bytes
    """Unpacked in all."""
    ratio: Annotated[int, Field(gt=0)] = _LIMITS.ratio
    """Unpacked to packed size of a member."""
    seconds: Duration = _LIMITS.seconds
    """Wall time for one top-level file."""


class Limits(Section):
    """Limits; input over a limit is skipped and reported."""

    cpu: Share | None = None
    """Average CPU use, such as 50% of one core. Live logs come first, backlog and exports wait. null: no limit."""
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Worker processes that read and analyse exports."""
    memory: Size | None = None
    """Memory of all processes together."""
    max_file_size: Size = _LIMITS.file_bytes
    """The largest file that is opened."""
    archive: Archive = Archive()
    """Limits for archives."""

    @property
    def reading(self) -> model.Limits:
        """The limits for readers."""
        inside = self.archive
        return model.Limits(
            self.max_file_size, inside.depth, inside.members, inside.bytes, inside.ratio, inside.seconds
        )


class Metrics(Section):
    """Where a monitor reads metrics and health."""

    listen: Listen = "127.0.0.1:9464"
    """Address of Prometheus' /metrics and of /healthz; off: none."""


class Console(Section):
    """The web console."""

    listen: Listen = None
    """Its address; off: none."""


class Config(Section):
    """The whole configuration."""

    schema_version: Literal[1] = 1
    """The version of the configuration format."""
    env: str = ""
    """The environment (prod, staging, …); part of every alert."""
    state_dir: AbsolutePath = STATE_DIR
    """The database and the key of the fingerprints live here, mode 0700."""
    fingerprint_key_file: Path | None = None
    """The key of the fingerprints; found like url_file. Without it, one is made in state_dir."""
    retention: Duration | None = None
    """How long findings and closed incidents are kept. Not available in this version: nothing is deleted."""
    watch: tuple[Watch, ...] = ()
    """What is watched."""
    detect: Detect = Detect()
    """What is detected."""
    suppress: tuple[Suppression, ...] = ()
    """What is not reported."""
    alerts: Alerts = Alerts()
    """Who is alerted."""
    limits: Limits = Limits()
    """Limits."""
    metrics: Metrics = Metrics()
    """Health."""
    console: Console = Console()
    """The web console."""

    @property
    def settings(self) -> ScanSettings:
        """The part that a scan needs."""
        detect, limits = self.detect.detect_settings, self.limits.reading
        return ScanSettings(detect, self.suppress, limits, self.state_dir, self.fingerprint_key_file)

    def for_watch(self, watch: Watch) -> Config:
        """This configuration with the detection settings of one of its watches."""
        return self.model_copy(update={"detect": self.detect.laid_over(watch.detect, watch.ner)})


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a configuration file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Config.model_json_schema()
