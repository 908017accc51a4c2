"""What every chat has to hold, over ``SINKS``: a new one is tested by its line in the table."""

from __future__ import annotations

import json
import traceback
import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.alert_samples import alert, gap, incident, message
from support.receivers import HTML, RESET, STRICT, Answer, Receiver, stand_in

from leakwatch.config.alerts import Channel
from leakwatch.core.alert import Reason
from leakwatch.core.errors import ChannelFault, DeliveryError, MaybeDelivered, MessageFault, TryLater, UnknownAnswer
from leakwatch.core.model import Severity
from leakwatch.notify import SINKS
from leakwatch.notify.http_client import HttpClient, Timeouts
from leakwatch.notify.sink import SinkSettings

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ALL = pytest.mark.parametrize("kind", list(SINKS))
CHATS = pytest.mark.parametrize("kind", [kind for kind, sink in SINKS.items() if sink.traits.names > 1])
TRAP = '<@all> <!channel> @all @所有人 <at id=all></at> <at user_id="all">x</at> [x](https://evil.example) *b* `c` &lt;!here&gt;'


def robot(kind: str) -> Receiver:
    return stand_in(kind, **({"secret": SECRET} if SINKS[kind].traits.signed else {}))


def sink(kind: str, url: str = "https://hooks.example.com/TOKEN", total: float = 60.0, **more: object):
    client = HttpClient(allow_hosts=("127.0.0.1",), timeouts=Timeouts(30.0, 30.0, total))
    return SINKS[kind](SinkSettings(url=url, client=client, secret=SECRET, **more))


def deliver(kind: str, receiver: Receiver, one=None, total: float = 60.0) -> None:
    spoken = message(one or alert(incident()))
    target = sink(kind, receiver.url, total)
    target.send(target.render(spoken), spoken.id)


def test_the_table_is_the_configurations_list():
    """Every channel type that can be configured has a sink, and every strict stand-in belongs to one."""
    types = set(typing.get_args(Channel.model_fields["type"].annotation))
    assert set(SINKS) == types
    assert set(STRICT) <= types


@ALL
def test_every_alert_is_accepted_by_the_strict_receiver(kind):
    """First, later, gap, closed gap, test; in both languages."""
    subjects = [
        alert(incident()),
        alert(incident("LW-2", logger=None, field_key=None), seq=2, reason=Reason.GROWTH),
        alert(gap()),
        alert(gap(closed_at=1.0), reason=Reason.GAP_CLOSED),
        alert(),
    ]
    with robot(kind) as receiver:
        target = sink(kind, receiver.url)
        for index, one in enumerate(subjects):
            for lang in ("zh", "en"):
                spoken = message(one, lang=lang, identity=f"{one.id}-{index}-{lang}")
                target.send(target.render(spoken), spoken.id)
        assert len(receiver.shown) == 10


@ALL
def test_the_short_form_is_accepted_too(kind):
    """It is what a refused message is tried with once more."""
    with robot(kind) as receiver:
        target = sink(kind, receiver.url)
        spoken = message(alert(incident(path="路径" * 4000, sample="中" * 9000)))
        target.send(target.render(spoken, brief=True), spoken.id)
        assert len(receiver.shown) == 1


@CHATS
def test_a_card_of_several_is_accepted(kind):
    """25 named of 300 waiting, with the longest texts."""
    many = [alert(incident(f"LW-{index}", service="服务" * 300, logger="记录" * 300)) for index in range(40)]
    with robot(kind) as receiver:
        target = sink(kind, receiver.url)
        for brief in (False, True):
            spoken = message(*many, waiting=300, identity=f"several-{brief}")
            target.send(target.render(spoken, brief=brief), spoken.id)
        assert len(receiver.shown) == 2


@ALL
@settings(max_examples=30, deadline=None)
@given(
    filler=st.sampled_from(["中", "😀", "a", "é中", "@", "<", '"', "\\"]),
    size=st.integers(1, 7000),
    brief=st.booleans(),
)
def test_bodies_keep_to_the_limits_at_every_length(kind, filler, size, brief):
    """Any length of any width of characters is cut in time; the stand-in judges by the documented limits."""
    text = filler * size
    full = incident(
        service=text, place=text, path=text, logger=text, field_key=text, sample=text, owner=text, host=text
    )
    receiver = robot(kind)
    receiver._server.server_close()
    body = sink(kind, keyword="告警").render(message(alert(full)), brief=brief)
    for document in _documents(body):
        json.loads(document)
        _judge(kind, receiver, document)


def _documents(body: bytes) -> list[bytes]:
    """The JSON documents of a body: one, or one a line."""
    try:
        json.loads(body)
    except ValueError:
        return body.splitlines()
    return [body]


def _judge(kind: str, receiver: Receiver, body: bytes) -> None:
    if kind == "wecom":
        (content,) = (part["content"] for name, part in json.loads(body).items() if name != "msgtype")
        assert len(content.encode()) <= (4096 if b'"markdown"' in body else 2048)
    elif kind == "slack":
        for block in json.loads(body).get("blocks", ()):
            texts = [block["text"]["text"]] if "text" in block else [one["text"] for one in block["elements"]]
            assert all(0 < len(one) <= (150 if block["type"] == "header" else 3000) for one in texts)
        assert len(body.decode()) <= 13_000
    elif (limit := SINKS[kind].traits.body_bytes) is not None:
        assert len(body) <= limit


@ALL
def test_chinese_is_sent_as_itself(kind):
    """Escapes would double its size."""
    assert "服务甲".encode() in sink(kind).render(message(alert(incident(service="服务甲"))))


@CHATS
@pytest.mark.parametrize("brief", [False, True])
def test_no_mention_survives_from_the_log(kind, brief):
    """Whatever is in paths, loggers, keys, samples and names: no one is mentioned, nothing becomes a link."""
    trapped = incident(
        "LW-<@all>",
        service=TRAP,
        place=TRAP,
        path=TRAP,
        logger=TRAP,
        field_key=TRAP,
        sample=TRAP,
        owner=TRAP,
        host=TRAP,
        entities={TRAP: 1},
    )
    trapped_gap = gap(root=TRAP, path=TRAP, detail=TRAP)
    for spoken in (
        message(alert(trapped)),
        message(alert(trapped_gap)),
        message(alert(trapped), alert(trapped_gap), alert(), identity=TRAP),
    ):
        body = sink(kind).render(spoken, brief=brief).decode()
        text = "\n".join(_texts(json.loads(body)))
        for poison in ("<@", "<!", "<at", "@all", "@所有人", "](", "://evil", "&lt;"):
            assert poison not in text, poison


def _texts(document: object) -> list[str]:
    if isinstance(document, dict):
        return [text for name, value in document.items() if name != "msgUuid" for text in _texts(value)]
    if isinstance(document, list):
        return [text for value in document for text in _texts(value)]
    return [document] if isinstance(document, str) else []


@CHATS
def test_the_keyword_is_in_every_form(kind):
    """Keyword mode refuses any message without it, the fallback included."""
    for spoken in (message(alert(incident())), message(alert(), alert(gap())), message(alert(gap()))):
        for brief in (False, True):
            assert "告警词".encode() in sink(kind, keyword="告警词").render(spoken, brief=brief)


@ALL
def test_only_critical_messages_call_people_and_only_configured_ones(kind):
    """A mention is for what cannot wait."""
    people = ("user-1", "@all", "13900000001")
    high = sink(kind, mention=people).render(message(alert(incident())))
    critical = alert(incident(severity=Severity.CRITICAL))
    loud = sink(kind, mention=people).render(message(critical))
    silent = sink(kind).render(message(critical))
    assert b"user-1" not in high
    assert b"user-1" not in silent
    assert (b"user-1" in loud) == SINKS[kind].traits.mentions
    with robot(kind) as receiver:
        sink(kind, receiver.url).send(loud, critical.id)
        assert len(receiver.shown) == sink(kind).cost(loud)


@ALL
def test_every_attempt_carries_the_same_content(kind):
    """A retry after an unclear end shows the same message with a new signature."""
    with robot(kind) as receiver:
        target = sink(kind, receiver.url)
        spoken = message(alert(incident()))
        body = target.render(spoken)
        receiver.script.append(RESET)
        with pytest.raises(MaybeDelivered):
            target.send(body, spoken.id)
        target.send(body, spoken.id)
        first, second = (request.body for request in receiver.received)
        if kind == "feishu":
            first, second = (
                json.dumps({**json.loads(one), "timestamp": 0, "sign": ""}).encode() for one in (first, second)
            )
        assert first == second


OUTCOMES = [
    (Answer(429, b"", {"Retry-After": "120"}), TryLater),
    (Answer(500), TryLater),
    (Answer(503, b"", {"Retry-After": "7"}), TryLater),
    (Answer(302, b"", {"Location": "https://elsewhere.example/"}), ChannelFault),
    (Answer(401), ChannelFault),
    (Answer(403), ChannelFault),
    (Answer(404), ChannelFault),
    (Answer(410), ChannelFault),
    (Answer(400), MessageFault),
    (Answer(413), MessageFault),
    (Answer(418), UnknownAnswer),
    (RESET, MaybeDelivered),
    (Answer(200, b"", how="drip"), MaybeDelivered),
]


@ALL
@pytest.mark.parametrize(("answer", "outcome"), OUTCOMES)
def test_every_refusal_has_its_outcome_and_reports_no_secret(kind, answer, outcome):
    """Status codes mean the same everywhere, and no error text has the URL, the token, the secret or the body."""
    with robot(kind) as receiver:
        receiver.script.append(answer)
        with pytest.raises(DeliveryError) as caught:
            deliver(kind, receiver, total=2.0 if answer.how == "drip" else 60.0)
        assert type(caught.value) is outcome
        assert receiver.shown == []
        told = caught.value.reason + "".join(traceback.format_exception(caught.value)) + repr(sink(kind)._settings)
        token = receiver.path.rpartition("/")[2].rpartition("=")[2]
        for secret in (token, SECRET, SECRET.removeprefix("whsec_"), str(receiver.port), "LW-7Q2K"):
            assert secret not in told
        if answer.headers.get("Retry-After"):
            assert isinstance(caught.value, TryLater)
            assert caught.value.after == float(answer.headers["Retry-After"])
            assert caught.value.hold


NO_SUCCESS = [
    HTML,
    Answer(200, b"[]"),
    Answer(200, b"{"),
    Answer(200, b'{"msg":"fine"}'),
    Answer(200, b'{"errcode":true,"code":false}'),
    Answer(200, b'{"errcode":null,"code":null}'),
    Answer(200, b'{"errcode":987654,"code":987654}'),
    Answer(200, b"[" * 60_000),
    Answer(200, how="huge"),
]
EMPTY = [(kind, Answer(200, b"")) for kind, sink in SINKS.items() if sink.traits.accepted]  # others say so by status


@pytest.mark.parametrize(
    ("kind", "answer"),
    [(kind, answer) for kind, sink in SINKS.items() if sink.traits.names > 1 for answer in NO_SUCCESS] + EMPTY,
)
def test_a_200_without_success_in_its_body_is_no_success(kind, answer):
    """A login page, an empty body, an unknown code, an endless answer: not delivered."""
    with robot(kind) as receiver:
        receiver.script.append(answer)
        with pytest.raises(UnknownAnswer):
            deliver(kind, receiver)


@ALL
def test_a_wrong_key_is_a_fault_of_the_channel(kind):
    """The robots say so inside HTTP 200; nothing is retried by itself."""
    with robot(kind) as receiver:
        client = HttpClient(allow_hosts=("127.0.0.1",))
        url = receiver.url.replace("0123456789", "x").replace("TEAMS-SIG", "x")
        secret = "whsec_" + "A" * 32 if SINKS[kind].traits.signed else None
        target = SINKS[kind](SinkSettings(url=url, client=client, secret=secret))
        with pytest.raises(ChannelFault):
            target.send(target.render(message(alert())), "test-1")
        assert receiver.shown == []


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_the_minute_limit_is_reported_inside_200(kind):
    """One message more than allowed is not delivered, and the robot rests."""
    with robot(kind) as receiver:
        receiver.per_minute = 1
        deliver(kind, receiver)
        with pytest.raises(TryLater) as caught:
            deliver(kind, receiver)
        assert caught.value.hold
        assert caught.value.after
        assert len(receiver.shown) == 1
