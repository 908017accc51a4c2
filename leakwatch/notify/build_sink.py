"""From a channel of the configuration to the sink that serves it."""

from __future__ import annotations

import socket

from leakwatch.config.alerts import Alerts, Channel
from leakwatch.core.errors import ConfigError
from leakwatch.notify import SINKS
from leakwatch.notify.http_client import HttpClient, Timeouts
from leakwatch.notify.sink import Sink, SinkSettings


def build_sink(
    channel: Channel, *, url: str, secret: str | None, alerts: Alerts, timeouts: Timeouts | None = None
) -> Sink:
    """The sink of a channel with its resolved ``url`` and ``secret``; ``ConfigError`` if one is invalid."""
    client = HttpClient(
        allow_hosts=alerts.allow_hosts,
        proxy=alerts.proxy.get_secret_value() if alerts.proxy is not None else None,
        ca_file=str(alerts.ca_file) if alerts.ca_file is not None else None,
        timeouts=timeouts,
    )
    settings = SinkSettings(
        url=url,
        client=client,
        secret=secret,
        keyword=channel.keyword or "",
        mention=channel.mention,
        format=channel.format,
        host=socket.gethostname(),
    )
    try:
        return SINKS[channel.type](settings)
    except ConfigError as error:
        raise ConfigError(f"channel {channel.name}: {error}") from None
