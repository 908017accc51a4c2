"""Slack incoming webhooks. Success is HTTP 200 with the text ``ok``."""

from __future__ import annotations

from typing import Any, ClassVar

from leakwatch.core.alert import Message
from leakwatch.core.errors import ChannelFault, UnknownAnswer
from leakwatch.core.model import Severity
from leakwatch.notify.message_text import NAMES, ROOMS, Card, TextLimits, compose, fitting
from leakwatch.notify.rate_limit import MINUTE, Limit
from leakwatch.notify.receiver_answers import check_status
from leakwatch.notify.sink import JSON_HEADERS, SinkSettings, SinkTraits, encode

SECTION_CHARACTERS = 3000
TOTAL_CHARACTERS = 12_000

_CHANNEL_WORDS = {
    b"invalid_token": "the hook's token is not known",
    b"no_service": "the hook was removed",
    b"no_team": "the workspace is gone",
    b"team_disabled": "the workspace is disabled",
    b"channel_not_found": "the hook's channel is gone",
    b"channel_is_archived": "the hook's channel is archived",
    b"action_prohibited": "the workspace's administrator forbids this hook",
}


class Slack:
    """Posts Block Kit blocks, with a text for the notification."""

    traits: ClassVar[SinkTraits] = SinkTraits(
        names=NAMES,
        accepted=b"ok",
        limits=(Limit(60, MINUTE), Limit(1, 1.0)),
        mentions=True,
    )

    def __init__(self, settings: SinkSettings) -> None:
        self._settings = settings

    def render(self, message: Message, *, brief: bool = False) -> bytes:
        """See ``Sink.render``."""

        def document(room: TextLimits) -> dict[str, Any]:
            card = compose(message, room, self._settings.keyword, self._settings.zone)
            called = self._mentions(card)
            if brief:
                return {"text": "\n".join([*card.lines(), *called])}
            return {"text": card.title, "unfurl_links": False, "unfurl_media": False, "blocks": _blocks(card, called)}

        return encode(document(ROOMS[-1]) if brief else fitting(document, _fits))

    def cost(self, body: bytes) -> int:  # noqa: ARG002  # every body is one post
        """See ``Sink.cost``."""
        return 1

    def send(self, body: bytes, message_id: str) -> None:  # noqa: ARG002  # Slack knows no idempotency key
        """See ``Sink.send``."""
        reply = self._settings.client.post(self._settings.url, body, JSON_HEADERS)
        said = reply.body.strip()
        if said in _CHANNEL_WORDS:
            raise ChannelFault(f"{_CHANNEL_WORDS[said]} ({said.decode()})", said.decode())
        check_status(reply)
        if said != b"ok":
            raise UnknownAnswer("Slack did not answer ok; is a proxy or a login page in between?", "not-ok")

    def _mentions(self, card: Card) -> list[str]:
        if card.severity < Severity.CRITICAL or not self._settings.mention:
            return []
        everybody = {"all", "@all", "channel", "@channel"}
        return [" ".join("<!channel>" if one in everybody else f"<@{one}>" for one in self._settings.mention)]


def _blocks(card: Card, called: list[str]) -> list[dict[str, Any]]:
    lines = [f"*{label.strip()}* {value}" for label, value in card.facts]
    lines += [f"{index}. {item}" for index, item in enumerate(card.items, 1)]
    return [
        {"type": "header", "text": {"type": "plain_text", "text": card.title}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join([*lines, *called])}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": card.footer}]},
    ]


def _fits(document: dict[str, Any]) -> bool:
    section = document["blocks"][1]["text"]["text"]
    return len(section) <= SECTION_CHARACTERS and len(encode(document).decode()) <= TOTAL_CHARACTERS
