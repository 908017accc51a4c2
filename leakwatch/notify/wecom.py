"""WeCom (企业微信) group robots. They answer HTTP 200 on failure; ``errcode`` 0 alone is success."""

from __future__ import annotations

from typing import Any, ClassVar

from leakwatch.core.alert import Message
from leakwatch.core.model import Severity
from leakwatch.notify.inert_text import cut
from leakwatch.notify.message_text import NAMES, ROOMS, Card, TextLimits, compose, fitting
from leakwatch.notify.rate_limit import MINUTE, Limit
from leakwatch.notify.receiver_answers import AnswerClass, Code, check_status, json_object, number, raise_for
from leakwatch.notify.sink import JSON_HEADERS, SinkSettings, SinkTraits, encode

MARKDOWN_BYTES = 4096
TEXT_BYTES = 2048

_FAULT = "WeCom refuses the message"
CODES = {
    -1: Code(AnswerClass.LATER, "WeCom is busy", 5),
    45009: Code(AnswerClass.LATER, "more messages than WeCom allows in a minute", 60),
    45033: Code(AnswerClass.LATER, "more messages at once than WeCom allows", 60),
    93000: Code(AnswerClass.CHANNEL, "the key is wrong, or the robot was removed from its group"),
    40058: Code(AnswerClass.MESSAGE, f"{_FAULT}: too long or malformed"),
    40008: Code(AnswerClass.MESSAGE, f"{_FAULT}: unknown message type"),
    40033: Code(AnswerClass.MESSAGE, f"{_FAULT}: characters it does not take"),
    44004: Code(AnswerClass.MESSAGE, f"{_FAULT}: empty"),
    45002: Code(AnswerClass.MESSAGE, f"{_FAULT}: too long"),
    45008: Code(AnswerClass.MESSAGE, f"{_FAULT}: too many articles"),
    47001: Code(AnswerClass.MESSAGE, f"{_FAULT}: not readable as JSON"),
    44001: Code(AnswerClass.MESSAGE, f"{_FAULT}: empty media"),
    40007: Code(AnswerClass.MESSAGE, f"{_FAULT}: unknown media"),
}
_COLOURS = {Severity.CRITICAL: "warning", Severity.HIGH: "warning", Severity.MEDIUM: "info"}


class WeCom:
    """Posts markdown; for a critical message a line of text follows that mentions people.

    The body is one JSON document per line, posted in order.
    """

    traits: ClassVar[SinkTraits] = SinkTraits(
        names=NAMES,
        accepted=b'{"errcode":0}',
        limits=(Limit(18, MINUTE),),
        body_bytes=MARKDOWN_BYTES,
        mentions=True,
    )

    def __init__(self, settings: SinkSettings) -> None:
        self._settings = settings
        self._accepted: tuple[str, int] = ("", 0)

    def render(self, message: Message, *, brief: bool = False) -> bytes:
        """See ``Sink.render``."""

        def card(room: TextLimits) -> Card:
            return compose(message, room, self._settings.keyword, self._settings.zone)

        if brief:
            short = card(ROOMS[-1])
            return encode({"msgtype": "text", "text": {"content": cut("\n".join(short.lines()), TEXT_BYTES)}})
        content = fitting(lambda room: _markdown(card(room)), lambda text: len(text.encode()) <= MARKDOWN_BYTES)
        documents: list[dict[str, Any]] = [{"msgtype": "markdown", "markdown": {"content": content}}]
        short = card(ROOMS[-1])
        if self._settings.mention and short.severity >= Severity.CRITICAL:
            documents.append({"msgtype": "text", "text": {"content": short.title, **_mentions(self._settings.mention)}})
        return b"\n".join(encode(document) for document in documents)

    def cost(self, body: bytes) -> int:
        """See ``Sink.cost``."""
        return len(body.splitlines())

    def send(self, body: bytes, message_id: str) -> None:
        """See ``Sink.send``."""
        accepted_id, accepted = self._accepted
        for index, document in enumerate(body.splitlines()):
            if message_id == accepted_id and index < accepted:
                continue  # the first part got there before the second one failed
            reply = self._settings.client.post(self._settings.url, document, JSON_HEADERS)
            check_status(reply)
            raise_for(number(json_object(reply).get("errcode")), CODES, reply.after)
            self._accepted = (message_id, index + 1)


def _markdown(card: Card) -> str:
    colour = _COLOURS.get(card.severity, "comment")
    lines = [f'**<font color="{colour}">{card.title}</font>**']
    lines += [f"> {label}{value}" for label, value in card.facts]
    lines += [f"{index}. {item}" for index, item in enumerate(card.items, 1)]
    return "\n".join([*lines, f'<font color="comment">{card.footer}</font>'])


def _mentions(mention: tuple[str, ...]) -> dict[str, list[str]]:
    phones = [one for one in mention if one.isascii() and one.isdigit() and len(one) == 11]
    people = ["@all" if one in {"all", "@all"} else one for one in mention if one not in phones]
    return {"mentioned_list": people, "mentioned_mobile_list": phones}
