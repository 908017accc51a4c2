"""WeChat OpenIDs and UnionIDs: o and 27 signs, by key or hint."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import ATTRIBUTE
from leakwatch_detectors.data.grades import ORDINARY
from leakwatch_detectors.evidence.key_names import literals

_KEYS = ("openid", "open id", "wx openid", "unionid", "union id", "from user name", "to user", "微信标识")


DETECTOR = Detector(
    entity="WECHAT_OPENID",
    region=Region.ANY,
    title=Title("微信 OpenID", "WeChat OpenID"),
    severity="low",
    grades={"jrt0171": "C1", "gbt35273": "pi"},
    profile_grades=ORDINARY,
    pattern=(r"(?<![A-Za-z0-9_\-])o[A-Za-z0-9_\-]{27}(?![A-Za-z0-9_\-])"),
    prefilter=Prefilter(literals=literals(_KEYS)),
    scores=Scores(bare=0.0, key=0.8, context=0.0),
    keys=_KEYS,
    mask="generic",
    advice=ATTRIBUTE,
    examples=(
        Example("GET /wx/callback?openid=⟦oABCDEFGHIJKLMNOPQRSTUVWXYZ0⟧&t=1 HTTP/1.1", "query string"),
        Example('{"openId":"⟦o6zAJs0000000000000000000000⟧"}', "key in camel case"),
        Example("用户openid：⟦oABCDEFGHIJKLMNOPQRSTUVWXYZ1⟧已关注", "Han characters touch both sides"),
        Example("openid=", "no value"),
        Example("openid=oABCDEFGHIJKLMNOPQRSTUVWXYZ", "too short"),
        Example("ref oABCDEFGHIJKLMNOPQRSTUVWXYZ0", "nothing names it"),
        Example("openid=xABCDEFGHIJKLMNOPQRSTUVWXYZ0", "another first sign"),
    ),
)
