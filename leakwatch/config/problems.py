"""Mistakes in a configuration: file, line, key and how to fix it. A problem never holds the value itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leakwatch.core.errors import ConfigError


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a configuration file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. ``key`` is the path to it (``watch[0].paths``), empty for the file as a whole."""

    at: Mark
    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.at}: {self.key}: {self.text}" if self.key else f"{self.at}: {self.text}"


class InvalidConfigError(ConfigError):
    """Everything that is wrong with a configuration, in the order of its files."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))
