"""Key names: their spellings, and whether a detector knows a key.

``userMobilePhone``, ``user_mobile_phone`` and ``User mobile phone`` are one key. It ends with "mobile phone", so it
names a mobile number; ``mobileType`` does not end so and names something else.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import regex

NEGATIVE_KEYS = (
    *("trace id", "span id", "parent id", "request id", "req id", "message id", "msg id", "session", "log id"),
    *("order", "order id", "order sn", "trade", "trade id", "biz", "biz id", "serial", "seq", "sequence", "batch"),
    *("transaction", "transaction id", "trans id", "txn id", "flow id", "flow", "event id", "task id", "job id"),
    *("uuid", "guid", "md5", "sha", "sha1", "sha256", "hash", "hash code", "sign", "signature", "nonce", "digest"),
    *("etag", "timestamp", "time", "ts", "epoch", "cost", "elapsed", "duration", "took", "latency", "offset"),
    *("position", "version", "version code", "build", "port", "pid", "tid", "thread", "lsn", "spu"),
    *("push id", "event record id", "record id", "record number", "actor id", "repo id", "issue id", "commit id"),
    *("coupon", "coupon code", "voucher", "voucher code", "redeem code", "promo code", "invite code", "pickup code"),
    *(
        "barcode",
        "bar code",
        "ean",
        "upc",
        "gtin",
        "isbn",
        "sn",
        "order code",
        "goods code",
        "product code",
        "sku code",
    ),
    *("invoice", "invoice code", "ticket", "ticket id", "tracking", "waybill", "shipment", "delivery sn", "parcel"),
    *(
        "lot",
        "part",
        "model",
        "flight",
        "error code",
        "err code",
        "型号",
        "型號",
        "批号",
        "批號",
        "航班",
        "料号",
        "料號",
    ),
    *("goods id", "product id", "item id", "bytes", "bytes sent", "bytes in", "bytes out", "size", "length", "count"),
    *("total", "amount", "balance", "price", "memory", "mem", "heap", "rss", "swap", "disk", "free", "used", "avail"),
    *("available", "capacity", "limit", "quota", "usage", "space", "octets", "traffic", "throughput", "max", "min"),
    *("内存", "內存", "記憶體", "磁盘", "磁碟", "容量", "流量", "带宽", "頻寬", "速率", "字节数", "位元組"),
    *("流水", "订单", "訂單", "订单编号", "訂單編號", "交易", "交易编号", "交易編號", "单号", "單號", "运单", "批次"),
    *("工单", "工單", "快递单", "物流单", "提单", "发货单", "退货单", "退款单", "保单"),
    *(
        "出库单",
        "入库单",
        "采购单",
        "申请单",
        "报销单",
        "结算单",
        "对账单",
        "账单",
        "帳單",
        "发票",
        "發票",
        "货号",
        "貨號",
    ),
    *(
        "优惠券",
        "優惠券",
        "代金券",
        "券码",
        "券碼",
        "优惠码",
        "兑换码",
        "激活码",
        "邀请码",
        "核销码",
        "取件码",
        "提货码",
    ),
    *(
        "条码",
        "條碼",
        "条形码",
        "二维码",
        "商品编码",
        "商品編碼",
        "物料编码",
        "设备编号",
        "设备编码",
        "机身序列",
        "sku",
    ),
    *("序列", "追踪", "追蹤", "请求", "請求", "消息", "消息id", "版本", "端口", "线程", "線程", "时间戳"),
    *("時間戳", "耗时", "耗時", "金额", "金額", "余额", "餘額", "数量", "數量", "长度", "長度", "大小"),
    *("次数", "次數", "类型", "類型", "状态", "狀態", "工号", "工號"),
)
"""Keys of numbers that belong to no one: a value under one of these is something else."""

OWNERS = (
    *("customer", "user", "cust", "client", "contact", "receiver", "sender", "payer", "payee", "owner", "my", "member"),
    *("buyer", "seller", "bind", "reserve", "bank", "login", "reg", "home", "work", "office", "emp", "staff", "guest"),
)
"""Words that prefix the key in all-lower-case names: ``custmobile``."""

_OWNER = regex.compile(rf"(?:{'|'.join(OWNERS)})[ ]?(?=.)")

_WORD = regex.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[\p{Han}]+|[^A-Za-z0-9\p{Han}]+")
_BORDERS = frozenset("_-. ")
_VALUE_WORDS = frozenset({"list", "str", "string", "value", "val", "text", "plain", "raw", "old", "new"})
_NUMBER_WORDS = frozenset({"no", "num", "number", "nos", "numbers"})
_TELLING = 6
_ENOUGH = 2
_DECORATION = regex.compile(r"(?:[(（\[【][^)）\]】]*[)）\]】]|[*＊\s0-9])+$")
_LONG_NUMBER = regex.compile(r"[0-9]{5}")
_NUMBERS_BEFORE = regex.compile(r"^.*[0-9]{5}[^ ]*+ (?=.)")
"""Other values before a key. No name extends over them, and without them keys repeat and can be cached."""

_HAN_NUMBER = regex.compile(r"(?:号码|號碼|号|號)$")
_HAN = regex.compile(r"\p{Han}")


@dataclass(frozen=True, slots=True)
class _Reading:
    """A key for comparison: the endings of its Latin words, its last word, and its ending in Han characters."""

    ends: tuple[str, ...]
    last: str
    han: tuple[str, str]


class KeyNames:
    """A set of key names, ready to be compared with keys as they are written."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self._numbered = any(_LONG_NUMBER.search(key) for key in keys)
        han = [key for key in keys if not key.isascii() and _HAN.search(key)]
        latin = [key for key in keys if key.isascii() or key not in han]
        self._latin = frozenset(form for key in latin for form in _glued(key))
        # a long name also ends words in which nothing marks its beginning ("softlayerapikey")
        self._endings = tuple({key.replace(" ", "") for key in latin if _ends_words(key)})
        self._han = tuple(sorted(han, key=len, reverse=True))

    def match(self, key: str) -> int:
        """How much of the end of ``key`` one of the names covers, in characters (the longest); 0 for no match."""
        if not self._numbered:
            key = _NUMBERS_BEFORE.sub("", key)
        reading = _read(key)
        best = max((len(end) for end in reading.ends if end in self._latin), default=0)
        if not best and reading.last.endswith(self._endings):
            best = max(len(ending) for ending in self._endings if reading.last.endswith(ending))
        whole, unnumbered = reading.han
        for name in self._han if whole else ():
            if whole.endswith(name) or unnumbered.endswith(name):
                return max(best, len(name))
        return best


@functools.cache
def key_names(keys: tuple[str, ...]) -> KeyNames:
    """The names of ``keys``; made once."""
    return KeyNames(keys)


def literals(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Strings, one of which occurs in every text with one of ``keys`` in any spelling.

    A string that contains another one is left out.
    """
    found = spellings(keys)
    return tuple(sorted(one for one in found if not any(other != one and other in one for other in found)))


def spellings(keys: tuple[str, ...]) -> dict[str, bool]:
    """The spellings of the endings of ``keys``, lower case, each with whether it is a whole key and begins a word.

    The last two words of a long key are enough, and "number" is dropped if the rest is still specific (``id`` alone is
    in every other line).
    """
    found: dict[str, bool] = {}
    for key in keys:
        words = (key.rstrip("0123456789") or key).split(" ")
        if words[-1] in _NUMBER_WORDS and len("".join(words[:-1])) >= _TELLING:
            words = words[:-1]
        whole = len(words) <= _ENOUGH and not _ends_words(key)
        for border in ("", *sorted(_BORDERS)):
            written = border.join(words[-_ENOUGH:])
            found[written] = whole and found.get(written, True)
    return found


def words_of(key: str) -> tuple[str, ...]:
    """The words of a key, lower case: ``P8_idCardNo`` is p, 8, id, card, no. Other characters separate words."""
    return tuple(word.lower() for word in _WORD.findall(key) if word not in _BORDERS)


@functools.cache
def _glued(key: str) -> tuple[str, ...]:
    """The name with each of its spaces kept or dropped (it may be written as one word), without final digits."""
    words = words_of(key.rstrip("0123456789"))
    gaps = itertools.product(("", " "), repeat=len(words) - 1)
    return tuple("".join(itertools.chain(*zip(words, (*gap, ""), strict=True))) for gap in gaps)


@functools.lru_cache(maxsize=4096)
def _read(key: str) -> _Reading:
    """The reading of a key. Keys repeat from line to line, so readings are kept."""
    bare = _DECORATION.sub("", key)
    low = bare.lower()
    unnumbered = _HAN_NUMBER.sub("", low)
    ends = [end for words in _variants(words_of(_HAN_NUMBER.sub("", bare))) for end in _ends(words)]
    return _Reading(
        ends=tuple(dict.fromkeys(ends)),
        last=ends[-1] if ends else "",
        han=(low, unnumbered) if _HAN.search(low) else ("", ""),
    )


def _variants(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The words of a key without words for "value" or "number", in the singular."""
    if not words:
        return
    yield words
    while len(words) > 1 and (words[-1] in _VALUE_WORDS or words[-1].isdigit()):
        words = words[:-1]
        yield words
    if words[-1].endswith("s"):
        yield (*words[:-1], words[-1][:-1])
    if words[-1] in _NUMBER_WORDS and len(words) > 1:
        yield words[:-1]


def _ends(words: tuple[str, ...]) -> Iterator[str]:
    """All ends of a key, and those that are left when an owner glued before the name is taken off."""
    for start in range(len(words)):
        end = " ".join(words[start:])
        yield end
        if owner := _OWNER.match(end):
            yield end[owner.end() :]


def _ends_words(name: str) -> bool:
    return name == "password" or (" " in name and len(name) > 6)
