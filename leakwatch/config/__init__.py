"""Configuration: YAML files in, one frozen ``Config`` out, and every mistake named with file, line and key."""

from leakwatch.config.alerts import Alerts, Channel, Digest, Silence
from leakwatch.config.model import (
    Archive,
    Config,
    Console,
    Detect,
    Limits,
    Match,
    Metrics,
    Suppression,
    Watch,
    WatchDetect,
    root_of,
)
from leakwatch.config.section import Secret

__all__ = [
    "Alerts",
    "Archive",
    "Channel",
    "Config",
    "Console",
    "Detect",
    "Digest",
    "Limits",
    "Match",
    "Metrics",
    "Secret",
    "Silence",
    "Suppression",
    "Watch",
    "WatchDetect",
    "root_of",
]
