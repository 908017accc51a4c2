"""What receivers answer, turned into outcomes. Only our own words and a code get into a reason, never their text."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leakwatch.core.errors import ChannelFault, DeliveryError, MessageFault, TryLater, UnknownAnswer
from leakwatch.notify.http_client import Reply

_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_CHANNEL = {
    401: "it wants other credentials",
    403: "it refuses these credentials",
    404: "it knows no such address; the robot or hook may have been removed",
    405: "it takes no POST at this address",
    407: "the proxy wants credentials",
    410: "this address was switched off",
}
_MESSAGE = frozenset({400, 406, 411, 413, 415, 422})


class AnswerClass(enum.Enum):
    """What to do about a known code."""

    LATER = "later"
    CHANNEL = "channel"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Code:
    """A documented code: what to do, what it means, and for how many seconds the robot refuses (for ``LATER``)."""

    verdict: AnswerClass
    meaning: str
    rest: float | None = None

    def outcome(self, code: str, after: float | None = None) -> DeliveryError:
        """The exception to raise; the longer of ``after`` (what the receiver asked for) and ``rest`` counts."""
        reason = f"{self.meaning} (code {code})"
        match self.verdict:
            case AnswerClass.LATER:
                rests = [seconds for seconds in (self.rest, after) if seconds is not None]
                return TryLater(reason, code, max(rests, default=None), hold=True)
            case AnswerClass.CHANNEL:
                return ChannelFault(reason, code)
            case AnswerClass.MESSAGE:
                return MessageFault(reason, code)


def check_status(reply: Reply) -> None:
    """Return for a 2xx; raise the outcome of any other HTTP status."""
    status, code = reply.status, str(reply.status)
    if 200 <= status < 300:
        return
    if status in _LATER:
        why = "the receiver asks to slow down" if status == 429 else "the receiver is not able to answer now"
        raise TryLater(f"{why} (HTTP {code})", code, reply.after, hold=True)
    if status in _CHANNEL:
        raise ChannelFault(f"the receiver refuses this channel: {_CHANNEL[status]} (HTTP {code})", code)
    if status in _MESSAGE:
        raise MessageFault(f"the receiver refuses this message (HTTP {code})", code)
    raise UnknownAnswer(f"the receiver's answer is not known (HTTP {code})", code)


def json_object(reply: Reply) -> Mapping[str, Any]:
    """The JSON object in the answer; ``UnknownAnswer`` for anything else (a login page, a truncated answer)."""
    try:
        answer = json.loads(reply.body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise UnknownAnswer("the receiver did not answer in JSON; is a proxy or a login page in between?", "not-json")
    return answer


def number(value: object) -> int | None:
    """A code as a number, from a number or its digits; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(str(value)[:12])
    except ValueError:
        return None


def raise_for(code: int | None, known: Mapping[int, Code], after: float | None = None) -> None:
    """Return for code 0; raise the outcome of any other code, known or not."""
    if code == 0:
        return
    if code is None:
        raise UnknownAnswer("the receiver's answer has no code", "no-code")
    if code in known:
        raise known[code].outcome(str(code), after)
    raise UnknownAnswer(f"the receiver's code is not known (code {code})", str(code))
