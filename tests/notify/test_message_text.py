"""What an alert says to people."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from support.alert_samples import T0, alert, gap, incident, message

from leakwatch.core.alert import Reason
from leakwatch.core.model import GapKind, Severity
from leakwatch.notify.message_text import ROOMS, compose, fitting
from leakwatch.notify.phrases import SYMBOLS, entity_title
from leakwatch.text.messages import LANGUAGES, catalogue
from leakwatch.text.messages import message as translate

CHINA = timezone(timedelta(hours=8))


def said(one, lang="zh", **more):
    return "\n".join(compose(message(one, lang=lang), ROOMS[0], zone=CHINA, **more).lines())


def test_the_first_message_reports_one_clear_thing_in_chinese():
    """Severity in word and symbol, what, how many, where, a masked sample, class, when, whose, what next, and its number."""
    identity, mobile = entity_title("CN_RESIDENT_ID", "zh"), entity_title("CN_MOBILE", "zh")
    assert said(alert(incident())).splitlines() == [
        f"🟠 高 · 发现泄露 · {identity} ×40、{mobile} ×12 · loan-api",
        f"内容：{identity} ×40、{mobile} ×12",
        "涉及：不超过 37 个不同主体",
        "位置：服务 loan-api · com.example.LoanService · /var/log/loan-api/app.log · 字段 idCard · 主机 web-1",
        "样例（已脱敏）：110101∗∗∗∗∗∗∗∗0015",
        "分级：JR/T 0171-2020 C2",
        "时间：2026-09-21 22:13:20+08:00 – 2026-09-21 22:13:23+08:00",
        "负责人：loan-team",
        "下一步：在主机 web-1 上运行 leakwatch status",
        "LW-7Q2K #1",
    ]


def test_the_first_message_reports_the_same_in_english():
    """Every line has its English words."""
    text = said(alert(incident(severity=Severity.CRITICAL, last_seen=T0)), "en")
    assert "CRITICAL" in text
    assert "at most 37 distinct subjects" in text
    assert "field idCard · host web-1" in text
    assert "2026-09-21 22:13:20+08:00\n" in text
    assert "run leakwatch status on web-1" in text
    assert text.isprintable() or "\n" in text
    assert not any("\u4e00" <= one <= "\u9fff" for one in text)


def test_labels_of_the_watch_are_reported():
    """In one line, made harmless like everything that others wrote."""
    assert "标签：zone=dmz, tier=＠all" in said(alert(incident(labels={"zone": "dmz", "tier": "@all"})))


def test_what_is_not_known_is_left_out():
    """No empty lines for a missing owner, key, class or host."""
    bare = incident(owner="", field_key=None, jrt0171="-", host="", sample="", subjects=0, service="")
    text = said(alert(bare))
    assert not any(line.endswith("· ") or "·  ·" in line for line in text.splitlines())
    assert "·  ·" not in compose(message(alert(bare), alert(bare)), ROOMS[0]).items[0]
    for label in ("负责人", "字段", "分级", "主机 ", "样例", "涉及", "服务", "标签"):
        assert label not in text
    assert "在该主机上运行 leakwatch status" in text


@pytest.mark.parametrize("reason", [Reason.NEW_ENTITY, Reason.SEVERITY_UP, Reason.GROWTH])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_later_messages_give_their_reason(reason, lang):
    """The title names the reason, the footer the number in the row."""
    text = said(alert(incident(), seq=3, reason=reason), lang)
    assert translate(f"alert.reason.{reason.value}", lang) in text.splitlines()[0]
    assert text.endswith("LW-7Q2K #3")


def test_backlog_is_reported_to_be_old():
    """What was there before the first start must not look like a fresh leak."""
    assert "启动前已有" in said(alert(incident(backlog=True)))
    assert "启动前已有的泄露" in said(alert(incident(), reason=Reason.BACKLOG))


@pytest.mark.parametrize("kind", list(GapKind))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_gap_reports_what_is_not_seen_since_when_and_what_to_do(kind, lang):
    """Every kind has words in both languages."""
    text = said(alert(gap(kind)), lang)
    assert translate(f"gap.{kind.value}.what", lang) in text
    assert translate(f"gap.{kind.value}.advice", lang) in text
    assert "/var/log/loan-api/app.log" in text
    assert "2026-09-21 22:13:20+08:00" in text


def test_a_closed_gap_reports_until_when():
    """The end is as much news as the beginning."""
    text = said(alert(gap(closed_at=T0 + 60), reason=Reason.GAP_CLOSED))
    assert "监控盲区已恢复" in text
    assert "恢复时间：2026-09-21 22:14:20+08:00" in text


def test_a_gap_that_was_over_before_it_was_reported_still_reports_what_to_do():
    """A file deleted unread is over as a gap, but nothing is fixed."""
    text = said(alert(gap(GapKind.DELETED, closed_at=T0)))
    assert translate(f"gap.{GapKind.DELETED.value}.advice", "zh") in text
    assert "恢复" not in text


def test_what_fits_nowhere_is_reported_as_shortly_as_possible():
    """The last room is taken without asking."""
    assert fitting(lambda room: room, lambda _: False) is ROOMS[-1]


def test_many_kinds_are_counted_not_listed():
    """Six kinds by name, the rest as a number."""
    many = incident(entities={f"RULE_{index}": index for index in range(1, 10)})
    assert "等共 9 类" in said(alert(many))


def test_the_worst_kind_stands_first():
    """One identity number beside a thousand mobile numbers is what the title begins with."""
    mixed = incident(entities={"CN_MOBILE": 1000, "CN_RESIDENT_ID": 1})
    assert f"{entity_title('CN_RESIDENT_ID', 'zh')} ×1、" in compose(message(alert(mixed)), ROOMS[0]).title


def test_an_entity_without_a_title_is_named_by_its_name():
    """Rules of the user's own have no title in the catalogue."""
    assert entity_title("MY_RULE<!channel>", "en") == "MY＿RULE‹!channel›"


def test_several_alerts_share_a_card_that_names_them_and_gives_the_total():
    """Up to 25 are named; the title says how many there are."""
    alerts = [alert(incident(f"LW-{index}")) for index in range(24)] + [alert(gap()), alert(), alert()]
    card = compose(message(*alerts, waiting=300), ROOMS[0])
    assert "300 条告警" in card.title
    assert len(card.items) == 25
    assert "列出 25 条，共 300 条" in card.footer
    assert all(f"LW-{index} #1" in card.items[index] for index in range(24))
    assert all(len(item.encode()) <= 150 for item in card.items)


def test_one_named_alert_of_many_still_gives_the_total():
    """A card that could name only one does not hide the others."""
    assert "7 条" in compose(message(alert(incident()), waiting=7), ROOMS[0]).title


def test_the_worst_grades_the_card():
    """One critical among many makes the card critical."""
    card = compose(message(alert(incident("a")), alert(incident("b", severity=Severity.CRITICAL))), ROOMS[0])
    assert card.severity is Severity.CRITICAL
    assert card.title.startswith("🔴 严重")


def test_the_keyword_stands_first_and_as_it_is():
    """A robot in keyword mode compares it letter by letter, also with brackets in it."""
    card = compose(message(alert(incident())), ROOMS[-1], keyword="[告警]")
    assert card.title.startswith("[告警] ")
    assert compose(message(alert(), alert()), ROOMS[-1], keyword="[告警]").title.startswith("[告警] ")


def test_every_word_table_is_complete():
    """A new severity, reason or gap kind without words would be a message without words."""
    assert set(SYMBOLS) == set(Severity)
    for texts in map(catalogue, LANGUAGES):
        assert {f"alert.reason.{reason.value}" for reason in Reason} <= texts.keys()
        assert {f"gap.{kind.value}.{part}" for kind in GapKind for part in ("what", "advice")} <= texts.keys()
