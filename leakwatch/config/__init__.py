"""Configuration: YAML files in, one frozen ``Config`` out, and every mistake named with file, line and key."""

from typing import Any

from leakwatch.config.alerts import Alerts, Channel, Digest, Silence
from leakwatch.config.config_discovery import Source, discover
from leakwatch.config.config_model import Archive, Config, Console, Limits, Match, Metrics, Suppression, Watch, root_of
from leakwatch.config.detect import Detect, WatchDetect
from leakwatch.config.load import Loaded, expired, load
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
    "expired",
    "json_schema",
    "load",
    "root_of",
]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a configuration file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Config.model_json_schema()
