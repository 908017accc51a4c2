"""Private keys in PEM format. The finding is the opening line, because the rest stands on lines of its own."""

from __future__ import annotations

from leakwatch_detectors.contract import Detector, Example, Prefilter, Region, Scores, Title
from leakwatch_detectors.data.advice import CREDENTIAL

DETECTOR = Detector(
    entity="SECRET_PRIVATE_KEY",
    region=Region.ANY,
    title=Title("私钥", "Private key"),
    severity="critical",
    grades={},
    pattern=(r"-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |SM2 |PGP )?PRIVATE KEY(?: BLOCK)?-----(?![\-])"),
    prefilter=Prefilter(literals=("PRIVATE KEY",)),
    scores=Scores(bare=0.95, key=0.98, context=0.98, negative=0.95),
    keys=("private key", "私钥", "私鑰", "pem"),
    mask="secret",
    advice=CREDENTIAL,
    examples=(
        Example("⟦-----BEGIN RSA PRIVATE KEY-----⟧", "the usual opening line"),
        Example(r'{"key":"⟦-----BEGIN PRIVATE KEY-----⟧\nMIIE"}', "a JSON string with escaped newlines"),
        Example("私钥⟦-----BEGIN EC PRIVATE KEY-----⟧已导出", "Han characters on both sides"),
        Example("-----BEGIN PUBLIC KEY-----", "a public key"),
        Example("-----BEGIN CERTIFICATE-----", "a certificate"),
        Example("-----BEGIN OPENSSH PRIVATE KEY----------END OPENSSH PRIVATE KEY-----", "an empty key"),
    ),
)
