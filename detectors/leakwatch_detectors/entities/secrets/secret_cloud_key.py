"""Access keys of cloud providers: by prefix (Alibaba, Tencent, AWS, Google) or under a key that names a secret."""

from __future__ import annotations

import regex

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title, terms
from leakwatch_detectors.evidence.key_names import literals
from leakwatch_detectors.values.secret_checks import AFTER_DELIMITER, is_code, is_placeholder

_KEYS = terms(
    "access key secret, access key, access key id, secret access key, secret key, secret id, app secret, "
    "client secret, api key, api secret, apikey, app key secret, aes key, encrypt key, sign key, "
    "private key, secret, account key, storage key, service key, cloud key, master key, signing key, "
    "softlayer key, softlayer password, softlayer pwd, cloudant key, cloudant password, cloudant pass, "
    "cloudant pwd, cloudant pw, clou pw, ibm key, heroku key, snyk key, sonar login, encryption key, "
    "密钥, 密鑰"
)
_PREFIXES = ("LTAI", "AKID", "AKIA", "ASIA", "ABIA", "ACCA", "A3T", "AIza")
_PREFIX_FORMS = (
    r"(?:LTAI[A-Za-z0-9]{12,20}|AKID[A-Za-z0-9]{13,40}|(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}"
    r"|AIza[0-9A-Za-z_\-]{35})"
)
_PREFIX_PATTERN = regex.compile(_PREFIX_FORMS)
_KEYED_SCORES = Scores(bare=0.0, key=0.85, context=0.0)


def _valid(value: str) -> bool:
    if _PREFIX_PATTERN.fullmatch(value):
        return not (value.endswith("EXAMPLE") or is_placeholder(value))  # samples of the providers' documentation
    mixed = any(char.isdigit() for char in value) and any(char.isalpha() for char in value)
    return mixed and len(set(value)) > 6 and not is_placeholder(value) and not is_code(value)


def _scores(value: str) -> Scores:
    return DETECTOR.scores if _PREFIX_PATTERN.fullmatch(value) else _KEYED_SCORES


DETECTOR = Detector(
    entity="SECRET_CLOUD_KEY",
    region=Region.ANY,
    title=Title("云访问密钥", "Cloud access key"),
    severity="critical",
    grades={},
    pattern=(
        rf"(?<![A-Za-z0-9]){_PREFIX_FORMS}(?![A-Za-z0-9])"
        rf"|{AFTER_DELIMITER}(?![A-Za-z_\-]{{2,30}}=[^=\0\n])[A-Za-z0-9._~][A-Za-z0-9+/_=~.\-]{{15,127}}(?![A-Za-z0-9+/_=~\-])"
    ),
    prefilter=Prefilter(literals=(*_PREFIXES, *literals(_KEYS)), needs_key=True),
    scores=Scores(bare=0.9, key=0.98, context=0.95, negative=0.6),
    scores_for=_scores,
    validator=_valid,
    keys=_KEYS,
    mask="secret",
    advice=Title(
        "立即在云控制台停用并轮换该密钥，并检查调用记录。",
        "Disable and rotate this key in the provider's console now, then check how it was used.",
    ),
    examples=(
        Example(
            "2026-03-01 10:00:00 INFO c.e.oss.Client - init ak ⟦LTAI5tEXAMPLEEXAMPLE0000⟧ ok", "24 characters, new form"
        ),
        Example("访问密钥⟦LTAIEXAMPLE00000⟧已启用", "Han characters on both sides, old form"),
        Example('{"SecretId":"⟦AKIDEXAMPLEEXAMPLEEXAMPLEEXAMPLE0000⟧"}', "Tencent"),
        Example("accessKeySecret=⟦EXAMPLE0EXAMPLE0EXAMPLF0EXAMPL⟧", "a secret under its key"),
        Example("aws_access_key_id = ⟦AKIA2222BBBB3333CCCC⟧", "AWS"),
        Example("tool --api-key ⟦0a1b2c3d4e5f60718293a4b5⟧ run", "a command-line option"),
        Example("POST body: access_key=⟦LTAI5tEXAMPLEEXAMPLE0001⟧", "two delimiters in a row"),
        Example("body: access-key=⟦AK0bEXAMPLE2cEXAMPLE3d00⟧", "two delimiters, a hyphen in the key"),
        Example('softlayer_key := "⟦0a1b2c3d4e5f60718293a4b50a1b2c3d⟧"', "the assignment of a programming language"),
        Example(
            "cloudant_password='⟦0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9⟧'",
            "a digest under a key that does not take one",
        ),
        Example("key AIzaSyabcdefghijklmnopqrstuvwxyz012345678", "the alphabet in order"),
        Example("aws_access_key_id = AKIAIOSFODNN7EXAMPLE", "a documented sample"),
        Example("ak LTAI123", "too short"),
        Example("ref ltaiexampleexample0000", "lower-case letters"),
        Example("accessKeySecret=******", "already masked"),
        Example("traceId=0123456789abcdef0123456789abcdef", "the key names a trace"),
        Example("secretKey=${OSS_SECRET_KEY_2026}", "a template"),
    ),
)
