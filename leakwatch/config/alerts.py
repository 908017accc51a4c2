"""The ``alerts`` section: who is alerted, where and how."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from leakwatch.config.channel_types import CHANNEL_TYPES
from leakwatch.config.section import Duration, Level, Name, Secret, Section
from leakwatch.core.errors import ConfigError
from leakwatch.core.model import Severity

if TYPE_CHECKING:
    TypeName = str
else:
    TypeName = Literal[tuple(CHANNEL_TYPES)]


class Channel(Section):
    """One chat or webhook that receives alerts. The whole URL is a secret: it usually carries the key."""

    name: Name
    """Unique; used in `status`, `alert test --channel` and metrics."""
    type: TypeName
    """The receiver's protocol."""
    url: Secret | None = None
    """The receiver's whole URL. Either this or url_file."""
    url_file: Path | None = None
    """A file that holds the URL. Relative: in $CREDENTIALS_DIRECTORY, else beside the configuration file."""
    secret: Secret | None = None
    """The signing secret, where the receiver has one."""
    secret_file: Path | None = None
    """A file that holds the signing secret; found like url_file."""
    min_severity: Level = Severity.LOW
    """Incidents below this severity are not sent here; gaps always are."""
    format: Literal["ocsf", "alertmanager"] = "ocsf"
    """The body of a webhook channel."""
    mention: tuple[str, ...] = ()
    """Who is called by name in critical messages: user ids of the receiver, or "@all"."""
    keyword: str | None = None
    """The word a robot in keyword mode demands in every message."""
    backup_for: str | None = None
    """The channel whose critical messages come here while it cannot deliver."""
    entities: tuple[str, ...] = ()
    """Only incidents with one of these entities; none: all."""
    services: tuple[str, ...] = ()
    """Only incidents of these services; none: all."""

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if self.url is None and self.url_file is None:
            raise ValueError("has no url; add url_file (a file that holds the URL) or url")
        if self.url is not None and self.url_file is not None:
            raise ValueError("has both url and url_file; keep one")
        if self.secret is not None and self.secret_file is not None:
            raise ValueError("has both secret and secret_file; keep one")
        if self.format not in (CHANNEL_TYPES[self.type].formats or ("ocsf",)):
            takers = [one.name for one in CHANNEL_TYPES.values() if self.format in one.formats]
            raise ValueError(f"has a format, which only type {', '.join(takers)} takes; remove it")
        return self

    def resolve(self) -> tuple[str, str | None]:
        """The URL and the signing secret, read from their files now; ``ConfigError`` names the file and the reason."""
        url = _text(self.name, "url", self.url, self.url_file)
        if url is None:  # the model refuses such a channel
            raise AssertionError(self.name)
        return url, _text(self.name, "secret", self.secret, self.secret_file)

    def exposed(self) -> tuple[Path, ...]:
        """Its secret files that every user of the host can read."""
        files = (path for path in (self.url_file, self.secret_file) if path is not None and path.exists())
        return tuple(path for path in files if path.stat().st_mode & 0o004)


def _text(channel: str, what: str, given: Secret | None, file: Path | None) -> str | None:
    if given is not None:
        return given.get_secret_value().strip()
    if file is None:
        return None
    where = f"channel {channel}: {what}_file {file}"
    try:
        text = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise ConfigError(f"{where}: no such file; create it with the {what} as its only line") from None
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise ConfigError(f"{where}: cannot be read ({reason}); give it to the user leakwatch runs as") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{where}: is not text; it must hold the {what} as its only line") from None
    if not text:
        raise ConfigError(f"{where}: is empty; write the {what} into it")
    if len(text.splitlines()) > 1:
        raise ConfigError(f"{where}: has several lines; it must hold the {what} as its only line")
    return text


class Digest(Section):
    """The summary that is sent at fixed times, also when it is empty."""

    cron: str = "7 9 * * *"
    """When, in the five fields of cron."""
    timezone: str = "Asia/Shanghai"
    """The zone of that time."""


class Silence(Section):
    """Incidents whose alerts are held back for a while, for a stated reason."""

    name: Name
    entity: str | None = None
    service: str | None = None
    path: str | None = None
    until: date
    reason: str
    owner: str = ""
    include_critical: bool = False


class Alerts(Section):
    """Who is alerted."""

    channels: tuple[Channel, ...] = ()
    """The receivers."""
    allow_hosts: tuple[str, ...] = ()
    """Receivers on loopback, private or link-local addresses must be listed here."""
    ca_file: Path | None = None
    """Certificates to trust instead of the system's; found like url_file."""
    proxy: Secret | None = None
    """The HTTP proxy every message goes through; the environment's proxies are never used."""
    lang: Literal["zh", "en"] = "zh"
    """The language of the messages."""
    heartbeat: Duration | None = None
    """How often channels of type webhook get a heartbeat, so that they notice when it stops; none: never."""
    digest: Digest | None = None
    """The daily summary."""
    silences: tuple[Silence, ...] = Field(default=())
    """Incidents whose alerts are held back for a while."""
