"""What is particular to one chat: signatures, code tables, shapes."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from support.alert_samples import alert, gap, incident, message
from support.receivers import (
    Answer,
    DingTalkRobot,
    EventHook,
    FeishuRobot,
    Receiver,
    SlackHook,
    TeamsFlow,
    WeComRobot,
    json_answer,
)

from leakwatch.core.alert import Reason
from leakwatch.core.errors import (
    ChannelFault,
    ConfigError,
    DeliveryError,
    MaybeDelivered,
    MessageFault,
    TryLater,
    UnknownAnswer,
)
from leakwatch.core.model import Severity
from leakwatch.notify import SINKS, dingtalk, feishu, webhook, wecom
from leakwatch.notify.http_client import HttpClient
from leakwatch.notify.receiver_answers import AnswerClass, number
from leakwatch.notify.sink import SinkSettings

WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LATER, CHANNEL, MESSAGE = TryLater, ChannelFault, MessageFault
RULINGS = {AnswerClass.LATER: TryLater, AnswerClass.CHANNEL: ChannelFault, AnswerClass.MESSAGE: MessageFault}


def sink(kind: str, receiver: Receiver, **more: object):
    return SINKS[kind](SinkSettings(url=receiver.url, client=HttpClient(allow_hosts=("127.0.0.1",)), **more))


def outcome(kind: str, receiver: Receiver, answer: Answer, **more: object) -> DeliveryError:
    target = sink(kind, receiver, **more)
    receiver.script.append(answer)
    with pytest.raises(DeliveryError) as caught:
        target.send(target.render(message(alert())), "test-1")
    return caught.value


# -------------------------------------------------------------------------------------------- signatures


def test_dingtalks_published_vector():
    """Key = secret, message = milliseconds, newline, secret."""
    assert dingtalk.sign("SEC0123456789abcdef", 1700000000000) == "TSZbRFUuvaSQaRKUpF970OPCb2/LcQAP3wOvwZIzBZk="


def test_feishus_published_vector():
    """Key = seconds, newline, secret; the message is empty."""
    assert feishu.sign("demo", 1599360473) == "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="


def test_standard_webhooks_published_vector():
    """Id, seconds and the exact bytes, under the decoded key."""
    signature = webhook.sign(
        webhook.signing_keys(WHSEC), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_key_is_changed_both_sign():
    """A receiver that knows the old or the new key accepts."""
    assert len(webhook.sign(webhook.signing_keys(f"{WHSEC} whsec_AAAA"), "a", 1, b"").split()) == 2
    with EventHook("whsec_AAAA") as receiver:
        target = sink("webhook", receiver, secret=f"{WHSEC} whsec_AAAA")
        target.send(target.render(message(alert())), "test-1")
        assert len(receiver.shown) == 1


@pytest.mark.parametrize("secret", ["plain", "whsec_", "whsec_***", f"{WHSEC} other"])
def test_a_secret_that_is_no_webhook_secret_is_a_configuration_error(secret):
    """It is said at the start, in words, without the secret."""
    with pytest.raises(ConfigError, match="whsec_") as caught:
        webhook.signing_keys(secret)
    assert "***" not in str(caught.value)
    assert "plain" not in str(caught.value)


def test_dingtalks_signature_reaches_the_receiver_encoded_once_at_the_time_of_the_attempt():
    """A slash and an equals sign become %2F and %3D, not %252F."""
    with Receiver() as receiver:
        receiver.script.append(json_answer({"errcode": 0, "errmsg": "ok"}))
        target = sink("dingtalk", receiver, secret="SEC0123456789abcdef", clock=lambda: 1700000000.0)
        target.send(target.render(message(alert())), "test-1")
        target_path = receiver.received[0].target
    assert target_path.endswith("?timestamp=1700000000000&sign=TSZbRFUuvaSQaRKUpF970OPCb2%2FLcQAP3wOvwZIzBZk%3D")
    assert parse_qs(urlsplit(target_path).query)["sign"] == ["TSZbRFUuvaSQaRKUpF970OPCb2/LcQAP3wOvwZIzBZk="]


def test_without_a_secret_nothing_is_signed():
    """Keyword and address modes need no signature."""
    with DingTalkRobot() as ding, FeishuRobot() as fei, EventHook() as hook:
        for kind, receiver in (("dingtalk", ding), ("feishu", fei), ("webhook", hook)):
            target = sink(kind, receiver)
            target.send(target.render(message(alert())), "test-1")
            assert len(receiver.shown) == 1
        assert "sign" not in ding.received[0].target
        assert b"sign" not in fei.received[0].body
        assert "webhook-signature" not in hook.received[0].headers


# -------------------------------------------------------------------------------------------- code tables


@pytest.mark.parametrize(
    ("kind", "field", "codes"),
    [
        ("wecom", "errcode", wecom.CODES),
        ("dingtalk", "errcode", dingtalk.CODES),
        ("feishu", "code", {code: one for code, one in feishu.CODES.items() if code != 9499}),
    ],
)
def test_every_known_code_leads_to_its_outcome(kind, field, codes):
    """As a number and as digits; the reason names the code and our meaning, never the receiver's words."""
    with Receiver() as receiver:
        for code, known in codes.items():
            for shown in (code, str(code)):
                found = outcome(
                    kind, receiver, json_answer({field: shown, "errmsg": "THEIR WORDS", "msg": "THEIR WORDS"})
                )
                assert type(found) is RULINGS[known.verdict]
                assert found.reason == f"{known.meaning} (code {code})"
                if isinstance(found, TryLater):
                    assert (found.after, found.hold) == (known.rest, True)


@pytest.mark.parametrize(
    ("errmsg", "words"),
    [
        ("keywords not in content", "keyword"),
        ("description:关键词不匹配;solution:…", "keyword"),
        ("invalid timestamp", "clock"),
        ("sign not match", "secret"),
        ("description:机器人发送签名不匹配;solution:…", "secret"),
        ("ip 1.2.3.4 not in whitelist", "address"),
        ("something new", "security settings"),
    ],
)
def test_dingtalks_310000_reports_which_setting_is_wrong(errmsg, words):
    """One code has four meanings; the text decides which."""
    with Receiver() as receiver:
        found = outcome("dingtalk", receiver, json_answer({"errcode": 310000, "errmsg": errmsg}))
    assert isinstance(found, ChannelFault)
    assert words in found.reason
    assert "1.2.3.4" not in found.reason


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "x"},
        {"status": 1111, "punish": "deny", "errcode": 130101, "errmsg": "send too fast"},
    ],
)
def test_dingtalks_punishment_holds_the_robot_for_ten_minutes(answer):
    """It comes with and without a code."""
    with Receiver() as receiver:
        found = outcome("dingtalk", receiver, json_answer(answer))
    assert isinstance(found, TryLater)
    assert (found.after, found.hold) == (600.0, True)


def test_dingtalks_per_minute_code_rests_one_minute_then_ten():
    """A success in between resets it."""
    with Receiver() as receiver:
        target = sink("dingtalk", receiver)
        body = target.render(message(alert()))
        rests = []
        for code in (660026, 660026, 0, 660026):
            receiver.script.append(json_answer({"errcode": code}))
            try:
                target.send(body, "test-1")
            except TryLater as later:
                rests.append(later.after)
    assert rests == [60.0, 600.0, 60.0]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (json_answer({"code": 9499, "msg": "too many request"}, 400), TryLater),
        (json_answer({"code": 9499, "msg": "Bad Request"}, 400), MessageFault),
        (json_answer({"code": 19001, "msg": "token invalid"}, 400), ChannelFault),
        (json_answer({"code": 0}, 500), TryLater),
        (json_answer({"StatusCode": 0, "StatusMessage": "success"}), UnknownAnswer),
        (json_answer({"code": 19021, "StatusCode": 0}), ChannelFault),
        (Answer(502, b"<html>bad gateway</html>"), TryLater),
    ],
)
def test_feishu_is_read_by_code_and_words_whatever_the_status(answer, expected):
    """9499 has two meanings; ``code`` decides where the old ``StatusCode`` stands beside it."""
    with Receiver() as receiver:
        assert type(outcome("feishu", receiver, answer)) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(404, b"no_service"), ChannelFault),
        (Answer(403, b"invalid_token"), ChannelFault),
        (Answer(403, b"action_prohibited"), ChannelFault),
        (Answer(404, b"channel_not_found"), ChannelFault),
        (Answer(410, b"channel_is_archived"), ChannelFault),
        (Answer(400, b"invalid_payload"), MessageFault),
        (Answer(400, b"user_not_found"), MessageFault),
        (Answer(500, b"rollup_error"), TryLater),
        (Answer(200, b"no_service"), ChannelFault),
        (Answer(200, b"okay"), UnknownAnswer),
    ],
)
def test_slacks_words(answer, expected):
    """Its errors are words in the body."""
    with Receiver() as receiver:
        assert type(outcome("slack", receiver, answer)) is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            Answer(
                200, b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429"
            ),
            TryLater,
        ),
        (
            Answer(
                200, b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413"
            ),
            MessageFault,
        ),
        (Answer(200, b"Webhook message delivery failed with error: something"), UnknownAnswer),
        (Answer(202, b"x failed with error: HTTP error 429"), TryLater),
    ],
)
def test_teams_failures_inside_200(answer, expected):
    """The old connectors report them there."""
    with Receiver() as receiver:
        assert type(outcome("teams", receiver, answer)) is expected


def test_teams_old_connectors_answer_1():
    """Their success is HTTP 200 with a 1."""
    with Receiver() as receiver:
        receiver.script.append(Answer(200, b"1"))
        target = sink("teams", receiver)
        target.send(target.render(message(alert())), "test-1")


def test_a_webhooks_2xx_is_success_and_410_switches_it_off():
    """The body is the receiver's own business."""
    with Receiver() as receiver:
        receiver.script.extend([Answer(200, b"<html>"), Answer(201, how="huge"), Answer(204)])
        target = sink("webhook", receiver)
        for _ in range(3):
            target.send(target.render(message(alert())), "test-1")
        assert isinstance(outcome("webhook", receiver, Answer(410)), ChannelFault)


@pytest.mark.parametrize(
    ("value", "code"), [(0, 0), ("0", 0), ("-1", -1), (True, None), (None, None), ("x", None), (0.0, None)]
)
def test_codes_are_numbers_or_their_digits(value, code):
    """``true`` is not 1, and ``0.0`` was never documented."""
    assert number(value) == code


# -------------------------------------------------------------------------------------------- shapes


def test_wecoms_mention_follows_the_message_and_only_it_is_repeated():
    """When the mention fails after the message was accepted, the next attempt sends the mention alone."""
    critical = message(alert(incident(severity=Severity.CRITICAL)))
    with WeComRobot() as robot:
        target = sink("wecom", robot, mention=("all", "zhang", "13900000001"))
        body = target.render(critical)
        accepted = json_answer({"errcode": 0})
        robot.script.extend([accepted, Answer(how="reset"), accepted])
        with pytest.raises(MaybeDelivered):
            target.send(body, critical.id)
        target.send(body, critical.id)
        kinds = [request.document["msgtype"] for request in robot.received]
        assert kinds == ["markdown", "text", "text"]
        text = robot.received[-1].document["text"]
    assert text["mentioned_list"] == ["@all", "zhang"]
    assert text["mentioned_mobile_list"] == ["13900000001"]
    assert text["content"].startswith("🔴 严重")


def test_dingtalk_mentions_stand_in_the_text_as_well():
    """Otherwise the service does not call anybody."""
    with DingTalkRobot() as robot:
        target = sink("dingtalk", robot, mention=("@all", "manager1", "+1-1234567890"))
        target.send(target.render(message(alert(incident(severity=Severity.CRITICAL)))), "LW-1")
        (shown,) = robot.shown
    assert shown["at"] == {"atMobiles": ["+1-1234567890"], "atUserIds": ["manager1"], "isAtAll": True}
    for word in ("@所有人", "@manager1", "@+1-1234567890"):
        assert word in shown["markdown"]["text"]


def test_a_repetition_at_dingtalk_is_shown_once():
    """``msgUuid`` is the message's id."""
    with DingTalkRobot() as robot:
        target = sink("dingtalk", robot)
        spoken = message(alert(incident()))
        for _ in range(2):
            target.send(target.render(spoken), spoken.id)
        assert len(robot.received) == 2
        assert len(robot.shown) == 1
        assert robot.shown[0]["msgUuid"] == spoken.id


@pytest.mark.parametrize("brief", [False, True])
def test_feishu_and_slack_mentions_have_the_form_of_the_message(brief):
    """Cards and texts of Feishu name a person in different attributes."""
    critical = message(alert(incident(severity=Severity.CRITICAL)))
    with FeishuRobot() as fei, SlackHook() as slack:
        card = sink("feishu", fei, mention=("@all", "ou_1")).render(critical, brief=brief).decode()
        block = sink("slack", slack, mention=("@all", "U1")).render(critical, brief=brief).decode()
    attribute = "user_id" if brief else "id"
    assert f'<at {attribute}=\\"all\\"></at> <at {attribute}=\\"ou_1\\"></at>' in card
    assert "<!channel> <@U1>" in block


def test_teams_facts_are_strings_and_the_card_is_an_old_enough_version():
    """Newer versions and numbers make the flow fail unseen."""
    with TeamsFlow() as flow:
        card = json.loads(sink("teams", flow).render(message(alert(incident()))))["attachments"][0]["content"]
    assert card["version"] == "1.4"
    (facts,) = (part["facts"] for part in card["body"] if part["type"] == "FactSet")
    assert all(isinstance(fact["value"], str) for fact in facts)


# -------------------------------------------------------------------------------------------- the webhook's data


def event(one, **more: object):
    with EventHook(WHSEC) as hook:
        target = sink("webhook", hook, secret=WHSEC, host="web 1", **more)
        spoken = message(one)
        target.send(target.render(spoken), spoken.id)
        target.send(target.render(spoken), spoken.id)
        assert len(hook.received) == 2
        (shown,) = hook.shown
        return shown, hook.received[0].headers


def test_an_incident_is_a_cloudevent_with_a_data_security_finding():
    """The required attributes of both, counts by kind, and never the fields that hold what matched."""
    shown, headers = event(alert(incident(), seq=2, reason=Reason.GROWTH))
    assert headers["content-type"] == "application/cloudevents+json; charset=UTF-8"
    assert headers["webhook-id"] == shown["id"] == "LW-7Q2K-2"
    assert shown["specversion"] == "1.0"
    assert shown["type"] == "leakwatch.incident.updated"
    assert shown["source"] == "/leakwatch/web%201"
    assert shown["subject"] == "LW-7Q2K"
    assert set(shown) <= {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"}
    data = shown["data"]
    assert (data["class_uid"], data["category_uid"], data["activity_id"], data["type_uid"]) == (2006, 2, 2, 200602)
    assert (data["severity_id"], data["status_id"], data["count"]) == (4, 2, 52)
    assert data["time"] == data["finding_info"]["first_seen_time"] == 1_790_000_000_000
    assert data["metadata"]["uid"] == "LW-7Q2K-2"
    assert data["metadata"]["sequence"] == 2
    assert data["finding_info"]["uid"] == "LW-7Q2K"
    assert data["data_security"]["discovery_details"] == [
        {"type": "CN_MOBILE", "count": 12},
        {"type": "CN_RESIDENT_ID", "count": 40},
    ]
    assert data["data_security"]["confidentiality"] == "JR/T 0171-2020 C2"
    assert data["unmapped"]["leakwatch"]["sample_redacted"] == "110101********0015"
    text = json.dumps(shown)
    for forbidden in ("pattern_match", '"value"', "raw_data"):
        assert forbidden not in text


@pytest.mark.parametrize(
    ("reason", "kind", "activity"),
    [
        (Reason.FIRST, "leakwatch.incident.opened", 1),
        (Reason.BACKLOG, "leakwatch.incident.opened", 1),
        (Reason.NEW_ENTITY, "leakwatch.incident.updated", 2),
        (Reason.SEVERITY_UP, "leakwatch.incident.updated", 2),
    ],
)
def test_the_event_type_reports_new_or_more(reason, kind, activity):
    """A receiver can route by it."""
    shown, _ = event(alert(incident(), reason=reason))
    assert (shown["type"], shown["data"]["activity_id"]) == (kind, activity)


@pytest.mark.parametrize(
    ("entities", "category"),
    [
        (["CN_MOBILE"], 1),
        (["DEVICE_ID", "PERSON_NAME"], 1),
        (["CN_RESIDENT_ID", "CN_PASSPORT"], 2),
        (["BANK_CARD", "CARD_CVV"], 3),
        (["SECRET_TOKEN"], 6),
        (["SECRET_TOKEN", "CN_MOBILE"], 99),
    ],
)
def test_the_category_is_the_kinds_or_mixed(entities, category):
    """OCSF has one category for the whole finding."""
    shown, _ = event(alert(incident(entities=dict.fromkeys(entities, 1))))
    assert shown["data"]["data_security"]["category_id"] == category


def test_a_gap_has_event_types_of_its_own():
    """Blindness is not a finding."""
    opened, _ = event(alert(gap()))
    closed, _ = event(alert(gap(closed_at=1_790_000_060.0), reason=Reason.GAP_CLOSED))
    assert (opened["type"], closed["type"]) == ("leakwatch.gap.opened", "leakwatch.gap.closed")
    assert opened["data"]["kind"] == "denied"
    assert opened["data"]["closed_time"] is None
    assert closed["data"]["closed_time"] == 1_790_000_060_000
    assert opened["data"]["advice"]


def test_machines_get_paths_as_they_are_without_hidden_characters():
    """No look-alikes in data, but nothing that deceives a reader either."""
    shown, _ = event(alert(incident(path="/var/log/a_b*\u202e\n/x.log")))
    assert shown["data"]["file"]["path"] == "/var/log/a_b* /x.log"


def test_the_alertmanager_format_is_one_alert_per_kind_with_strings_only():
    """For tool chains that read Alertmanager's webhook already; signed just the same."""
    shown, headers = event(alert(incident()), format="alertmanager")
    assert headers["content-type"].startswith("application/json")
    assert headers["webhook-signature"].startswith("v1,")
    assert (shown["version"], shown["status"], shown["truncatedAlerts"]) == ("4", "firing", 0)
    assert [one["labels"]["entity"] for one in shown["alerts"]] == ["CN_MOBILE", "CN_RESIDENT_ID"]
    assert [one["annotations"]["count"] for one in shown["alerts"]] == ["12", "40"]
    assert shown["groupLabels"] == {"incident": "LW-7Q2K"}
    assert shown["commonLabels"]["service"] == "loan-api"
    assert "entity" not in shown["commonLabels"]
    for one in shown["alerts"]:
        assert one["endsAt"] == "0001-01-01T00:00:00Z"
        assert one["startsAt"] == "2026-09-21T14:13:20.000Z"
        assert all(isinstance(value, str) for value in (one["labels"] | one["annotations"]).values())
    assert len({one["fingerprint"] for one in shown["alerts"]}) == 2


def test_labels_of_the_watch_go_with_every_form_and_replace_nothing():
    """As data in OCSF and Alertmanager (whose own labels win), in words in a chat; without hidden characters."""
    labelled = alert(incident(labels={"zone": "dmz", "tier": "a\u202eb", "severity": "none"}))
    shown, _ = event(labelled)
    assert shown["data"]["metadata"]["labels"] == ["zone:dmz", "tier:ab", "severity:none"]
    assert shown["data"]["unmapped"]["leakwatch"]["labels"] == {"zone": "dmz", "tier": "ab", "severity": "none"}
    shown, _ = event(labelled, format="alertmanager")
    assert {"zone": "dmz", "tier": "ab", "severity": "high"}.items() <= shown["commonLabels"].items()


def test_gaps_and_tests_in_alertmanagers_format():
    """A closed gap resolves the alert that its opening fired."""
    opened, _ = event(alert(gap()), format="alertmanager")
    closed, _ = event(alert(gap(closed_at=1_790_000_060.0), reason=Reason.GAP_CLOSED), format="alertmanager")
    assert (opened["status"], closed["status"]) == ("firing", "resolved")
    assert opened["alerts"][0]["fingerprint"] == closed["alerts"][0]["fingerprint"]
    assert closed["alerts"][0]["endsAt"] == "2026-09-21T14:14:20.000Z"
    point, _ = event(alert(gap(closed_at=1_790_000_000.0)), format="alertmanager")
    assert point["status"] == "firing"
    assert event(alert(), format="alertmanager")[0]["alerts"][0]["labels"]["alertname"] == "LeakwatchTest"


def test_a_heartbeat_can_be_reported_from_everything_else():
    """A receiver takes it for a dead man's switch: an event type, or an alert, of its own."""
    beat = alert(reason=Reason.HEARTBEAT, id="alive-1790000000")
    shown, _ = event(beat)
    assert (shown["type"], shown["id"]) == ("leakwatch.heartbeat", "alive-1790000000")
    assert "subject" not in shown
    shown, _ = event(beat, format="alertmanager")
    assert (shown["status"], shown["alerts"][0]["labels"]) == (
        "firing",
        {"alertname": "LeakwatchHeartbeat", "severity": "info"},
    )
