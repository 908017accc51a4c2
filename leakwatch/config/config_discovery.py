"""Which configuration files count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leakwatch.core.errors import ConfigError

FILE_NAME = "leakwatch.yaml"
SYSTEM = Path("/etc/leakwatch")


@dataclass(frozen=True, slots=True)
class ConfigSource:
    """The files to read, in their order, and in words why these."""

    files: tuple[Path, ...]
    why: str


def discover(
    option: Path | None, env: Mapping[str, str], *, upwards_from: Path | None = None, system: Path = SYSTEM
) -> ConfigSource:
    """The first of: ``option``, ``LEAKWATCH_CONFIG``, the nearest file upwards (only for scans), ``system``, none.

    ``upwards_from`` is the working directory, never the scanned tree: that is untrusted. The daemon passes None.
    """
    if option is not None:
        return ConfigSource((_existing(option, "--config"),), "--config")
    if env.get("LEAKWATCH_CONFIG"):
        return ConfigSource((_existing(Path(env["LEAKWATCH_CONFIG"]), "LEAKWATCH_CONFIG"),), "LEAKWATCH_CONFIG")
    if upwards_from is not None:
        for directory in (upwards_from, *upwards_from.parents):
            if (directory / FILE_NAME).is_file():
                return ConfigSource((directory / FILE_NAME,), "the working directory or one above it")
            if (directory / ".git").exists():
                break
    files = [system / FILE_NAME] if (system / FILE_NAME).exists() else []
    files += sorted(system.glob("conf.d/*.yaml"))
    return ConfigSource(tuple(files), str(system)) if files else ConfigSource((), "built-in defaults")


def _existing(path: Path, named_by: str) -> Path:
    if not path.exists():
        raise ConfigError(f"{path}: no such file (named by {named_by}); `leakwatch config init` writes a commented one")
    return path
