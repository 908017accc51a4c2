"""Files that are shipped with the program and exist once: commented configuration and rules, the unit, its drop-ins."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

INSTALLED_UNIT = Path("/etc/systemd/system/leakwatch.service")

_IN_CHECKOUT = {
    "leakwatch.yaml": "config",
    "rules.d": "config",
    "leakwatch.service": "systemd",
    "leakwatch.service.d": "systemd",
}


def text(name: str) -> str:
    """The text of ``leakwatch.yaml``, ``rules.d/example.yaml``, ``leakwatch.service`` or one of its drop-ins."""
    return _place(name).read_text(encoding="utf-8")


def drop_ins() -> list[str]:
    """The names of the documented drop-ins of the unit, without ``.conf``; none where they were not installed."""
    place = _place("leakwatch.service.d")
    return sorted(item.name.removesuffix(".conf") for item in place.iterdir()) if place.is_dir() else []


def units_in_force(unit: Path = INSTALLED_UNIT) -> list[str]:
    """The texts of the installed unit and its drop-ins; of the shipped unit where none is installed."""
    if not unit.is_file():
        return [text("leakwatch.service")]
    parts = sorted(unit.with_name(unit.name + ".d").glob("*.conf"))
    return [path.read_text(encoding="utf-8") for path in (unit, *parts)]


def _place(name: str) -> Traversable:
    installed = files("leakwatch") / "_data"
    if installed.is_dir():
        return installed / name
    return Path(__file__).parents[2] / _IN_CHECKOUT[name.partition("/")[0]] / name
