"""Configuration: YAML files in, one frozen ``Config`` out, and every mistake named with file, line and key."""

from leakwatch.config.alerts import Alerts, Channel, Digest, Silence
from leakwatch.config.discover import Source, discover
from leakwatch.config.load import Loaded, load
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
from leakwatch.config.problems import InvalidConfigError, Mark, Problem
from leakwatch.config.section import Secret

__all__ = [
    "Alerts",
    "Archive",
    "Channel",
    "Config",
    "Console",
    "Detect",
    "Digest",
    "InvalidConfigError",
    "Limits",
    "Loaded",
    "Mark",
    "Match",
    "Metrics",
    "Problem",
    "Secret",
    "Silence",
    "Source",
    "Suppression",
    "Watch",
    "WatchDetect",
    "discover",
    "load",
    "root_of",
]
