"""What every command gets from the options all of them share."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

    from leakwatch.config.config_discovery import ConfigSource
    from leakwatch.config.config_model import Config
    from leakwatch.config.load import Loaded
    from leakwatch.core.scan_settings import ScanSettings


@dataclass(slots=True)
class CliContext:
    """The shared options and the edge of the process: environment, standard streams, configuration."""

    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    config_file: Path | None = None
    color: str = "auto"
    quiet: bool = False
    verbosity: int = 0
    chosen_lang: str | None = None

    @property
    def lang(self) -> str:
        """``zh`` or ``en``: the option, else what the locale says."""
        if self.chosen_lang:
            return self.chosen_lang
        locale = next((self.env[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if self.env.get(name)), "")
        return "zh" if locale.startswith("zh") else "en"

    @property
    def log_level(self) -> int:
        """What the log says at all, in the numbers of ``logging``."""
        if self.quiet:
            return logging.WARNING
        return logging.DEBUG if self.verbosity else logging.INFO

    def colored(self, stream: TextIO) -> bool:
        """Whether to colour what goes to ``stream``: option, then FORCE_COLOR, NO_COLOR, then a terminal that can."""
        if self.color != "auto":
            return self.color == "always"
        if self.env.get("FORCE_COLOR"):
            return True
        if self.env.get("NO_COLOR") or self.env.get("TERM") == "dumb":
            return False
        return stream.isatty()

    def out(self) -> Console:
        """Where results are printed."""
        return self._console(sys.stdout)

    def err(self) -> Console:
        """Where progress, summaries and warnings are printed."""
        return self._console(sys.stderr)

    def _console(self, stream: TextIO) -> Console:
        from rich.console import Console  # noqa: PLC0415  # `--help` must stay quick

        colored = self.colored(stream)
        return Console(
            file=stream,
            color_system=None if not colored else "auto" if stream.isatty() else "standard",
            force_terminal=colored or None,
            no_color=not colored,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def note(self, text: str) -> None:
        """A line for the person on standard error, unless ``-q``."""
        if not self.quiet:
            print(text, file=sys.stderr)  # noqa: T201

    def load(
        self,
        *,
        scan: bool = False,
        daemon: bool = False,
        detectors: Callable[[Config], Collection[str]] | None = None,
        warn: Callable[[str], None] | None = None,
    ) -> Loaded:
        """The configuration, its warnings noted. ``detectors`` tells the ids that exist; None leaves them unchecked.

        ``scan`` also looks for a file upwards from the working directory. ``daemon`` also looks at the watched
        directories: one that holds the configuration is refused, one that is hidden or unreadable gets a warning.
        ``warn`` takes the warnings instead.
        """
        from leakwatch.config.load import expired, load  # noqa: PLC0415  # `--help` must stay quick
        from leakwatch_detectors.values.dates import today  # noqa: PLC0415

        source = self._source(scan=scan)
        loaded = load(source, self.env, detectors)
        for warning in (*loaded.warnings, *expired(loaded, today()), *(_places(loaded) if daemon else ())):
            warn(warning) if warn else self.note(f"warning: {warning}")
        return loaded

    def settings(self) -> ScanSettings:
        """What a scan needs of the configuration, its warnings noted and the names of detectors in it checked."""
        from leakwatch.core.scan_settings import ScanSettings  # noqa: PLC0415
        from leakwatch.detection.rules import catalogue, ids  # noqa: PLC0415  # `--help` must stay quick

        if self._source(scan=True).files:
            return self.load(scan=True, detectors=ids).config.settings
        catalogue(ScanSettings())  # its rules may be wrong
        return ScanSettings()

    def _source(self, *, scan: bool) -> ConfigSource:
        from leakwatch.config.config_discovery import FILE_NAME, discover  # noqa: PLC0415  # `--help` must stay quick

        source = discover(self.config_file, self.env, upwards_from=Path.cwd() if scan else None)
        if not scan and not source.files and Path(FILE_NAME).is_file():
            return replace(
                source, why=f"{source.why} (the {FILE_NAME} here is for scans, unless named: -c {FILE_NAME})"
            )
        return source


def _places(loaded: Loaded) -> list[str]:
    from leakwatch.config.problems import InvalidConfigError  # noqa: PLC0415
    from leakwatch.config.resources import units_in_force  # noqa: PLC0415
    from leakwatch.config.unit_sandbox import hidden_roots  # noqa: PLC0415
    from leakwatch.config.watched_roots import misplaced, unreadable  # noqa: PLC0415

    problems = list(misplaced(loaded))
    if problems:
        raise InvalidConfigError(problems)
    return [*unreadable(loaded), *map(str, hidden_roots(loaded.config, units_in_force()))]
