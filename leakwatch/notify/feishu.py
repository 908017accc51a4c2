"""Feishu / Lark custom robots. They answer HTTP 200 on failure; ``code`` 0 alone is success."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, ClassVar

from leakwatch.core.alert import Message
from leakwatch.core.errors import TryLater
from leakwatch.core.model import Severity
from leakwatch.notify.message_text import NAMES, ROOMS, Card, TextLimits, compose, fitting
from leakwatch.notify.rate_limit import MINUTE, Limit
from leakwatch.notify.receiver_answers import AnswerClass, Code, check_status, json_object, number, raise_for
from leakwatch.notify.sink import JSON_HEADERS, SinkSettings, SinkTraits, encode

BODY_BYTES = 20_000
_SIGNATURE_BYTES = 200

_FAULT = "Feishu refuses the message"
CODES = {
    11232: Code(AnswerClass.LATER, "more messages than Feishu allows now", 2),
    9499: Code(AnswerClass.MESSAGE, f"{_FAULT}: malformed or too long"),
    19001: Code(AnswerClass.CHANNEL, "the hook's address is not known"),
    19002: Code(AnswerClass.MESSAGE, f"{_FAULT}: malformed"),
    19021: Code(
        AnswerClass.CHANNEL, "the signature or its time does not match; check the secret of the channel and the clock"
    ),
    19022: Code(AnswerClass.CHANNEL, "this machine's address is not on the robot's list"),
    19024: Code(AnswerClass.CHANNEL, "the robot's keyword is not in the message; set the channel's keyword"),
    11246: Code(AnswerClass.MESSAGE, f"{_FAULT}: it does not take the card"),
}
_TWO_MEANINGS = 9499
_COLOURS = {
    Severity.CRITICAL: "red",
    Severity.HIGH: "orange",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "blue",
    Severity.INFO: "grey",
}


def sign(secret: str, timestamp: int) -> str:
    """Feishu's signature: time (seconds) and secret are the *key*, the message is empty."""
    mac = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


class Feishu:
    """Posts a card (version 1.0, which every client shows)."""

    traits: ClassVar[SinkTraits] = SinkTraits(
        names=NAMES,
        accepted=b'{"code":0}',
        limits=(Limit(90, MINUTE), Limit(4, 1.0)),
        body_bytes=BODY_BYTES,
        signed=True,
        mentions=True,
    )

    def __init__(self, settings: SinkSettings) -> None:
        self._settings = settings

    def render(self, message: Message, *, brief: bool = False) -> bytes:
        """See ``Sink.render``."""

        def body(room: TextLimits) -> bytes:
            card = compose(message, room, self._settings.keyword, self._settings.zone)
            if brief:
                called = self._mentions(card, "user_id")
                return encode({"msg_type": "text", "content": {"text": "\n".join([*card.lines(), *called])}})
            return encode({"msg_type": "interactive", "card": _card(card, self._mentions(card, "id"))})

        if brief:
            return body(ROOMS[-1])
        return fitting(body, lambda built: len(built) <= BODY_BYTES - _SIGNATURE_BYTES)

    def cost(self, body: bytes) -> int:  # noqa: ARG002  # every body is one post
        """See ``Sink.cost``."""
        return 1

    def send(self, body: bytes, message_id: str) -> None:  # noqa: ARG002  # Feishu knows no idempotency key
        """See ``Sink.send``."""
        reply = self._settings.client.post(self._settings.url, self._signed(body), JSON_HEADERS)
        if not 200 <= reply.status < 300 and b'"code"' not in reply.body:
            check_status(reply)
        answer = json_object(reply)  # of a 400 as well: Feishu puts its codes there, too
        code = number(answer.get("code"))
        if code == _TWO_MEANINGS and "too many" in str(answer.get("msg", "")).lower():
            raise TryLater(f"more messages than Feishu allows now (code {code})", str(code), 5.0, hold=True)
        if code == 0:
            check_status(reply)
        raise_for(code, CODES, reply.after)

    def _signed(self, body: bytes) -> bytes:
        if self._settings.secret is None:
            return body
        timestamp = int(self._settings.clock())
        signature = {"timestamp": str(timestamp), "sign": sign(self._settings.secret, timestamp)}
        return encode(signature | json.loads(body))

    def _mentions(self, card: Card, attribute: str) -> list[str]:
        """The line that calls people; cards and texts name the person in different attributes."""
        if card.severity < Severity.CRITICAL or not self._settings.mention:
            return []
        users = ("all" if one == "@all" else one for one in self._settings.mention)
        return [" ".join(f'<at {attribute}="{one}"></at>' for one in users)]


def _card(card: Card, called: list[str]) -> dict[str, Any]:
    lines = [f"**{label.strip()}** {value}" for label, value in card.facts]
    lines += [f"{index}. {item}" for index, item in enumerate(card.items, 1)]
    return {
        "config": {"wide_screen_mode": True},
        "header": {"title": {"tag": "plain_text", "content": card.title}, "template": _COLOURS[card.severity]},
        "elements": [
            {"tag": "div", "text": {"tag": "lark_md", "content": "\n".join([*lines, *called])}},
            {"tag": "note", "elements": [{"tag": "plain_text", "content": card.footer}]},
        ],
    }
