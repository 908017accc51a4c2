"""DingTalk (钉钉) custom robots. They answer HTTP 200 on failure; ``errcode`` 0 alone is success."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from leakwatch.core.alert import Message
from leakwatch.core.errors import ChannelFault, TryLater
from leakwatch.core.model import Severity
from leakwatch.notify.message_text import NAMES, ROOMS, Card, TextLimits, compose, fitting
from leakwatch.notify.rate_limit import MINUTE, Limit
from leakwatch.notify.receiver_answers import AnswerClass, Code, check_status, json_object, number, raise_for
from leakwatch.notify.sink import JSON_HEADERS, SinkSettings, SinkTraits, encode

BODY_BYTES = 20_000

_BLOCK = 600.0
_FAULT = "DingTalk refuses the message"
CODES = {
    -1: Code(AnswerClass.LATER, "DingTalk is busy", 30),
    130101: Code(AnswerClass.LATER, "more messages than DingTalk allows in a minute", _BLOCK),
    410100: Code(AnswerClass.LATER, "more messages than DingTalk allows in a minute", _BLOCK),
    300001: Code(AnswerClass.CHANNEL, "the access_token is not known"),
    300005: Code(AnswerClass.CHANNEL, "the access_token is not known"),
    400101: Code(AnswerClass.CHANNEL, "the access_token is not known"),
    400102: Code(AnswerClass.CHANNEL, "the robot was stopped"),
    400106: Code(AnswerClass.CHANNEL, "the robot was removed"),
    400013: Code(AnswerClass.CHANNEL, "the robot's group was dissolved"),
    40035: Code(AnswerClass.CHANNEL, "the address has no access_token"),
    43002: Code(AnswerClass.MESSAGE, f"{_FAULT}: not a POST"),
    43004: Code(AnswerClass.MESSAGE, f"{_FAULT}: Content-Type"),
    400105: Code(AnswerClass.MESSAGE, f"{_FAULT}: unknown message type"),
    **{code: Code(AnswerClass.MESSAGE, f"{_FAULT}: a field is missing") for code in (400302, 400303, 400304)},
    **{code: Code(AnswerClass.MESSAGE, f"{_FAULT}: a field is missing") for code in (400401, 400402, 400403)},
    **{code: Code(AnswerClass.MESSAGE, f"{_FAULT}: it finds the content unsafe") for code in range(430101, 430105)},
    460101: Code(AnswerClass.MESSAGE, f"{_FAULT}: too long"),
}
_SECURITY = 310000
_SECURITY_MEANINGS = (
    (("keyword", "关键词"), "the robot's keyword is not in the message; set the channel's keyword"),
    (("timestamp", "时间"), "the time is off by more than an hour; set this machine's clock"),
    (("sign", "签名"), "the signature does not match; check the secret of the channel"),
    (("whitelist", "ip"), "this machine's address is not on the robot's list"),
)
_PER_MINUTE = 660026


def sign(secret: str, timestamp: int) -> str:
    """DingTalk's signature, not yet URL-encoded: the secret is the key; ``timestamp`` is in milliseconds."""
    mac = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


class DingTalk:
    """Posts markdown; ``msgUuid`` keeps a repeated attempt from being shown twice."""

    traits: ClassVar[SinkTraits] = SinkTraits(
        names=NAMES,
        accepted=b'{"errcode":0}',
        limits=(Limit(18, MINUTE),),
        body_bytes=BODY_BYTES,
        signed=True,
        mentions=True,
    )

    def __init__(self, settings: SinkSettings) -> None:
        self._settings = settings
        self._slowed = False

    def render(self, message: Message, *, brief: bool = False) -> bytes:
        """See ``Sink.render``."""

        def body(room: TextLimits) -> bytes:
            card = compose(message, room, self._settings.keyword, self._settings.zone)
            called, at = self._mentions(card)
            if brief:
                content: dict[str, Any] = {"msgtype": "text", "text": {"content": "\n".join([*card.lines(), *called])}}
            else:
                text = "\n\n".join([_markdown(card), *called])
                content = {"msgtype": "markdown", "markdown": {"title": card.title, "text": text}}
            return encode({**content, "at": at, "msgUuid": message.id})

        return body(ROOMS[-1]) if brief else fitting(body, lambda built: len(built) <= BODY_BYTES)

    def cost(self, body: bytes) -> int:  # noqa: ARG002  # every body is one post
        """See ``Sink.cost``."""
        return 1

    def send(self, body: bytes, message_id: str) -> None:  # noqa: ARG002  # it is in the body, as msgUuid
        """See ``Sink.send``."""
        reply = self._settings.client.post(self._address(), body, JSON_HEADERS)
        check_status(reply)
        answer = json_object(reply)
        code = number(answer.get("errcode"))
        if code == _SECURITY:
            raise ChannelFault(f"{_security(answer)} (code {code})", str(code))
        if code == _PER_MINUTE:
            rest, self._slowed = (_BLOCK if self._slowed else 60.0), True
            raise TryLater(f"more messages than DingTalk allows in a minute (code {code})", str(code), rest, hold=True)
        if code != 0 and "punish" in answer:
            raise TryLater("DingTalk blocks this robot for sending too fast", "punish", _BLOCK, hold=True)
        raise_for(code, CODES, reply.after)
        self._slowed = False

    def _address(self) -> str:
        """The URL, signed for this attempt. The signature is encoded exactly once, by ``urlencode``."""
        url, secret = self._settings.url, self._settings.secret
        if secret is None:
            return url
        timestamp = int(self._settings.clock() * 1000)
        return (
            f"{url}{'&' if '?' in url else '?'}{urlencode({'timestamp': timestamp, 'sign': sign(secret, timestamp)})}"
        )

    def _mentions(self, card: Card) -> tuple[list[str], dict[str, Any]]:
        """The words that a critical message must contain, and its ``at`` object."""
        mention = self._settings.mention if card.severity >= Severity.CRITICAL else ()
        everybody = any(one in {"all", "@all"} for one in mention)
        some = [one for one in mention if one not in {"all", "@all"}]
        phones = [one for one in some if one.isascii() and one.lstrip("+").replace("-", "").isdigit()]
        people = [one for one in some if one not in phones]
        words = [" ".join([f"@{one}" for one in some] + ["@所有人"] * everybody)] if mention else []
        return words, {"atMobiles": phones, "atUserIds": people, "isAtAll": everybody}


def _markdown(card: Card) -> str:
    lines = [f"#### {card.title}"]
    lines += [f"> **{label.strip()}** {value}" for label, value in card.facts]
    lines += [f"{index}. {item}" for index, item in enumerate(card.items, 1)]
    # a single line break is not one in DingTalk's markdown
    return "\n\n".join([*lines, card.footer])


def _security(answer: Mapping[str, Any]) -> str:
    said = str(answer.get("errmsg", "")).lower()
    for words, meaning in _SECURITY_MEANINGS:
        if any(word in said for word in words):
            return meaning
    return "the robot's security settings refuse the message"
