"""Microsoft Teams through Workflows. HTTP 202 means that the flow has started; its result is not returned."""

from __future__ import annotations

from typing import Any, ClassVar

from leakwatch.core.alert import Message
from leakwatch.core.errors import MessageFault, TryLater, UnknownAnswer
from leakwatch.core.model import Severity
from leakwatch.notify.message_text import NAMES, ROOMS, Card, TextLimits, compose, fitting
from leakwatch.notify.rate_limit import MINUTE, Limit
from leakwatch.notify.receiver_answers import check_status
from leakwatch.notify.sink import JSON_HEADERS, SinkSettings, SinkTraits, encode

BODY_BYTES = 20_000
"""The flow fails unseen somewhere above 21 KB."""

_COLOURS = {Severity.CRITICAL: "Attention", Severity.HIGH: "Attention", Severity.MEDIUM: "Warning"}


class Teams:
    """Posts an adaptive card. ``mention`` has no effect: the author of the flow decides whom it mentions."""

    traits: ClassVar[SinkTraits] = SinkTraits(
        names=NAMES,
        accepted=b"",
        limits=(Limit(60, MINUTE), Limit(4, 1.0)),
        body_bytes=BODY_BYTES,
    )

    def __init__(self, settings: SinkSettings) -> None:
        self._settings = settings

    def render(self, message: Message, *, brief: bool = False) -> bytes:
        """See ``Sink.render``."""

        def body(room: TextLimits) -> bytes:
            card = compose(message, room, self._settings.keyword, self._settings.zone)
            elements = [_text("\n\n".join(card.lines()))] if brief else _elements(card)
            return encode(_envelope(elements))

        return body(ROOMS[-1]) if brief else fitting(body, lambda built: len(built) <= BODY_BYTES)

    def cost(self, body: bytes) -> int:  # noqa: ARG002  # every body is one post
        """See ``Sink.cost``."""
        return 1

    def send(self, body: bytes, message_id: str) -> None:  # noqa: ARG002  # a flow knows no idempotency key
        """See ``Sink.send``."""
        reply = self._settings.client.post(self._settings.url, body, JSON_HEADERS)
        check_status(reply)
        if b"failed with error" in reply.body:  # the old connectors report it inside HTTP 200
            if b"429" in reply.body:
                raise TryLater("Teams asks to slow down (429 inside the answer)", "429", reply.after, hold=True)
            if b"413" in reply.body:
                raise MessageFault("Teams refuses the message: too long (413 inside the answer)", "413")
            raise UnknownAnswer("Teams reports a failure that is not known", "failed")
        if reply.status != 202 and reply.body.strip() not in {b"", b"1"}:
            raise UnknownAnswer("the flow's answer is not known; is a proxy or a login page in between?", "not-known")


def _envelope(elements: list[dict[str, Any]]) -> dict[str, Any]:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": elements,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _elements(card: Card) -> list[dict[str, Any]]:
    title = _text(card.title, weight="Bolder", size="Medium", color=_COLOURS.get(card.severity, "Default"))
    facts = [{"title": label, "value": value} for label, value in card.facts]
    return [
        title,
        *([{"type": "FactSet", "facts": facts}] if facts else []),
        *(_text(f"{index}. {item}", spacing="Small") for index, item in enumerate(card.items, 1)),
        _text(card.footer, isSubtle=True, size="Small"),
    ]


def _text(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": text, "wrap": True, **more}
