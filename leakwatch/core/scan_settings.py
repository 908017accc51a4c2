"""The part of a configuration that a scan needs, as plain data.

A scan without a configuration file and worker processes use it: the full configuration model costs 0.2 s and 16 MB.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from leakwatch.core.model import Limits
from leakwatch.core.suppression_spec import SuppressionSpec

Regions = tuple[Literal["cn", "hk", "mo", "tw"], ...]
Profile = Literal["jrt0171", "gbt35273", "gbt45574", "pipl28"]

STATE_DIR = Path("/var/lib/leakwatch")


@dataclass(frozen=True, slots=True)
class DetectSettings:
    """What is detected. ``leakwatch.config.detect.Detect`` describes the fields and takes its defaults from here."""

    regions: Regions = ("cn", "hk", "mo", "tw")
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    rules: tuple[str, ...] = ("/etc/leakwatch/rules.d/*.yaml",)
    min_score: float = 0.5
    ner: bool = False
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """The part of ``leakwatch.config.Config`` that a scan needs; ``ScanSettings()`` has the built-in defaults."""

    detect: DetectSettings = DetectSettings()
    suppress: tuple[SuppressionSpec, ...] = ()
    limits: Limits = field(default_factory=Limits)
    state_dir: Path = STATE_DIR
    fingerprint_key_file: Path | None = None
