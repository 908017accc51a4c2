"""Access tokens: JWTs, tokens with a published prefix, and opaque ones (20 mixed characters or more) under a key."""

from __future__ import annotations

import base64
import functools
import math
from collections import Counter

import regex

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, terms
from leakwatch_detectors.data.advice import CREDENTIAL
from leakwatch_detectors.data.token_formats import ANY_TOKEN, TOKEN_FORMATS
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.secret_checks import AFTER_DELIMITER, is_code, is_placeholder

_KEYS = terms(
    "access token, sumologic access id, sumo access id, sourcegraph, refresh token, auth token, "
    "id token, session token, session id, session key, jsession id, token, authorization, x auth token, "
    "bearer, basic, api token, user token, login token, ticket, credential, 令牌, 權杖, 权杖"
)
_OPAQUE_SCORES = Scores(bare=0.0, key=0.85, context=0.0)


def _is_jwt(value: str) -> bool:
    header = value.split(".", maxsplit=1)[0]
    if not value.startswith("eyJ") or value.count(".") not in (1, 2):
        return False
    try:
        decoded = base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))
    except ValueError:
        return False
    return b'"alg"' in decoded and decoded.rstrip().endswith(b"}")


def _valid(value: str) -> bool:
    if is_placeholder(value) or len(set(value)) < 8 or _is_monotonous(value):
        return False
    return _is_jwt(value) or _has_known_format(value) or (_is_random(value) and not is_code(value))


def _has_known_format(value: str) -> bool:
    return _known_formats().fullmatch(value) is not None


@functools.cache
def _known_formats() -> regex.Pattern[str]:
    return regex.compile(ANY_TOKEN)  # 20 ms and 4 MB that most texts do not need


def _is_monotonous(value: str) -> bool:
    """Whether a long value has an entropy below 2.6 bits a character; tokens have 3 or more."""
    if len(value) < 24:
        return False
    shares = (count / len(value) for count in Counter(value).values())
    return -sum(share * math.log2(share) for share in shares) < 2.6


def _is_random(value: str) -> bool:
    digits = sum(char.isdigit() for char in value)
    mixed = any(char.islower() for char in value) and any(char.isupper() for char in value)
    return (len(value) >= 20 and (digits > 1 or (mixed and digits > 0))) or (
        len(value) < 20 and mixed and (digits > 0 or value.endswith("="))
    )


def _scores(value: str) -> Scores:
    return DETECTOR.scores if _is_jwt(value) or _has_known_format(value) else _OPAQUE_SCORES


DETECTOR = Detector(
    entity="SECRET_TOKEN",
    region=Region.ANY,
    title=Title("访问令牌", "Access token"),
    severity="critical",
    grades={},
    pattern=(
        # no format is shorter, so most words are skipped before the formats are tried
        r"(?<![A-Za-z0-9_\-])(?=[A-Za-z0-9_.:~/+\-]{23})(?:eyJ[A-Za-z0-9_\-]{8,4000}\.eyJ[A-Za-z0-9_\-]{8,4000}(?:\.[A-Za-z0-9_\-]{10,4000})?+(?!\.)"
        rf"|(?:{ANY_TOKEN}))(?![A-Za-z0-9_])"
        rf"|(?:{AFTER_DELIMITER}|(?<=[Bb]earer |[Bb]asic |[Tt]oken |令牌 ?|[權权]杖 ?))(?![A-Za-z]+ |//)"
        r"[A-Za-z0-9._~+/\-]{10,2048}={0,2}(?![A-Za-z0-9._~+/\-=#])"
    ),
    prefilter=Prefilter(
        literals=("eyJ", *literals(_KEYS)), shapes=tuple(form.pattern for form in TOKEN_FORMATS), needs_key=True
    ),
    scores=Scores(bare=0.9, key=0.97, context=0.95, negative=0.9),
    validator=_valid,
    scores_for=_scores,
    keys=_KEYS,
    negative_keys=terms("public token, page token, next token, csrf token, xsrf token, next page token, token type"),
    mask="secret",
    advice=CREDENTIAL,
    examples=(
        Example("jwt ⟦eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.AAAAAAAAAAAAAAAAAAAA⟧ ok", "a JWT"),
        Example("Authorization: Bearer ⟦abcdefghijklmnopqrstuv0123456789⟧", "a header"),
        Example('{"accessToken":"⟦0123456789abcdef0123456789⟧"}', "an opaque token under its key"),
        Example(
            "令牌⟦eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.AAAAAAAAAAAAAAAAAAAA⟧已签发",
            "Han characters on both sides",
        ),
        Example("git clone https://x:⟦ghp_0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sTuVwXyZ⟧@example.com", "a published prefix"),
        Example("INSERT INTO t_s (id, refresh_token) VALUES (1, '⟦0123456789abcdef0123456789abcdef⟧')", "a column"),
        Example("您好，令牌⟦0a1b2c3d4e5f60718293a4b5⟧过期", "no delimiter"),
        Example("unsigned ⟦eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0NTY3ODkwIn0⟧", "a JWT without a signature"),
        Example("publicToken=0123456789abcdef0123456789", "a publishable token"),
        Example("tokenExpired=true", "a different key"),
        Example("token=null", "an empty value"),
        Example("eyJhbGci.eyJz.x", "too short"),
        Example("v eyJhbGciOiJIU.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijklmnopqrst", "a truncated header"),
        Example("token=ghp_abcdefghijklmnopqrstuvwxyz0123456789", "the alphabet in order"),
        Example("token=000000000000000000000000000000000a1b2c3d4", "nearly one repeated character"),
        Example("token=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "a placeholder"),
        Example("traceId=0123456789abcdef0123456789", "the key names a trace"),
        Example("access_token=${ACCESS_TOKEN_2026_03_01}", "a template"),
        Example("token=******", "already masked"),
        Example("Authorization: Basic authentication-required", "a sentence"),
    ),
)
