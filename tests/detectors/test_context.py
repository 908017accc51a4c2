"""Evidence from the text around a value: keys in every notation, words, and counter-evidence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch_detectors.catalog import by_id, detectors
from leakwatch_detectors.evidence.context import Context, Evidence, judge, judge_key, score

MOBILE = by_id("cn-mobile")
PASSPORT = by_id("cn-passport")


def _judge(line: str, detector=MOBILE) -> Context:
    start = line.index("⟦")
    end = line.index("⟧") - 1
    return judge(detector, line.replace("⟦", "").replace("⟧", ""), start, end)


@pytest.mark.parametrize(
    "line",
    [
        *("mobile=⟦13900001234⟧", '"mobile":"⟦13900001234⟧"', '"mobile" : "⟦13900001234⟧"', "mobile: ⟦13900001234⟧"),
        *(
            "手机号：⟦13900001234⟧",
            "<mobile>⟦13900001234⟧</mobile>",
            "手机号是⟦13900001234⟧",
            "手机号为：⟦13900001234⟧",
        ),
        *(
            r"{\"mobile\":\"⟦13900001234⟧\"}",
            "mobile[⟦13900001234⟧]",
            "mobile = '⟦13900001234⟧'",
            "mobile=>⟦13900001234⟧",
        ),
        *("手机⟦13900001234⟧", "手机号 ⟦13900001234⟧", "phone ⟦13900001234⟧", "phone is ⟦13900001234⟧"),
        *("User(id=7, userMobile=⟦13900001234⟧)", "手机号（必填）：⟦13900001234⟧", "手机号[⟦13900001234⟧]"),
        *(
            '"phones":["⟦13900001234⟧"',
            "mobile:⟦13900001234⟧",
            "&mobile=⟦13900001234⟧&x=1",
            "contact.phone -> ⟦13900001234⟧",
        ),
        *("user mobile phone: ⟦13900001234⟧", "MOBILE_NO=⟦13900001234⟧", "tel⟦13900001234⟧", "【手机】⟦13900001234⟧"),
    ],
)
def test_a_key_names_its_value_in_every_notation(line):
    """The key beside the value is found in every notation."""
    assert _judge(line).evidence is Evidence.KEY


@pytest.mark.parametrize(
    "line",
    [
        *(
            "orderNo=⟦13900001234⟧",
            '"traceId":"⟦13900001234⟧"',
            "订单号：⟦13900001234⟧",
            "流水号⟦13900001234⟧",
            "pid ⟦13900001234⟧",
        ),
        *(
            "java.lang.Object@⟦13900001234⟧",
            "thread-⟦13900001234⟧",
            "<orderId>⟦13900001234⟧</orderId>",
            "cost: ⟦13900001234⟧",
        ),
        *('"GET /a HTTP/1.1" 200 ⟦13900001234⟧ "-"', "交易单号：⟦13900001234⟧", "mobileOrderNo=⟦13900001234⟧"),
        *("/api/orders/⟦13900001234⟧", "bytes_sent=⟦13900001234⟧", "余额⟦13900001234⟧"),
        *("工号：⟦13900001234⟧", "单号：⟦13900001234⟧", "出库单号 ⟦13900001234⟧", "优惠券码：⟦13900001234⟧"),
        *(
            "coupon_code=⟦13900001234⟧",
            "totalMemory=⟦13900001234⟧",
            "heap_used: ⟦13900001234⟧",
            "剩余内存：⟦13900001234⟧",
            "disk free ⟦13900001234⟧",
            '"deviceSn":"⟦13900001234⟧"',
            "invoiceNo: ⟦13900001234⟧",
            "barCode=⟦13900001234⟧",
        ),
    ],
)
def test_a_key_of_something_else_is_counter_evidence(line):
    """Orders, traces, object hashes, byte counters and the like."""
    assert _judge(line).evidence is Evidence.NEGATIVE


@pytest.mark.parametrize(
    "line",
    [
        *(
            "请致电客户⟦13900001234⟧确认",
            "⟦13900001234⟧(手机)",
            "短信已发至 ⟦13900001234⟧",
            "/mobile/⟦13900001234⟧/detail",
        ),
        *("手机号变更，新的是 a ⟦13900001234⟧", "mobile,⟦13900001234⟧"),
    ],
)
def test_a_word_near_the_value_is_weak_evidence(line):
    """Words in the raw text around the value, and keys across a comma or slash."""
    assert _judge(line).evidence is Evidence.CONTEXT


@pytest.mark.parametrize(
    "line",
    [
        *(
            "mobileType=⟦13900001234⟧",
            "foo=⟦13900001234⟧",
            "⟦13900001234⟧",
            "手机：无\n⟦13900001234⟧",
            "手机：无\0⟦13900001234⟧",
        ),
        *("手机 10086 和 ⟦13900001234⟧", "⟦13900001234⟧\n手机", "⟦13900001234⟧\0手机", "mobile=null uid=⟦13900001234⟧"),
        *("automobile ⟦13900001234⟧", "'手机','x','⟦13900001234⟧'"),
        *(
            "员工：⟦13900001234⟧",
            "民工⟦13900001234⟧",
            "名单：⟦13900001234⟧",
            "couponed=⟦13900001234⟧",
            "snow=⟦13900001234⟧",
        ),
    ],
)
def test_context_of_another_value_or_line_is_no_evidence(line):
    """Similar keys, other lines and records, and words before another value do not count."""
    assert _judge(line).evidence is Evidence.NONE


def test_a_detectors_own_negative_key_wins_when_it_is_longer():
    """``idCardNo`` ends with "card no" but is the key of something else."""
    card = by_id("bank-card")
    assert judge_key(card, "bankCardNo") is Evidence.KEY
    assert judge_key(card, "idCardNo") is Evidence.NEGATIVE
    assert judge_key(card, "whatever") is Evidence.NONE


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        *((key, Evidence.NEGATIVE) for key in ("id", "userId", "coupon_code", "goods_sn", "uid", "编码", "会员卡号")),
        *((key, Evidence.KEY) for key in ("cardId", "bank_card_id", "accountId", "卡号", "银行卡编号卡号", "ccNumber")),
        *((key, Evidence.NONE) for key in ("ideal", "decode", "列", "succ")),
    ],
)
def test_ids_and_codes_are_no_cards(key, verdict):
    """One number in ten passes Luhn, so a key that names something else counts, as whole words."""
    assert judge_key(by_id("bank-card"), key) is verdict


def test_the_span_of_the_key_is_returned():
    """The span covers the key that names the value, or the unknown key beside it."""
    line = 'x 2026 User Mobile: 13900001234 {"foo":"13900001234"}'
    first = judge(MOBILE, line, 20, 31)
    assert first.key is not None
    assert line[slice(*first.key)] == "Mobile"
    second = judge(MOBILE, line, 40, 51)
    assert second.key is not None
    assert line[slice(*second.key)] == "foo"


def test_scores_follow_the_evidence_and_the_spelling():
    """Each kind of evidence has its score; a weaker spelling has its own scores."""
    scores = MOBILE.scores
    for evidence, expected in [
        (Evidence.KEY, scores.key),
        (Evidence.CONTEXT, scores.context),
        (Evidence.NONE, scores.bare),
        (Evidence.NEGATIVE, scores.negative),
    ]:
        assert score(MOBILE, evidence, "13900001234") == expected
        assert score(replace(MOBILE, scores_for=None), evidence, "15400001234") == expected
    assert score(MOBILE, Evidence.NONE, "15400001234") == 0
    assert score(PASSPORT, Evidence.NONE, "E00000000") == 0


@given(st.text("手机mobile=:\"'<>（）()[]{}\\ ,，-_/@13\n\0是orderNo", max_size=60), st.data())
def test_any_text_can_be_judged(text, data):
    """No surrounding text raises an error, and other lines do not change the result."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    for detector in detectors():
        verdict = judge(detector, text, start, end)
        assert judge(detector, "手机\0" + text + "\0手机", start + 3, end + 3).evidence is verdict.evidence


def test_negative_words_count_unless_a_key_names_the_value():
    """Negative words outweigh words; a key outweighs both."""
    detector = replace(MOBILE, negative_words=("样例", "sample"))
    for line, evidence in [
        ("样例短信 ⟦13900001234⟧", Evidence.NEGATIVE),
        ("a sample 短信 ⟦13900001234⟧", Evidence.NEGATIVE),
        ("样例 mobile=⟦13900001234⟧", Evidence.KEY),
        ("resampled 短信 ⟦13900001234⟧", Evidence.CONTEXT),
    ]:
        assert _judge(line, detector).evidence is evidence


@pytest.mark.parametrize(
    "line", ["heap ⟦13900001234⟧ bytes used", "took ⟦13900001234⟧ms", "共⟦13900001234⟧条", "余⟦13900001234⟧元"]
)
def test_a_unit_after_the_value_is_counter_evidence(line):
    """Bytes, milliseconds, rows and amounts are no personal numbers."""
    assert _judge(line).evidence is Evidence.NEGATIVE
