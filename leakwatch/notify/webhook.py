"""A generic webhook: CloudEvents 1.0 (structured) with OCSF inside, signed as Standard Webhooks.

The signature covers id, time of the attempt and the exact bytes; the id is the same on every attempt, so that the
receiver can drop a repetition. ``format: alertmanager`` posts Alertmanager's body instead, under the same headers.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote

from leakwatch.core.alert import Alert, Message, Reason
from leakwatch.core.errors import ConfigError
from leakwatch.core.model import SCHEMA, Gap, Incident
from leakwatch.notify import alertmanager, ocsf
from leakwatch.notify.receiver_answers import check_status
from leakwatch.notify.sink import JSON_HEADERS, SinkSettings, SinkTraits, encode
from leakwatch.text.messages import message as translate

_PREFIX = "whsec_"
_TYPES = {
    Reason.GAP: "leakwatch.gap.opened",
    Reason.GAP_CLOSED: "leakwatch.gap.closed",
    Reason.TEST: "leakwatch.test",
    Reason.HEARTBEAT: "leakwatch.heartbeat",
    Reason.FIRST: "leakwatch.incident.opened",
    Reason.BACKLOG: "leakwatch.incident.opened",
}
_UPDATED = "leakwatch.incident.updated"
_EVENT_HEADERS = {"Content-Type": "application/cloudevents+json; charset=UTF-8"}


def signing_keys(secret: str) -> tuple[bytes, ...]:
    """The keys in ``whsec_…``; several, separated by blanks, while a key is being changed. ``ConfigError`` if bad."""
    keys: list[bytes] = []
    for one in secret.split():
        try:
            key = base64.b64decode(one.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not one.startswith(_PREFIX) or not key:
            raise ConfigError("a webhook's secret must be whsec_ followed by base64 of 24 to 64 random bytes")
        keys.append(key)
    return tuple(keys)


def sign(keys: tuple[bytes, ...], message_id: str, timestamp: int, body: bytes) -> str:
    """The ``webhook-signature`` header: one ``v1,…`` per key."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    macs = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs)


class Webhook:
    """Posts one event per alert: the receiver is a machine and groups by itself."""

    traits: ClassVar[SinkTraits] = SinkTraits(names=1, accepted=b"", signed=True, heartbeat=True)

    def __init__(self, settings: SinkSettings) -> None:
        self._settings = settings
        self._keys = signing_keys(settings.secret or "")

    def render(self, message: Message, *, brief: bool = False) -> bytes:  # noqa: ARG002  # it has one form only
        """See ``Sink.render``; the message names exactly one alert."""
        (alert,) = message.alerts
        if self._settings.format == "alertmanager":
            return encode(alertmanager.group(alert, message.lang))
        return encode(self._event(alert, message))

    def cost(self, body: bytes) -> int:  # noqa: ARG002  # every body is one post
        """See ``Sink.cost``."""
        return 1

    def send(self, body: bytes, message_id: str) -> None:
        """See ``Sink.send``. Any 2xx is success, whatever the body is."""
        timestamp = int(self._settings.clock())
        headers = JSON_HEADERS if self._settings.format == "alertmanager" else _EVENT_HEADERS
        # the specification forbids dots in ids: they separate the signed parts
        webhook_id = message_id.replace(".", "-")
        headers = headers | {"webhook-id": webhook_id, "webhook-timestamp": str(timestamp)}
        if self._keys:
            headers["webhook-signature"] = sign(self._keys, webhook_id, timestamp, body)
        check_status(self._settings.client.post(self._settings.url, body, headers, read_body=False))

    def _event(self, alert: Alert, message: Message) -> dict[str, Any]:
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": message.id,
            "source": f"/leakwatch/{quote(self._settings.host, safe='')}",
            "type": _TYPES.get(alert.reason, _UPDATED),
            "time": datetime.fromtimestamp(alert.at, UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
        }
        match alert.subject:
            case Incident() as incident:
                return event | {"subject": incident.id, "data": ocsf.finding(alert, incident, message.lang)}
            case Gap() as gap:
                return event | {"subject": gap.kind.value, "data": ocsf.blindness(alert, gap, message.lang)}
            case None:
                key = "alert.heartbeat" if alert.reason is Reason.HEARTBEAT else "alert.channel_works"
                return event | {"data": {"schema": SCHEMA, "message": translate(key, message.lang)}}
