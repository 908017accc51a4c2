"""Suppressions: findings that are counted but not reported, with a reason, an owner and an expiry."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import regex

from leakwatch.core.errors import ConfigError
from leakwatch.core.suppression_spec import SuppressionSpec
from leakwatch.privacy.redaction import Fingerprinter, KeyOrigin
from leakwatch_detectors.contract import Detector
from leakwatch_detectors.evidence.key_names import words_of

if TYPE_CHECKING:
    from leakwatch.config.config_model import Config
    from leakwatch.core.scan_settings import ScanSettings

_GLOB = re.compile(r"/\*\*/|\*\*/?|\*|\?|\[!?[^\]]*\]|[^*?\[]+|.")
_REGEX_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class SuppressionInput:
    """One value as suppressions match it. Plaintext: it does not leave analysis.

    ``path`` is as found, ``key`` as written (None: the value has none); ``service`` is that of the watch.
    """

    entity: str
    fingerprint: str
    value: str = field(repr=False)
    path: str = ""
    service: str = ""
    key: str | None = field(default=None, repr=False)
    template: str = ""


@dataclass(frozen=True, slots=True)
class Suppression:
    """A rule that hides findings. None matches anything; from ``expires`` on it has no effect.

    Where: ``entity``, ``path`` (a glob, ``**`` crosses folders), ``service``, ``key`` (in any spelling), ``template``.
    Which value: ``fingerprints``, and ``pattern`` for the whole value; ``inverse`` negates these two: all other values
    are hidden.
    """

    id: str
    reason: str = ""
    owner: str = ""
    entity: str | None = None
    path: str | None = None
    service: str | None = None
    key: str | None = None
    template: str | None = None
    fingerprints: frozenset[str] | None = None
    pattern: str | None = field(default=None, repr=False)
    inverse: bool = False
    expires: date | None = None

    def matches(self, seen_value: SuppressionInput, today: date | None = None) -> bool:
        """Whether the rule holds for this value on this day (None: rules do not expire)."""
        return (
            (self.expires is None or today is None or today < self.expires)
            and (self.entity is None or self.entity == seen_value.entity)
            and (self.service is None or self.service == seen_value.service)
            and (self.template is None or self.template == seen_value.template)
            and (self.path is None or glob(self.path).fullmatch(seen_value.path) is not None)
            and (self.key is None or (seen_value.key is not None and words_of(self.key) == words_of(seen_value.key)))
            and self._says_value(seen_value)
        )

    def _says_value(self, seen_value: SuppressionInput) -> bool:
        if self.fingerprints is None and self.pattern is None:
            return True
        same = self.fingerprints is None or seen_value.fingerprint in self.fingerprints
        try:
            same = same and (self.pattern is None or _fullmatch(self.pattern, seen_value.value))
        except TimeoutError:  # unknown whether it matches: it is reported
            return False
        return same is not self.inverse


def suppressions_of(
    config: Config | ScanSettings, fingerprinter: Fingerprinter, detectors: Sequence[Detector]
) -> tuple[Suppression, ...]:
    """The suppressions of a configuration; values it names become fingerprints.

    ``ConfigError`` when one goes by a value and the key of fingerprints is not kept: it would mean nothing tomorrow.
    """
    return tuple(_made(rule, fingerprinter, detectors) for rule in config.suppress)


def by_value(config: Config | ScanSettings) -> bool:
    """Whether a suppression matches by value, which needs a persistent fingerprint key."""
    return any(rule.match.value is not None or rule.match.fingerprint is not None for rule in config.suppress)


def first_holding(rules: Iterable[Suppression], seen_value: SuppressionInput, today: date | None) -> str | None:
    """The id of the first rule that hides the value."""
    return next((rule.id for rule in rules if rule.matches(seen_value, today)), None)


def _made(rule: SuppressionSpec, fingerprinter: Fingerprinter, detectors: Sequence[Detector]) -> Suppression:
    match = rule.match
    named = match.value is not None or match.fingerprint is not None
    if named and fingerprinter.origin == KeyOrigin.EPHEMERAL:
        raise ConfigError(
            f"suppression {rule.id} goes by a value, which needs a fingerprint key that is kept: "
            "set fingerprint_key_file, or scan without --no-state"
        )
    prints: frozenset[str] | None = None
    if match.value is not None:
        of_interest = [one for one in detectors if match.entity in (None, one.entity)]
        value = match.value.get_secret_value()
        prints = frozenset(filter(None, (_print(one, value, fingerprinter) for one in of_interest)))
    if match.fingerprint is not None:
        prints = frozenset({match.fingerprint}) & (prints if prints is not None else {match.fingerprint})
    return Suppression(
        rule.id,
        rule.reason,
        rule.owner,
        entity=match.entity,
        path=match.path,
        service=match.service,
        key=match.key,
        template=match.template,
        fingerprints=prints,
        pattern=match.regex,
        inverse=match.inverse,
        expires=rule.expires,
    )


def _print(detector: Detector, value: str, fingerprinter: Fingerprinter) -> str | None:
    try:
        return fingerprinter.value(detector.entity, detector.canonical_form(value))
    except (ValueError, LookupError):  # no value that this detector finds
        return None


def _fullmatch(pattern: str, value: str) -> bool:
    return regex.fullmatch(pattern, value, timeout=_REGEX_SECONDS) is not None


@functools.lru_cache(maxsize=1024)
def glob(pattern: str) -> re.Pattern[str]:
    """A path glob: ``*`` and ``?`` stay within a name, ``**`` crosses folders.

    >>> bool(glob("/var/log/**/ivr*.log").fullmatch("/var/log/a/b/ivr-1.log"))
    True
    """
    pieces = []
    for piece in _GLOB.findall(pattern):
        if piece == "/**/":
            pieces.append("/(?:.*/)?")
        elif piece.startswith("**"):
            pieces.append(".*")
        elif piece == "*":
            pieces.append("[^/]*")
        elif piece == "?":
            pieces.append("[^/]")
        elif piece.startswith("[") and len(piece) > 2:
            pieces.append(
                f"[{'^' if piece[1] == '!' else ''}{re.escape(piece.lstrip('[!')[:-1]).replace(chr(92) + '-', '-')}]"
            )
        else:
            pieces.append(re.escape(piece))
    return re.compile("".join(pieces), re.DOTALL)
