"""Bytes of any usual Chinese encoding become UTF-8, without ever cutting a character.

The ladder of ``sniff``: byte order mark, the NUL pattern of UTF-16, strict UTF-8, then GB18030 against Big5. The
last two accept nearly the same bytes, so the more ordinary text wins. Stated limit: other encodings (Shift-JIS,
Latin-1…) are read as GB18030 unless the configuration names them; ASCII digits and letters mostly survive that.
"""

from __future__ import annotations

import codecs
import re
import threading
from typing import NamedTuple

AUTO = "auto"
SAMPLE_BYTES = 64 * 1024

_BOM = "\ufeff"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (_BOM.encode("gb18030"), "gb18030"),
)
# GB18030 holds GBK and GB2312, Big5-HKSCS holds Big5: the wider one reads every file of the narrower.
_WIDER = {
    "ascii": "utf-8",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "utf-16": "utf-16-le",
}
_WIDE = frozenset({"utf-16-le", "utf-16-be"})
# control characters that no text holds; NUL is checked separately, ^A ^B ^C separate fields in Hive and FIX
_STRANGE_BYTES = bytes([*range(4, 8), *range(14, 27), *range(28, 32), 127])
_STRANGE_WIDE = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f\ue000-\uf8ff\ufff0-\uffff]")
_HOLE = re.compile(rb"\0{8,}")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_HAN = re.compile("[\u3400-\u9fff]")

# Everyday characters and the words of forms, simplified and traditional: text decoded rightly is full of them.
_EVERYDAY = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然"
    "家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把"
    "机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果"
    "加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔"
    "更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展"
    "這個們來為國說時會對過發後裡樣現當沒動開從實軍無與長將兩間問點業關體見產話給門東聲論義幾認條係氣題爾變總電數報"
    "結務場計資統區隊決證號碼帳戶聯絡訂單雜誌錄銀貸還額鎮鄉縣廳號請輸驗簡訊郵遞職專業網頁編類備註權處審預續費樓樣嗎"
    "姓名性别手机号码身份证件地址电话邮箱银行卡号账户开户密码验证码省市区县镇乡路街号楼室单元客户用户会员编号订单金额"
    "贷款还款备注时间日期状态类型登录请求成功失败错误异常返回参数响应服务接口日志系统查询更新删除新增联系人公司张王李"
    "您先生小姐香港九龍新界臺灣台北市路段巷弄樓手機號碼身分證字號電話地址姓名客戶會員編號訂單金額備註時間日期狀態"
)


class DecodedLines(NamedTuple):
    """Whole lines taken from the front of some bytes: their UTF-8, how many input bytes they were, and the losses."""

    utf8: bytes
    consumed: int
    decode_errors: int


def canonical(name: str) -> str:
    """The name used here for an encoding, or ``auto``. ``LookupError`` if unknown or not readable line by line."""
    if name.lower() == AUTO:
        return AUTO
    known = codecs.lookup(name).name
    known = _WIDER.get(known, known)
    if known in _WIDE:
        return known
    try:
        plain = "\n0a".encode(known.removesuffix("-sig")) == b"\n0a" and not known.startswith(
            ("iso2022", "hz", "utf-7")
        )
    except (LookupError, UnicodeError):
        plain = False
    if not plain:
        raise LookupError(f"encoding {name} cannot be read line by line")
    return known


def is_wide(name: str) -> bool:
    """Whether a newline of that encoding (a name of ``canonical``) is more than one byte."""
    return name in _WIDE


def bare_of_marks(head: bytes) -> bool:
    """Whether ``head`` begins with no byte order mark."""
    return not any(head.startswith(mark) for mark, _ in _MARKS)


def sniff(head: bytes, *, at_end: bool) -> str:
    """The encoding of a text that begins with ``head``; ``at_end``: nothing follows.

    One of ``utf-8 utf-8-sig gb18030 big5hkscs utf-16-le utf-16-be``; pure ASCII is ``utf-8``.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    wide = _wide(head)
    if wide is not None:
        return wide
    if _decode(head, "utf-8", final=at_end).errors == 0 or _mostly_utf8(head):
        return "utf-8"
    return _gb_or_big5(head, final=at_end)


def looks_binary(head: bytes) -> bool:
    """Whether ``head`` begins something that is not text in any encoding we read.

    Runs of NUL (holes in truncated or preallocated logs) do not make a text binary; scattered ones do.
    """
    if any(head.startswith(mark) for mark, _ in _MARKS) or _wide(head) is not None:
        return False
    solid = _HOLE.sub(b"", head)
    strange = len(solid) - len(solid.translate(None, _STRANGE_BYTES))
    return solid.count(0) * 20 > len(solid) or strange * 50 > len(solid)


def split_lines(encoding: str, raw: bytes, *, force: bool = False) -> DecodedLines:
    """The whole lines at the front of ``raw``, which begins at the start of a line; the unfinished last one stays.

    With ``force`` a last line without newline is taken too, up to its last whole character. ``auto`` decides on these
    bytes alone; pass a name from ``sniff`` to stay with one decision.
    """
    name = canonical(encoding)
    if name == AUTO:
        name = sniff_all(raw)
    end = len(raw) if force else _after_last_newline(name, raw)
    decoded = _decode(raw[:end], name, final=False)
    return DecodedLines(decoded.text.removeprefix(_BOM).encode(), end - decoded.pending, decoded.errors)


class Transcoder:
    """Bytes in, UTF-8 out, in blocks cut anywhere: what comes out in all does not depend on the cuts.

    ``auto`` passes ASCII through and decides on the first 64 KiB from the first other byte on (or on a byte order
    mark, or the pattern of UTF-16, at the beginning). A byte order mark at the beginning is dropped. ``errors`` counts
    undecodable places; each became U+FFFD.
    """

    def __init__(self, encoding: str = AUTO) -> None:
        self.encoding = canonical(encoding)
        self.errors = 0
        self._waiting = b""
        self._at_start = True
        self._decoder = None if self.encoding == AUTO else _decoder(self.encoding)

    def stream(self, data: bytes, *, final: bool = False) -> bytes:
        """The UTF-8 of what can be decoded by now; with ``final`` of everything."""
        plain = b""
        if self._decoder is None:
            plain, data = self._decide(data, final=final)
            if self._decoder is None:
                return plain
        if data.isascii() and self.encoding not in _WIDE and self._decoder.getstate()[0] == b"":
            self._at_start = self._at_start and not data
            return plain + data
        _stats.errors = 0
        text = self._decoder.decode(data, final)
        self.errors += _stats.errors
        if self._at_start and text:
            self._at_start = False
            text = text.removeprefix(_BOM)
        return plain + text.encode()

    def _decide(self, data: bytes, *, final: bool) -> tuple[bytes, bytes]:
        """What may pass undecided, and what to decode if the decision fell."""
        data = self._waiting + data
        self._waiting = b""
        passed = b""
        if self._at_start:
            if len(data) < SAMPLE_BYTES and not final:
                self._waiting = data
                return b"", b""
            name = sniff(data[:SAMPLE_BYTES], at_end=False)
            if name != "utf-8" and (name in _WIDE or data.startswith(tuple(mark for mark, _ in _MARKS))):
                self._settle(name)
                return b"", data
        other = None if data.isascii() else _NOT_ASCII.search(data)  # the search alone takes a second for a gigabyte
        if other is None:
            self._at_start = self._at_start and not data
            return data, b""
        if other.start():
            self._at_start = False
            passed, data = data[: other.start()], data[other.start() :]
        if len(data) < SAMPLE_BYTES and not final:
            self._waiting = data
            return passed, b""
        self._settle(sniff(data[:SAMPLE_BYTES], at_end=final and len(data) <= SAMPLE_BYTES))
        return passed, data

    def _settle(self, name: str) -> None:
        self.encoding = name
        self._decoder = _decoder(name)


class _EncodingTally(threading.local):
    errors = 0


class _Decoded(NamedTuple):
    text: str
    pending: int
    errors: int


_stats = _EncodingTally()
_COUNTED = "leakwatch-counted"


def _count(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    _stats.errors += 1
    return "\ufffd", error.end


codecs.register_error(_COUNTED, _count)


def _decoder(name: str) -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(name.removesuffix("-sig"))(_COUNTED)


def _decode(raw: bytes, name: str, *, final: bool) -> _Decoded:
    """``raw`` as text, how many bytes at its end are an unfinished character, and how much was undecodable."""
    if name not in _WIDE and raw.isascii():
        return _Decoded(raw.decode("ascii"), 0, 0)
    decoder = _decoder(name)
    _stats.errors = 0
    text = decoder.decode(raw, final)
    return _Decoded(text, len(decoder.getstate()[0]), _stats.errors)


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: its ASCII characters have their NUL always on the same side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    units = len(head) // 2
    if max(even, odd) * 50 < max(units, 1) or max(even, odd) < 4 * min(even, odd):
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    text, _, errors = _decode(head, name, final=False)
    return name if errors == 0 and len(_STRANGE_WIDE.findall(text)) * 50 <= len(text) else None


def _mostly_utf8(head: bytes) -> bool:
    """Whether most lines that are not ASCII are UTF-8: one torn character must not turn a whole log into GB18030."""
    good = bad = 0
    for line in head.split(b"\n")[:-1]:
        if not line.isascii():
            broken = _decode(line, "utf-8", final=True).errors
            good, bad = good + (not broken), bad + bool(broken)
    return good > bad


def _gb_or_big5(head: bytes, *, final: bool) -> str:
    gb, big5 = (_decode(head, name, final=final) for name in ("gb18030", "big5hkscs"))
    if (gb.errors == 0) != (big5.errors == 0):
        return "gb18030" if gb.errors == 0 else "big5hkscs"
    difference = _everyday_share(gb.text) - _everyday_share(big5.text)
    if abs(difference) > 0.05:
        return "gb18030" if difference > 0 else "big5hkscs"
    import cchardet  # noqa: PLC0415  loaded only for the rare tie

    guess = cchardet.detect(head)["encoding"] or ""
    return "big5hkscs" if guess.upper().startswith("BIG5") else "gb18030"


def _everyday_share(text: str) -> float:
    han = _HAN.findall(text)
    return sum(character in _EVERYDAY for character in han) / len(han) if han else 0.0


def sniff_all(raw: bytes) -> str:
    """The encoding of all of ``raw``: by its beginning, else by the text after the first non-ASCII byte."""
    name = sniff(raw[:SAMPLE_BYTES], at_end=False)
    other = _NOT_ASCII.search(raw)
    if other is None or name in _WIDE or raw.startswith(tuple(mark for mark, _ in _MARKS)):
        return name
    return sniff(raw[other.start() : other.start() + SAMPLE_BYTES], at_end=False)


def _after_last_newline(name: str, raw: bytes) -> int:
    if name not in _WIDE:
        return raw.rfind(b"\n") + 1
    newline = "\n".encode(name)
    end = len(raw)
    while (at := raw.rfind(newline, 0, end)) >= 0:
        if at % 2 == 0:
            return at + 2
        end = at + 1
    return 0
