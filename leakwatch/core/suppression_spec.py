"""A suppression as it is configured, as the interface that detection needs; the configuration model implements it."""

from __future__ import annotations

from datetime import date
from typing import Protocol


class SecretText(Protocol):
    """A text that does not appear in a ``repr``."""

    def get_secret_value(self) -> str:
        """The text itself."""
        ...


class MatchSpec(Protocol):
    """What a suppression matches; None matches anything. ``leakwatch.config`` describes the fields."""

    @property
    def entity(self) -> str | None: ...  # noqa: D102
    @property
    def path(self) -> str | None: ...  # noqa: D102
    @property
    def service(self) -> str | None: ...  # noqa: D102
    @property
    def key(self) -> str | None: ...  # noqa: D102
    @property
    def template(self) -> str | None: ...  # noqa: D102
    @property
    def fingerprint(self) -> str | None: ...  # noqa: D102
    @property
    def value(self) -> SecretText | None: ...  # noqa: D102
    @property
    def regex(self) -> str | None: ...  # noqa: D102
    @property
    def inverse(self) -> bool: ...  # noqa: D102


class SuppressionSpec(Protocol):
    """A configured suppression."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def match(self) -> MatchSpec: ...  # noqa: D102
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def owner(self) -> str: ...  # noqa: D102
    @property
    def expires(self) -> date | None: ...  # noqa: D102
