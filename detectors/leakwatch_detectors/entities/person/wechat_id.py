"""WeChat ids: wxid_ and a random part, or a name that the user chose, under a key."""

from __future__ import annotations

import regex

from leakwatch_detectors.contract import Example, Region, Title, terms
from leakwatch_detectors.data.categories import MESSENGER_ACCOUNT
from leakwatch_detectors.keyed_number import KEY_ONLY, keyed_number
from leakwatch_detectors.values.secret_checks import is_placeholder

_STOP_WORDS = frozenset(
    terms(
        "public, wechat, weixin, enabled, disabled, unknown, default, official, success, failed, undefined, "
        "openid, unionid"
    )
)
_APP_ID = regex.compile(r"wx[0-9a-f]{16}")


def _valid(value: str) -> bool:
    return value.lower() not in _STOP_WORDS and not _APP_ID.fullmatch(value) and not is_placeholder(value)


DETECTOR = keyed_number(
    entity="WECHAT_ID",
    region=Region.ANY,
    title=Title("微信号", "WeChat id"),
    category=MESSENGER_ACCOUNT,
    pattern=r"(?<![A-Za-z0-9_\-</])(?:wxid_[0-9a-z]{12,22}|[A-Za-z][A-Za-z0-9_\-]{5,19})(?![A-Za-z0-9_\-.@=:：＝])",
    scores=KEY_ONLY,
    validator=_valid,
    keys=terms("wechat, wechat id, wechat no, weixin, weixin id, wx no, wxh, wx id, 微信, 微信账, 微信帳, 微信号码"),
    examples=(
        Example(
            "2026-03-01 10:00:00 INFO c.e.crm.Add - 微信号：⟦wxid_abcdefghijkl12⟧ 已添加", "an id assigned by WeChat"
        ),
        Example('{"wechat":"⟦zhang_san88⟧"}', "a name that the user chose"),
        Example("客户微信⟦zhangsan_88⟧已添加", "Han characters on both sides"),
        Example("channel=WECHAT timestamp=1794746555269", "the key of the next pair"),
        Example("<wechat_id>⟦test_user1191⟧</wechat_id><customerName>x</customerName>", "the next tag is no value"),
        Example("微信OpenID=oODUYd", "a different key"),
        Example("wx=1", "too short"),
        Example("微信支付 success", "a product name"),
        Example("wechat=null", "an empty value"),
        Example("微信：wx0123456789abcdef", "an application id"),
        Example("user zhang_san88", "no key or word names it"),
        Example("wechat: enabled", "an ordinary word"),
    ),
)
