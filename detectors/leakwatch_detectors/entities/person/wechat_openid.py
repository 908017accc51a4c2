"""WeChat OpenIDs and UnionIDs: o and 27 characters, under a key."""

from leakwatch_detectors.contract import Example, Region, Title, terms
from leakwatch_detectors.data.categories import MESSENGER_ACCOUNT
from leakwatch_detectors.keyed_number import KEY_ONLY, keyed_number

DETECTOR = keyed_number(
    entity="WECHAT_OPENID",
    region=Region.ANY,
    title=Title("微信 OpenID", "WeChat OpenID"),
    category=MESSENGER_ACCOUNT,
    pattern=r"(?<![A-Za-z0-9_\-])o[A-Za-z0-9_\-]{27}(?![A-Za-z0-9_\-])",
    scores=KEY_ONLY,
    keys=terms("openid, open id, wx openid, unionid, union id, from user name, to user, 微信标识"),
    examples=(
        Example("GET /wx/callback?openid=⟦oABCDEFGHIJKLMNOPQRSTUVWXYZ0⟧&t=1 HTTP/1.1", "query string"),
        Example('{"openId":"⟦o6zAJs0000000000000000000000⟧"}', "key in camel case"),
        Example("用户openid：⟦oABCDEFGHIJKLMNOPQRSTUVWXYZ1⟧已关注", "Han characters on both sides"),
        Example("openid=", "an empty value"),
        Example("openid=oABCDEFGHIJKLMNOPQRSTUVWXYZ", "too short"),
        Example("ref oABCDEFGHIJKLMNOPQRSTUVWXYZ0", "no key or word names it"),
        Example("openid=xABCDEFGHIJKLMNOPQRSTUVWXYZ0", "a different first character"),
    ),
)
