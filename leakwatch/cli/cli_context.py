"""The shared options of all commands, and what a command derives from them."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from leakwatch.text.messages import message

if TYPE_CHECKING:
    from rich.console import Console

    from leakwatch.config.config_discovery import ConfigSource
    from leakwatch.config.config_model import Config
    from leakwatch.config.load import Loaded
    from leakwatch.core.scan_settings import ScanSettings


@dataclass(slots=True)
class CliContext:
    """The shared options and the process environment: variables, standard streams, configuration."""

    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    config_file: Path | None = None
    color: str = "auto"
    quiet: bool = False
    verbosity: int = 0
    lang_option: str | None = None

    @property
    def lang(self) -> str:
        """``zh`` or ``en``: the option, else the locale."""
        if self.lang_option:
            return self.lang_option
        locale = next((self.env[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if self.env.get(name)), "")
        return "zh" if locale.startswith("zh") else "en"

    @property
    def log_level(self) -> int:
        """The lowest level to log, as in ``logging``."""
        if self.quiet:
            return logging.WARNING
        return logging.DEBUG if self.verbosity else logging.INFO

    def colored(self, stream: TextIO) -> bool:
        """Whether to colour ``stream``: by --color, FORCE_COLOR, NO_COLOR, TERM, and what the stream is."""
        if self.color != "auto":
            return self.color == "always"
        if self.env.get("FORCE_COLOR"):
            return True
        if self.env.get("NO_COLOR") or self.env.get("TERM") == "dumb":
            return False
        return stream.isatty()

    def console(self) -> Console:
        """Standard output, for results."""
        from rich.console import Console  # noqa: PLC0415  keeps `--help` fast

        colored = self.colored(sys.stdout)
        return Console(
            file=sys.stdout,
            color_system=None if not colored else "auto" if sys.stdout.isatty() else "standard",
            force_terminal=colored or None,
            no_color=not colored,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def message(self, key: str, **values: Any) -> str:
        """A text of the catalogue in the user's language."""
        return message(key, self.lang, **values)

    def note(self, text: str) -> None:
        """Print a line on standard error, unless ``-q``."""
        if not self.quiet:
            print(text, file=sys.stderr)  # noqa: T201

    def warn(self, text: str) -> None:
        """Print a warning on standard error, unless ``-q``."""
        self.note(self.message("config.warning", text=text))

    def load_config(
        self,
        *,
        scan: bool = False,
        daemon: bool = False,
        detectors: Callable[[Config], Collection[str]] | None = None,
        warn: Callable[[str], None] | None = None,
    ) -> Loaded:
        """Load the configuration and report its warnings to ``warn`` (default: standard error).

        ``scan`` also searches the working directory and its parents for a file. ``daemon`` also checks the watched
        directories: one that holds the configuration is an error, one that is hidden or unreadable a warning.
        ``detectors`` returns the known detector ids; without it, ids are not checked.
        """
        from leakwatch.config.load import expired, load  # noqa: PLC0415  keeps `--help` fast
        from leakwatch_detectors.values.dates import today  # noqa: PLC0415

        loaded = load(self._config_source(scan=scan), self.env, detectors)
        for warning in (*loaded.warnings, *expired(loaded, today()), *(_check_roots(loaded) if daemon else ())):
            (warn or self.warn)(warning)
        return loaded

    def scan_settings(self) -> ScanSettings:
        """The settings of a scan, with the detector ids in the configuration checked and its warnings reported."""
        from leakwatch.core.scan_settings import ScanSettings  # noqa: PLC0415
        from leakwatch.detection.rules import catalogue, ids  # noqa: PLC0415  keeps `--help` fast

        if self._config_source(scan=True).files:
            return self.load_config(scan=True, detectors=ids).config.settings
        catalogue(ScanSettings())  # checks the default rule files
        return ScanSettings()

    def _config_source(self, *, scan: bool) -> ConfigSource:
        from leakwatch.config.config_discovery import FILE_NAME, discover  # noqa: PLC0415  keeps `--help` fast

        source = discover(self.config_file, self.env, upwards_from=Path.cwd() if scan else None)
        if not scan and not source.files and Path(FILE_NAME).is_file():
            note = f"the {FILE_NAME} here applies to scans only, use -c {FILE_NAME} to select it"
            return replace(source, why=f"{source.why} ({note})")
        return source


def _check_roots(loaded: Loaded) -> list[str]:
    from leakwatch.config.problems import InvalidConfigError  # noqa: PLC0415
    from leakwatch.config.resources import units_in_force  # noqa: PLC0415
    from leakwatch.config.unit_sandbox import hidden_roots  # noqa: PLC0415
    from leakwatch.config.watched_roots import misplaced, unreadable  # noqa: PLC0415

    problems = list(misplaced(loaded))
    if problems:
        raise InvalidConfigError(problems)
    return [*unreadable(loaded), *map(str, hidden_roots(loaded.config, units_in_force()))]
