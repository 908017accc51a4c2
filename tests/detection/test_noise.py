"""One value in the spellings that real data has: each is found, and placed on the characters it was written with."""

import base64
import itertools
import json
from urllib.parse import quote

import pytest

from leakwatch.core.model import Origin, TextChunk
from leakwatch.detection.analyze import Analyzer
from leakwatch.detection.policy import select
from leakwatch.privacy.redaction import Fingerprinter
from leakwatch_detectors.catalog import detectors

PRINTS = Fingerprinter(bytes(range(32)), "state")
ANALYZER = Analyzer(select(detectors(), {"cn", "hk", "mo", "tw"}, ()), PRINTS)

MOBILE = ("CN_MOBILE", "13900001234", "手机号", "手機號碼", "mobilePhone", (3, 7))
IDENTITY = ("CN_RESIDENT_ID", "440301190808080125", "身份证号", "身份證號碼", "idCardNo", (6, 14))
CARD = ("BANK_CARD", "6217000000000000004", "银行卡号", "銀行卡號", "bankCardNo", (4, 8, 12, 16))
KINDS = [pytest.param(*one, id=one[0]) for one in (MOBILE, IDENTITY, CARD)]

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
MATHEMATICAL = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
SAID = str.maketrans("0123456789", "零一二三四五六七八九")
FORMAL = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
CALLED = str.maketrans("0123456789", "洞幺两三四五六拐八勾")


def groups(value, places, sign):
    """The value in groups, as people write it."""
    edges = (0, *places, len(value))
    return sign.join(value[begin:end] for begin, end in itertools.pairwise(edges))


def nested(value, depth):
    """A document in a document, so many deep."""
    text = json.dumps({"v": value})
    for _ in range(depth):
        text = json.dumps({"body": text})
    return text


SPELLINGS = {
    "percent-encoded quotes": lambda v, *_: (f"GET /q?b=%22{v}%22 HTTP/1.1", v),
    "percent-encoded body": lambda v, key, *_: (f"body={quote(key + '：' + v + '&')}", v),
    "percent-encoded GB18030 key": lambda v, key, *_: (f"b={quote(key.encode('gb18030'))}%3D{v}%26", v),
    "every sign percent-encoded": lambda v, key, *_: (f"{key}=" + (s := "".join(f"%{ord(d):02X}" for d in v)), s),
    "JSON escapes for quotes": lambda v, *_: (f'{{"d":"\\u0022{v}\\u0022"}}', v),
    "a key of JSON escapes": lambda v, key, *_: (json.dumps({key: v}), v),
    "every sign a JSON escape": lambda v, key, *_: (f'{{"{key}":"' + (s := "".join(f"\\u{ord(d):04x}" for d in v)), s),
    "a literal newline": lambda v, *_: (f"msg=one\\n{v}\\nthree", v),
    "a literal tab": lambda v, *_: (f"cells a\\t{v}\\tb", v),
    "JSON in JSON": lambda v, *_: (nested(v, 1), v),
    "JSON in JSON in JSON": lambda v, *_: (nested(v, 2), v),
    "entities for quotes": lambda v, *_: (f"<p>&quot;{v}&quot;</p>", v),
    "an entity for a digit": lambda v, *_: (f"<td>{(s := f'&#x3{v[0]};{v[1:]}')}</td>", s),
    "terminal colours": lambda v, *_: (f"INFO \x1b[32m{v}\x1b[0m done", v),
    "terminal colours as text": lambda v, *_: (f"INFO \\u001b[1;31m{v}\\u001b[0m", v),
    "full-width digits": lambda v, key, *_: (f"{key}：{v.translate(FULL_WIDTH)}，", v.translate(FULL_WIDTH)),
    "mathematical digits": lambda v, key, *_: (f"{key}：{v.translate(MATHEMATICAL)}", v.translate(MATHEMATICAL)),
    "zero-width signs inside": lambda v, key, *_: (
        f"{key}：{(s := v[:3] + chr(0x200B) + v[3:5] + chr(0xFEFF) + v[5:])}",
        s,
    ),
    "direction marks": lambda v, key, *_: (f"{key}：\u202d{v}\u202c", v),
    "blanks": lambda v, key, _t, _l, at: (f"{key} {(s := groups(v, at, ' '))}。", s),
    "two blanks": lambda v, key, _t, _l, at: (f"{key} {(s := groups(v, at, '  '))}。", s),
    "hyphens": lambda v, key, _t, _l, at: (f"{key}:{(s := groups(v, at, '-'))}", s),
    "en dashes": lambda v, key, _t, _l, at: (f"{key}:{(s := groups(v, at, '–'))}", s),
    "ideographic blanks": lambda v, key, _t, _l, at: (f"{key}：{(s := groups(v, at, chr(0x3000)))}", s),
    "numerals": lambda v, key, *_: (f"客户说{key}是{v.translate(SAID)}，请回电", v.translate(SAID)),
    "formal numerals": lambda v, key, *_: (f"{key}{v.translate(FORMAL)}", v.translate(FORMAL)),
    "numerals of the telephone": lambda v, key, *_: (f"{key}：{v.translate(CALLED)}。", v.translate(CALLED)),
    "a traditional key": lambda v, _k, old, *_: (f"'{old}': '{v}'", v),
    "a guard of a spreadsheet": lambda v, key, *_: (f'{key}\t="{v}"\t1', v),
    "an apostrophe of a spreadsheet": lambda v, *_: (f"张三,'{v},A", v),
    "parameters of a mapper": lambda v, *_: (f"==> Parameters: {v}(String), 7(Integer)", v),
    "a bound parameter": lambda v, _k, _t, key, _a: (
        f"binding parameter [1] as [VARCHAR] - [{v}]",
        v,
    ),
    "an object as text": lambda v, _k, _t, key, _a: (f"Cust(id=7, {key}={v}, ok=true)", v),
    "a text message of protocol buffers": lambda v, _k, _t, key, _a: (f'cust {{ {key}: "{v}" level: 3 }}', v),
    "arguments of a remote call": lambda v, *_: (f'invoke submit(["java.lang.String","int"],["{v}",3]) 12 ms', v),
    "Han characters on both sides": lambda v, key, *_: (f"客户{key}{v}已登记", v),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(("entity", "value", "key", "old_key", "latin_key", "places"), KINDS)
def test_every_spelling_is_found_where_it_stands(entity, value, key, old_key, latin_key, places, spelling):
    """However a number is written, one finding covers exactly its characters and has the fingerprint of the number."""
    line, written = SPELLINGS[spelling](value, key, old_key, latin_key, places)
    found = [
        one for one in ANALYZER.analyze(TextChunk(Origin("a.log"), line.encode())).findings if one.entity == entity
    ]
    start = line.index(written) + 1
    assert [(one.place.start_column, one.place.end_column) for one in found] == [(start, start + len(written))]
    assert found[0].fingerprint == PRINTS.value(entity, value)


@pytest.mark.parametrize(
    "prefix", ["+86", "+86 ", "+86-", "0086", "0086-", "86", "86 ", "(86)", "(+86)", "（86）", "+86-0"]
)
def test_a_country_prefix_belongs_to_the_number(prefix):
    """With the prefix of the country, in whichever form, a mobile number is the same number."""
    line = f"电话：{prefix}13900001234，"
    (found,) = ANALYZER.analyze(TextChunk(Origin("a.log"), line.encode())).findings
    assert (found.entity, found.fingerprint) == ("CN_MOBILE", PRINTS.value("CN_MOBILE", "13900001234"))
    assert (found.place.start_column, found.place.end_column) == (4, len(line))


@pytest.mark.parametrize(
    ("line", "entity"),
    [
        ("身份证号：4.40301E+17", "CN_RESIDENT_ID"),
        ("身份证号：440301190808080000", "CN_RESIDENT_ID"),
        ("身份证号：440301190808080126", "CN_RESIDENT_ID"),
        ("银行卡号：6217000000001230000", "BANK_CARD"),
        ("银行卡号：6.21700E+18", "BANK_CARD"),
        ("信用卡号：4111111111111112", "BANK_CARD"),
    ],
)
def test_a_damaged_number_is_doubtful_and_reports_why(line, entity):
    """What a spreadsheet rounded, or fails its check, is reported under its key, barely, with the reason; else not."""
    (found,) = ANALYZER.analyze(TextChunk(Origin("a.log"), line.encode())).findings
    assert found.entity == entity
    assert 0.5 <= found.score <= 0.6
    (explained,) = (one for one in ANALYZER.explain(line).candidates if one.decision == "reported")
    assert explained.valid is False
    assert explained.tolerance is not None
    assert explained.tolerance.score == found.score
    assert not ANALYZER.analyze(TextChunk(Origin("a.log"), ("ref " + line.partition("：")[2]).encode())).findings


@pytest.mark.parametrize(
    "line", ["一二三四五六七八九零", "壹仟贰佰叁拾肆万伍仟陆佰柒拾捌元玖角", "第一二三四五六七八九十一二三条"]
)
def test_numerals_that_are_no_number_stay_words(line):
    """Short runs and amounts are not read."""
    assert not ANALYZER.analyze(TextChunk(Origin("a.log"), line.encode())).findings


@pytest.mark.parametrize("content", ['{"mobile":"13900001234","step":"kyc"}', '[{"手机":"13900001234"}]'])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_value_in_base64_has_the_place_of_the_run(content, encode):
    """JSON in base64 is read once, and what is found in it stands where the run stands."""
    run = encode(content.encode()).decode()
    for line in (f"payload={run} ok", f"payload={run.rstrip('=')}", json.dumps({"data": run})):
        (found,) = ANALYZER.analyze(TextChunk(Origin("a.log"), line.encode())).findings
        assert (found.entity, found.fingerprint) == ("CN_MOBILE", PRINTS.value("CN_MOBILE", "13900001234"))
        start = line.index(run.rstrip("=")) + 1
        assert found.place.start_column == start
        assert found.place.end_column in {start + len(run), start + len(run.rstrip("="))}
